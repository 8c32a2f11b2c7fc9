/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of the messages: round trips at the bounds, and frames that are cut, flipped or made to
 * hurt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message.h"

/* Two messages are compared as memory, so both start as zeros: 400 kB each, hence not on the stack.
 */
static struct message sent;
static struct message got;

static uint8_t content[FRAME_BYTES_MAX];

/* --- What is allocated while a frame is decoded -------------------------------------------------
 */

static size_t largest_bytes;

static void note_allocation(size_t size)
{
    if (size > largest_bytes)
        largest_bytes = size;
}

#if defined(__SANITIZE_ADDRESS__)
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));

static void on_malloc(const volatile void *memory, size_t size)
{
    (void)memory;
    note_allocation(size);
}

static void on_free(const volatile void *memory)
{
    (void)memory;
}

static void watch_allocations(void)
{
    assert_true(__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) > 0);
}
#else
void *__libc_malloc(size_t size);
void *malloc(size_t size)
{
    note_allocation(size);
    return __libc_malloc(size);
}

static void watch_allocations(void)
{
}
#endif

/* --- Samples ------------------------------------------------------------------------------------
 */

enum scale { SMALLEST, MIDDLE, LARGEST };

static size_t pick(enum scale scale, size_t middle, size_t largest)
{
    return scale == SMALLEST ? 0 : scale == MIDDLE ? middle : largest;
}

/* A number that differs from place to place and at the largest scale fills its type. */
static uint64_t number(enum scale scale, uint64_t place)
{
    return scale == SMALLEST ? 0 : scale == LARGEST ? UINT64_MAX - place : 1000003 * (place + 1);
}

static int64_t signed_number(enum scale scale, int64_t place)
{
    return scale == SMALLEST ? 0 : scale == LARGEST ? INT64_MAX - place : INT64_MIN + place;
}

static void fill_text(char *text, size_t size, enum scale scale)
{
    memset(text, 'x', pick(scale, size / 2, size - 1));
}

static struct message_hash hash(enum scale scale, uint64_t place)
{
    return (struct message_hash){{number(scale, place), number(scale, ~place)}};
}

static void fill_hello(enum scale scale)
{
    struct message_hello *hello = &sent.hello;

    hello->boot = number(scale, 1);
    hello->wall_ms = signed_number(scale, 2);
    hello->answer = scale != SMALLEST;
    fill_text(hello->name, sizeof(hello->name), scale);
    fill_text(hello->version, sizeof(hello->version), scale);
    hello->threshold = (uint32_t)number(scale, 3);
    hello->window_ms = signed_number(scale, 4);
    hello->duration_count = pick(scale, 0, DURATIONS_MAX);
    for (size_t i = 0; i < hello->duration_count; i++)
        hello->durations_ms[i] = signed_number(scale, 20 + i);
    hello->memory_ms = signed_number(scale, 5);
    hello->ipv6_prefix = (uint32_t)number(scale, 6);
    hello->buckets_hash = number(scale, 7);
    hello->observe = scale != SMALLEST;
    hello->count_messages = scale == LARGEST;
    hello->accounts = (uint8_t)pick(scale, 0, UINT8_MAX);
}

static void fill_ping(enum scale scale)
{
    struct message_ping *ping = &sent.ping;

    ping->boot = number(scale, 1);
    ping->wall_ms = signed_number(scale, 2);
    ping->tick = number(scale, 3);
    ping->second = signed_number(scale, 4);
    for (size_t i = 0; i < MESSAGE_KINDS; i++)
        ping->roots[i] = hash(scale, 10 + i);
    ping->map_hash = number(scale, 5);
    ping->file_hash = number(scale, 6);
    ping->ask = number(scale, 7);
    ping->answer = number(scale, 8);
}

static void fill_push(enum scale scale)
{
    struct message_push *push = &sent.push;

    push->ack = number(scale, 1);
    push->answer = number(scale, 2);
    push->last = scale != SMALLEST;
    push->sent_to_count = pick(scale, 3, PEERS_MAX + 1);
    for (size_t i = 0; i < push->sent_to_count; i++)
        push->sent_to[i] = number(scale, i);
    push->entry_count = pick(scale, 3, FRAME_ENTRIES_MAX);
    for (size_t i = 0; i < push->entry_count; i++)
        push->entries[i] = (struct message_entry){(uint8_t)(scale == LARGEST ? 255 - i : i),
                                                  content + i, scale == LARGEST ? 200 : 5 * i};
    if (scale == LARGEST)
        push->entries[0].size = 50000;
}

static void fill_tree(enum scale scale, bool with_nodes)
{
    struct message_tree *tree = &sent.tree;

    tree->number = number(scale, 1);
    tree->kind = (uint8_t)number(scale, 2);
    tree->level = (uint8_t)pick(scale, 2, 3);
    tree->count = pick(scale, 2, FRAME_NODES_MAX);
    for (size_t i = 0; i < tree->count; i++) {
        uint32_t index = (uint32_t)(scale == LARGEST ? 4095 - i : i);

        if (!with_nodes) {
            tree->indices[i] = index;
            continue;
        }
        tree->nodes[i].index = index;
        for (size_t child = 0; child < 16; child++)
            tree->nodes[i].children[child] = hash(scale, 16 * i + child);
    }
}

static void fill_leaf_get(enum scale scale)
{
    struct message_leaf_get *leaf_get = &sent.leaf_get;

    leaf_get->number = number(scale, 1);
    leaf_get->kind = (uint8_t)number(scale, 2);
    leaf_get->count = pick(scale, 5, FRAME_LEAVES_MAX);
    for (size_t i = 0; i < leaf_get->count; i++)
        leaf_get->leaves[i] = (uint16_t)number(scale, i);
}

static void fill_pairs(enum scale scale)
{
    struct message_pairs *pairs = &sent.pairs;

    pairs->number = number(scale, 1);
    pairs->kind = (uint8_t)number(scale, 2);
    pairs->last = scale != SMALLEST;
    pairs->count = pick(scale, 5, FRAME_PAIRS_MAX);
    for (size_t i = 0; i < pairs->count; i++)
        pairs->pairs[i] = (struct message_pair){(uint16_t)number(scale, i), number(scale, i)};
}

static void fill_bulk_get(enum scale scale)
{
    struct message_bulk_get *bulk_get = &sent.bulk_get;

    bulk_get->number = number(scale, 1);
    bulk_get->kind = (uint8_t)number(scale, 2);
    bulk_get->credit = (uint8_t)number(scale, 3);
    bulk_get->count = pick(scale, 5, FRAME_RANGES_MAX);
    for (size_t i = 0; i < bulk_get->count; i++)
        bulk_get->ranges[i] = (struct message_range){(uint16_t)number(scale, 2 * i),
                                                     (uint16_t)number(scale, 2 * i + 1)};
}

static void fill_map(enum scale scale, bool with_bytes)
{
    sent.map.number = number(scale, 1);
    sent.map.offset = number(scale, 2);
    sent.map.file = !with_bytes && scale != 0;
    if (!with_bytes)
        return;
    sent.map.total = number(scale, 3);
    sent.map.bytes = content;
    sent.map.size = pick(scale, 40, MAP_CHUNK_BYTES_MAX);
}

static void fill(uint8_t type, enum scale scale)
{
    memset(&sent, 0, sizeof(sent));
    sent.version = MESSAGE_VERSION;
    sent.type = type;
    sent.cluster = number(scale, 100);
    sent.hlc = number(scale, 101);
    switch ((enum message_type)type) {
    case MESSAGE_HELLO:
        fill_hello(scale);
        break;
    case MESSAGE_PING:
        fill_ping(scale);
        break;
    case MESSAGE_PUSH:
        fill_push(scale);
        break;
    case MESSAGE_ACK:
        sent.ack = number(scale, 1);
        break;
    case MESSAGE_TREE_GET:
    case MESSAGE_TREE:
        fill_tree(scale, type == MESSAGE_TREE);
        break;
    case MESSAGE_LEAF_GET:
        fill_leaf_get(scale);
        break;
    case MESSAGE_LEAF:
    case MESSAGE_PULL:
        fill_pairs(scale);
        break;
    case MESSAGE_BULK_GET:
        fill_bulk_get(scale);
        break;
    case MESSAGE_NACK:
        sent.nack.reason = (uint8_t)number(scale, 1);
        fill_text(sent.nack.detail, sizeof(sent.nack.detail), scale);
        break;
    case MESSAGE_MAP_GET:
    case MESSAGE_MAP:
        fill_map(scale, type == MESSAGE_MAP);
        break;
    }
}

/* --- Helpers ------------------------------------------------------------------------------------
 */

static uint8_t *encode(size_t *size)
{
    uint8_t *bytes = NULL;

    assert_int_equal(message_encode(&sent, &bytes, size), 0);
    assert_in_range(*size, 1, FRAME_BYTES_MAX);
    return bytes;
}

/* Decodes an exact copy, so that a sanitizer sees a read beyond the end. What got points at is
 * gone. */
static enum message_status decode_copy(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    enum message_status status;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    status = message_decode(copy, size, &got);
    free(copy);
    return status;
}

static enum message_status decode_text(const char *bytes, size_t size)
{
    return decode_copy((const uint8_t *)bytes, size);
}

/* Compares bytes by content and makes the pointers equal. */
static void join_bytes(const uint8_t *sent_bytes, const uint8_t **got_bytes, size_t size)
{
    if (size > 0)
        assert_memory_equal(sent_bytes, *got_bytes, size);
    *got_bytes = sent_bytes;
}

static void assert_got_what_was_sent(void)
{
    if (sent.type == MESSAGE_PUSH)
        for (size_t i = 0; i < sent.push.entry_count; i++) {
            assert_int_equal(got.push.entries[i].size, sent.push.entries[i].size);
            join_bytes(sent.push.entries[i].bytes, &got.push.entries[i].bytes,
                       sent.push.entries[i].size);
        }
    if (sent.type == MESSAGE_MAP) {
        assert_int_equal(got.map.size, sent.map.size);
        join_bytes(sent.map.bytes, &got.map.bytes, sent.map.size);
    }
    assert_memory_equal(&got, &sent, sizeof(sent));
}

/* --- Tests --------------------------------------------------------------------------------------
 */

static void every_type_survives_at_its_bounds(void **state)
{
    (void)state;
    for (uint8_t type = MESSAGE_HELLO; type <= MESSAGE_BULK_GET; type++)
        for (enum scale scale = SMALLEST; scale <= LARGEST; scale++) {
            size_t size;
            uint8_t *bytes;

            fill(type, scale);
            bytes = encode(&size);
            memset(&got, 0, sizeof(got));
            assert_int_equal(message_decode(bytes, size, &got), MESSAGE_OK);
            assert_got_what_was_sent();
            free(bytes);
        }
}

static void every_truncation_is_malformed(void **state)
{
    (void)state;
    for (uint8_t type = MESSAGE_HELLO; type <= MESSAGE_BULK_GET; type++)
        for (enum scale scale = SMALLEST; scale <= LARGEST; scale++) {
            size_t size;
            uint8_t *bytes;

            fill(type, scale);
            bytes = encode(&size);
            for (size_t cut = 0; cut < size; cut++) {
                if (cut == 2000 && size > 4000)
                    cut = size - 2000; /* the middle of the longest frames is more of the same */
                if (decode_copy(bytes, cut) != MESSAGE_MALFORMED)
                    fail_msg("type %d: %zu of %zu bytes pass", type, cut, size);
            }
            free(bytes);
        }
}

/* Whatever a flipped bit makes of a frame: it decodes without harm, and what decodes can be sent.
 */
static void every_flipped_bit_is_survived(void **state)
{
    (void)state;
    for (uint8_t type = MESSAGE_HELLO; type <= MESSAGE_BULK_GET; type++) {
        size_t size;
        uint8_t *bytes;

        fill(type, MIDDLE);
        bytes = encode(&size);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            uint8_t *again = NULL;
            size_t again_size;

            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            (void)decode_copy(bytes, size);
            if (message_decode(bytes, size, &got) == MESSAGE_OK)
                assert_int_equal(message_encode(&got, &again, &again_size), 0);
            free(again);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        free(bytes);
    }
}

/* [version, type, cluster, hlc, body...]: an ACK in as few bytes as possible. */
#define ACK_HEAD "\x04\x04\x05\x06"

static void trailing_elements_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(decode_text("\x95" ACK_HEAD "\x07", 6), MESSAGE_OK);
    assert_int_equal(got.version, MESSAGE_VERSION);
    assert_int_equal(got.type, MESSAGE_ACK);
    assert_int_equal(got.cluster, 5);
    assert_int_equal(got.hlc, 6);
    assert_int_equal(got.ack, 7);
    assert_int_equal(decode_text("\x97" ACK_HEAD "\x07\xa1x\x92\xc0\xcb\0\0\0\0\0\0\0\0", 19),
                     MESSAGE_OK);
    assert_int_equal(got.ack, 7);
    assert_int_equal(decode_text("\x96" ACK_HEAD "\x07\x80", 7), MESSAGE_MALFORMED); /* a map */
    assert_int_equal(decode_text("\x95" ACK_HEAD "\x07\x08", 7), MESSAGE_MALFORMED); /* behind it */
}

static void missing_and_mistyped_fields_are_malformed(void **state)
{
    (void)state;
    assert_int_equal(decode_text("\x94" ACK_HEAD, 5), MESSAGE_MALFORMED);
    assert_int_equal(decode_text("\x93\x04\x04\x05", 4), MESSAGE_MALFORMED);
    assert_int_equal(decode_text("\x91\x04", 2), MESSAGE_MALFORMED);
    assert_int_equal(decode_text("\x90", 1), MESSAGE_MALFORMED);
    assert_int_equal(decode_text("\x01", 1), MESSAGE_MALFORMED);
    assert_int_equal(decode_text("", 0), MESSAGE_MALFORMED);
    assert_int_equal(decode_text("\x95" ACK_HEAD "\xff", 6), MESSAGE_MALFORMED);
    assert_int_equal(decode_text("\x95" ACK_HEAD "\x90", 6), MESSAGE_MALFORMED);
    assert_int_equal(decode_text("\x95\x04\x04\x05\xc0\x07", 6), MESSAGE_MALFORMED);
    assert_int_equal(decode_text("\x95\xc0\x04\x05\x06\x07", 6), MESSAGE_MALFORMED);
}

static void unknown_types_and_versions_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(decode_text("\x94\x04\x0e\x05\x06", 5), MESSAGE_UNKNOWN);
    assert_int_equal(got.version, MESSAGE_VERSION);
    assert_int_equal(got.type, 14);
    assert_int_equal(got.cluster, 5);
    assert_int_equal(got.hlc, 6);
    assert_int_equal(decode_text("\x94\x04\x00\x05\x06", 5), MESSAGE_UNKNOWN);
    assert_int_equal(decode_text("\x94\x04\xcc\xff\x05\x06", 6), MESSAGE_UNKNOWN);
    assert_int_equal(decode_text("\x92\x05\xa1x", 4), MESSAGE_OTHER_VERSION);
    assert_int_equal(got.version, 5);
    assert_int_equal(decode_text("\x91\x00", 2), MESSAGE_OTHER_VERSION);

    for (uint8_t type = MESSAGE_HELLO; type <= MESSAGE_BULK_GET; type++)
        assert_string_not_equal(message_type_name(type), "unknown");
    assert_string_equal(message_type_name(MESSAGE_TREE_GET), "tree_get");
    assert_string_equal(message_type_name(0), "unknown");
    assert_string_equal(message_type_name(MESSAGE_BULK_GET + 1), "unknown");
    assert_string_equal(message_type_name(255), "unknown");
}

/* Heads of the types below, with number 1 and kind 2. */
#define LEAF_GET_HEAD "\x97\x04\x07\x05\x06\x01\x02"
#define TREE_GET_HEAD "\x98\x04\x05\x05\x06\x01\x02"
#define PULL_HEAD "\x98\x04\x09\x05\x06\x01\x02\xc3"
#define BULK_GET_HEAD "\x98\x04\x0d\x05\x06\x01\x02"

static void odd_sizes_and_places_are_malformed(void **state)
{
    (void)state;
    assert_int_equal(decode_text(LEAF_GET_HEAD "\xc4\x02\x12\x34", 11), MESSAGE_OK);
    assert_int_equal(got.leaf_get.count, 1);
    assert_int_equal(got.leaf_get.leaves[0], 0x1234); /* big-endian */
    assert_int_equal(decode_text(LEAF_GET_HEAD "\xc4\x03\x12\x34\x56", 12), MESSAGE_MALFORMED);

    assert_int_equal(decode_text(PULL_HEAD "\xc4\x0a\x12\x34\0\0\0\0\0\0\0\x09", 20), MESSAGE_OK);
    assert_int_equal(got.pairs.pairs[0].leaf, 0x1234);
    assert_int_equal(got.pairs.pairs[0].hash, 9);
    assert_int_equal(decode_text(PULL_HEAD "\xc4\x09\x12\x34\0\0\0\0\0\0\0", 19),
                     MESSAGE_MALFORMED);

    assert_int_equal(decode_text(BULK_GET_HEAD "\xc4\x04\x12\x34\x56\x78\x09", 14), MESSAGE_OK);
    assert_int_equal(got.bulk_get.count, 1);
    assert_int_equal(got.bulk_get.ranges[0].first, 0x1234);
    assert_int_equal(got.bulk_get.ranges[0].last, 0x5678);
    assert_int_equal(got.bulk_get.credit, 9);
    assert_int_equal(decode_text(BULK_GET_HEAD "\xc4\x02\x12\x34\x09", 12), MESSAGE_MALFORMED);

    assert_int_equal(decode_text(TREE_GET_HEAD "\x00\x91\x00", 10), MESSAGE_OK);
    assert_int_equal(decode_text(TREE_GET_HEAD "\x00\x91\x01", 10), MESSAGE_MALFORMED);
    assert_int_equal(decode_text(TREE_GET_HEAD "\x01\x91\x0f", 10), MESSAGE_OK);
    assert_int_equal(decode_text(TREE_GET_HEAD "\x01\x91\x10", 10), MESSAGE_MALFORMED);
    assert_int_equal(decode_text(TREE_GET_HEAD "\x03\x91\xcd\x0f\xff", 12), MESSAGE_OK);
    assert_int_equal(decode_text(TREE_GET_HEAD "\x03\x91\xcd\x10\x00", 12), MESSAGE_MALFORMED);
    assert_int_equal(decode_text(TREE_GET_HEAD "\x04\x90", 9), MESSAGE_MALFORMED);
}

/* Frames that hold one more than the bound, made by hand: encoding them would be our own mistake.
 */
static void one_over_a_bound_is_malformed(void **state)
{
    static uint8_t frame[FRAME_BYTES_MAX + 1];
    size_t size;

    (void)state;
    memset(frame, 0, sizeof(frame));
    memcpy(frame, LEAF_GET_HEAD "\xc5\x02\x02", 10);
    assert_int_equal(decode_copy(frame, 10 + 2 * (FRAME_LEAVES_MAX + 1)), MESSAGE_MALFORMED);
    memcpy(frame, PULL_HEAD "\xc6\x00\x01\x40\x0a", 13);
    assert_int_equal(decode_copy(frame, 13 + 10 * (FRAME_PAIRS_MAX + 1)), MESSAGE_MALFORMED);
    memset(frame, 0, sizeof(frame)); /* the last byte is the credit */
    memcpy(frame, BULK_GET_HEAD "\xc5\x40\x00", 10);
    assert_int_equal(decode_copy(frame, 10 + 4 * FRAME_RANGES_MAX + 1), MESSAGE_OK);
    memcpy(frame, BULK_GET_HEAD "\xc5\x40\x04", 10);
    assert_int_equal(decode_copy(frame, 10 + 4 * (FRAME_RANGES_MAX + 1) + 1), MESSAGE_MALFORMED);
    memcpy(frame, TREE_GET_HEAD "\x00\xdc\x00\x41", 11);
    assert_int_equal(decode_copy(frame, 11 + FRAME_NODES_MAX + 1), MESSAGE_MALFORMED);
    /* HELLO: boot, wall, answer, name, version, threshold, window; durations */
    memset(frame, 0, sizeof(frame));
    memcpy(frame, "\xdc\x00\x12\x04\x01\x05\x06\x01\x02\xc3\xa0\xa0\x03\x04\x98", 15);
    memcpy(frame + 15 + DURATIONS_MAX, "\x05\x06\x07\xc2\xc2\x02", 6);
    assert_int_equal(decode_copy(frame, 15 + DURATIONS_MAX + 6), MESSAGE_OK);
    assert_int_equal(got.hello.accounts, 2);
    assert_int_equal(got.hello.duration_count, DURATIONS_MAX);
    assert_int_equal(got.hello.memory_ms, 5);
    frame[14]++;
    memcpy(frame + 15 + DURATIONS_MAX + 1, "\x05\x06\x07\xc2\xc2\x02", 6);
    assert_int_equal(decode_copy(frame, 15 + DURATIONS_MAX + 7), MESSAGE_MALFORMED);
    /* PUSH: ack, answer, last; node ids, entries */
    memset(frame, 0, sizeof(frame));
    memcpy(frame, "\x99\x04\x03\x05\x06\x00\x00\xc3\xdc\x01\x02", 11);
    size = 11 + PEERS_MAX + 2;
    frame[size++] = 0x90;
    assert_int_equal(decode_copy(frame, size), MESSAGE_MALFORMED);
    memcpy(frame, "\x99\x04\x03\x05\x06\x00\x00\xc3\x90\x91\x92\x01\xc6\x00\x01\x00\x01", 17);
    assert_int_equal(decode_copy(frame, 17 + ENTRY_BYTES_MAX + 1), MESSAGE_MALFORMED);
    memcpy(frame, "\x99\x04\x03\x05\x06\x00\x00\xc3\x90\xdc\x04\x01", 12);
    for (size = 12; size < 12 + 4 * (FRAME_ENTRIES_MAX + 1); size += 4)
        memcpy(frame + size, "\x92\x01\xc4\x00", 4);
    assert_int_equal(decode_copy(frame, size), MESSAGE_MALFORMED);
    frame[11]--; /* the last one is left over: it becomes a trailing element */
    assert_int_equal(decode_copy(frame, size), MESSAGE_MALFORMED);
    frame[0]++;
    assert_int_equal(decode_copy(frame, size), MESSAGE_OK);
    /* MAP */
    memcpy(frame, "\x98\x04\x0c\x05\x06\x00\x00\x00\xc6\x00\x02\x00\x01", 13);
    assert_int_equal(decode_copy(frame, 13 + MAP_CHUNK_BYTES_MAX + 1), MESSAGE_MALFORMED);
    /* A frame: an ACK and a trailing bin */
    memcpy(frame, "\x96" ACK_HEAD "\x07\xc6\x00\x03\xff\xf5", 11);
    assert_int_equal(decode_copy(frame, FRAME_BYTES_MAX), MESSAGE_OK);
    frame[10]++;
    assert_int_equal(decode_copy(frame, FRAME_BYTES_MAX + 1), MESSAGE_MALFORMED);
}

static void texts_are_clean(void **state)
{
    char *name;
    size_t size;
    uint8_t *bytes;

    (void)state;
    fill(MESSAGE_HELLO, MIDDLE);
    memset(sent.hello.name, 'n', sizeof(sent.hello.name)); /* not even a NUL */
    memcpy(sent.hello.name, "a\nb\x1b", 4);
    bytes = encode(&size);
    assert_int_equal(message_decode(bytes, size, &got), MESSAGE_OK);
    assert_int_equal(strlen(got.hello.name), NAME_BYTES_MAX);
    assert_memory_equal(got.hello.name, "a?b?n", 5);

    name = memmem(bytes, size, "a?b?n", 5);
    assert_non_null(name);
    name[1] = '\n';
    assert_int_equal(decode_copy(bytes, size), MESSAGE_MALFORMED);
    name[1] = '\0';
    assert_int_equal(decode_copy(bytes, size), MESSAGE_MALFORMED);
    free(bytes);
}

static void a_frame_that_would_be_too_long_is_not_made(void **state)
{
    uint8_t *bytes = NULL;
    size_t size;

    (void)state;
    fill(MESSAGE_PUSH, MIDDLE);
    sent.push.entry_count = 5;
    for (size_t i = 0; i < 5; i++)
        sent.push.entries[i] = (struct message_entry){1, content, ENTRY_BYTES_MAX};
    assert_int_equal(message_encode(&sent, &bytes, &size), -1);
    assert_null(bytes);
}

/* Neither counts that lie nor honest heaps of tiny values make the decoder reserve memory. */
static void bombs_reserve_nothing(void **state)
{
    static const char *const bombs[] = {
        "\xdd\x10\x00\x00\x00", "\xdd\xff\xff\xff\xff", "\xdf\x10\x00\x00\x00",
        "\xdf\xff\xff\xff\xff", "\xc6\xff\xff\xff\xff", "\xdb\xff\xff\xff\xff",
    };
    static uint8_t heap[FRAME_BYTES_MAX];

    (void)state;
    watch_allocations();
    for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
        uint8_t frame[32] = "\x9f" ACK_HEAD "\x07";

        memcpy(frame + 6, bombs[i], 5);
        largest_bytes = 0;
        assert_int_equal(message_decode((const uint8_t *)bombs[i], 5, &got), MESSAGE_MALFORMED);
        assert_int_equal(message_decode(frame, sizeof(frame), &got), MESSAGE_MALFORMED);
        assert_in_range(largest_bytes, 0, 16384);
    }

    /* An ACK whose number is an array of 262,134 times nil, and one with that behind it. */
    memset(heap, 0xc0, sizeof(heap));
    memcpy(heap, "\x95" ACK_HEAD "\xdd\x00\x03\xff\xf6", 10);
    largest_bytes = 0;
    assert_int_equal(message_decode(heap, sizeof(heap), &got), MESSAGE_MALFORMED);
    memcpy(heap, "\x96" ACK_HEAD "\x07\xdd\x00\x03\xff\xf5", 11);
    assert_int_equal(message_decode(heap, sizeof(heap), &got), MESSAGE_OK);
    assert_in_range(largest_bytes, 0, 16384);
}

static void prepare_content(void)
{
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (uint8_t)(i * 31 + i / 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_survives_at_its_bounds),
        cmocka_unit_test(every_truncation_is_malformed),
        cmocka_unit_test(every_flipped_bit_is_survived),
        cmocka_unit_test(trailing_elements_are_ignored),
        cmocka_unit_test(missing_and_mistyped_fields_are_malformed),
        cmocka_unit_test(unknown_types_and_versions_are_told_apart),
        cmocka_unit_test(odd_sizes_and_places_are_malformed),
        cmocka_unit_test(one_over_a_bound_is_malformed),
        cmocka_unit_test(texts_are_clean),
        cmocka_unit_test(a_frame_that_would_be_too_long_is_not_made),
        cmocka_unit_test(bombs_reserve_nothing),
    };

    prepare_content();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
