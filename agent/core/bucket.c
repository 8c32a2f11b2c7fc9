/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subjects of one leaf, see bucket.h.
 *
 * A head is the upper half of what the leaf leaves of the hash, and the size in one byte; 0: the
 * size is the first two bytes of what it is the head of.
 */
#include "bucket.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HASH_BYTES 4
#define HEAD_BYTES (HASH_BYTES + 1)
#define SIZE_BYTES 2

/* The block grows by a 16th only, as it is most of what a ban costs, and in steps of this. */
#define ROOM_STEP 128

/* Place of (hash, addr) in the list. */
static uint32_t place_of(const struct bucket *bucket, const struct addr *addr, uint64_t hash)
{
    uint32_t low = 0, high = bucket->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (subject_compare(bucket->list[middle], addr, hash) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct subject *bucket_find(const struct bucket *bucket, const struct addr *addr, uint64_t hash)
{
    uint32_t place = place_of(bucket, addr, hash);

    return place < bucket->count && subject_compare(bucket->list[place], addr, hash) == 0
               ? bucket->list[place]
               : NULL;
}

static const uint8_t *head_at(const struct bucket *bucket, uint32_t rest)
{
    return bucket->block + (size_t)rest * HEAD_BYTES;
}

static uint32_t key_at(const struct bucket *bucket, uint32_t rest)
{
    const uint8_t *head = head_at(bucket, rest);

    return (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
}

static uint32_t key_of(uint64_t hash)
{
    return (uint32_t)(hash >> 16);
}

/* The bytes of one at rest. */
static const uint8_t *bytes_at(const struct bucket *bucket, uint32_t rest_byte)
{
    return head_at(bucket, bucket->rest_count) + rest_byte;
}

/* Their number, 0 if damage has them end behind the block. */
static uint32_t size_at(const struct bucket *bucket, uint32_t rest, uint32_t rest_byte)
{
    uint32_t left = bucket->rest_bytes - rest_byte, size = head_at(bucket, rest)[HASH_BYTES];
    const uint8_t *bytes = bytes_at(bucket, rest_byte);

    if (size == 0 && left >= SIZE_BYTES)
        size = (uint32_t)bytes[0] << 8 | bytes[1];
    return size <= left ? size : 0;
}

/* The first one at rest whose hash is not less. */
static uint32_t rest_place(const struct bucket *bucket, uint32_t key)
{
    uint32_t low = 0, high = bucket->rest_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (key_at(bucket, middle) < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Bytes before the packed ones: the size, if the head has no room for it. */
static uint32_t before_at(const struct bucket *bucket, uint32_t rest)
{
    return head_at(bucket, rest)[HASH_BYTES] == 0 ? SIZE_BYTES : 0;
}

static bool unpack(const struct bucket *bucket, const struct bucket_item *item, uint64_t hash,
                   const struct packed_words *words, struct unpacked *room)
{
    uint32_t before = before_at(bucket, item->rest);

    return item->size > before && packed_read(bytes_at(bucket, item->rest_byte) + before,
                                              item->size - before, hash, words, room);
}

/* Goes past those before place. */
static void skip(const struct bucket *bucket, uint32_t place, struct bucket_item *item)
{
    while (item->rest < place && !item->is_bad) {
        uint32_t size = size_at(bucket, item->rest, item->rest_byte);

        item->is_bad = size == 0;
        item->rest += size != 0;
        item->rest_byte += size;
    }
}

struct bucket_item bucket_find_rest(const struct bucket *bucket, const struct packed_words *words,
                                    const struct addr *addr, uint64_t hash, struct unpacked *room)
{
    struct bucket_item item = {.rest = 0};
    int order = -1;

    for (skip(bucket, rest_place(bucket, key_of(hash)), &item);
         !item.is_bad && item.rest < bucket->rest_count &&
         key_at(bucket, item.rest) == key_of(hash);
         item.rest++, item.rest_byte += item.size) {
        item.size = size_at(bucket, item.rest, item.rest_byte);
        item.is_bad = !unpack(bucket, &item, hash, words, room);
        order = item.is_bad ? 0 : addr_compare(&room->subject.addr, addr);
        item.is_there = order == 0 && !item.is_bad;
        if (order >= 0)
            break;
    }
    return item;
}

static int reserve(struct bucket *bucket)
{
    uint32_t room = bucket->room == 0 ? 1 : bucket->room * 2;
    struct subject **list;

    if (bucket->count < bucket->room)
        return 0;
    list = realloc(bucket->list, room * sizeof(struct subject *));
    if (list == NULL)
        return -1;
    bucket->list = list;
    bucket->room = room;
    return 0;
}

int bucket_insert(struct bucket *bucket, struct subject *subject)
{
    uint32_t place = place_of(bucket, &subject->addr, subject->hash);

    if (reserve(bucket) != 0)
        return -1;
    memmove(&bucket->list[place + 1], &bucket->list[place],
            (bucket->count - place) * sizeof(struct subject *));
    bucket->list[place] = subject;
    bucket->count++;
    return 0;
}

/* By its place in the order, and if damage hides that, by looking at all. */
void bucket_take(struct bucket *bucket, struct subject *subject)
{
    uint32_t place = place_of(bucket, &subject->addr, subject->hash);

    if (place == bucket->count || bucket->list[place] != subject)
        for (place = 0; place < bucket->count && bucket->list[place] != subject;)
            place++;
    assert(place < bucket->count);
    bucket->count--;
    memmove(&bucket->list[place], &bucket->list[place + 1],
            (bucket->count - place) * sizeof(struct subject *));
    if (bucket->count > 0)
        return;
    free(bucket->list);
    bucket->list = NULL;
    bucket->room = 0;
}

static int resize(struct bucket *bucket, size_t bytes)
{
    size_t room = (bytes + bytes / 16 + ROOM_STEP) / ROOM_STEP * ROOM_STEP;
    uint8_t *block;

    if (bytes <= bucket->block_room && room + room / 4 + ROOM_STEP > bucket->block_room)
        return 0;
    block = realloc(bucket->block, room);
    if (block == NULL)
        return bytes <= bucket->block_room ? 0 : -1;
    bucket->block = block;
    bucket->block_room = (uint32_t)room;
    return 0;
}

size_t bucket_block_bytes(const struct bucket *bucket)
{
    return (size_t)bucket->rest_count * HEAD_BYTES + bucket->rest_bytes;
}

int bucket_insert_rest(struct bucket *bucket, const struct bucket_item *place, uint64_t hash,
                       const uint8_t *bytes, size_t size)
{
    size_t used = bucket_block_bytes(bucket),
           before = size + SIZE_BYTES > UINT8_MAX ? SIZE_BYTES : 0;
    size_t whole = size + before;
    uint8_t *head, *body;

    if (whole > UINT16_MAX || used + whole > UINT32_MAX / 2 ||
        resize(bucket, used + HEAD_BYTES + whole) != 0)
        return -1;
    head = bucket->block + (size_t)place->rest * HEAD_BYTES;
    body = bucket->block + (size_t)bucket->rest_count * HEAD_BYTES + place->rest_byte;
    memmove(body + HEAD_BYTES + whole, body, bucket->rest_bytes - place->rest_byte);
    memmove(head + HEAD_BYTES, head, (size_t)(body - head));
    for (unsigned i = 0; i < HASH_BYTES; i++)
        head[i] = (uint8_t)(key_of(hash) >> (24 - 8 * i));
    head[HASH_BYTES] = before == 0 ? (uint8_t)whole : 0;
    body += HEAD_BYTES;
    for (unsigned i = 0; i < before; i++)
        body[i] = (uint8_t)(whole >> (8 - 8 * i));
    memcpy(body + before, bytes, size);
    bucket->rest_count++;
    bucket->rest_bytes += (uint32_t)whole;
    return 0;
}

/* Takes out count heads from the item's on, and size bytes from its own on. */
static void take(struct bucket *bucket, const struct bucket_item *item, uint32_t count)
{
    size_t used = bucket_block_bytes(bucket), heads = (size_t)count * HEAD_BYTES;
    uint8_t *head = bucket->block + (size_t)item->rest * HEAD_BYTES;
    uint8_t *body = bucket->block + (size_t)bucket->rest_count * HEAD_BYTES + item->rest_byte;
    const uint8_t *behind = body + item->size;

    memmove(head, head + heads, (size_t)(body - head) - heads);
    memmove(body - heads, behind, (size_t)(bucket->block + used - behind));
    bucket->rest_count -= count;
    bucket->rest_bytes -= item->size;
    if (bucket->rest_count > 0) {
        resize(bucket, bucket_block_bytes(bucket));
        return;
    }
    free(bucket->block);
    bucket->block = NULL;
    bucket->block_room = bucket->rest_bytes = 0;
}

void bucket_take_rest(struct bucket *bucket, const struct bucket_item *item)
{
    take(bucket, item, 1);
}

void bucket_take_first(struct bucket *bucket, uint32_t count, uint32_t size)
{
    take(bucket, &(struct bucket_item){.size = size}, count);
}

struct subject *bucket_next_rest(const struct bucket *bucket, uint16_t leaf,
                                 const struct packed_words *words, struct bucket_walk *walk,
                                 struct unpacked *room)
{
    struct bucket_item item = {.rest = walk->rest, .rest_byte = walk->rest_byte};
    uint64_t hash;

    if (item.rest == bucket->rest_count)
        return NULL;
    hash = (uint64_t)leaf << 48 | (uint64_t)key_at(bucket, item.rest) << 16;
    item.size = size_at(bucket, item.rest, item.rest_byte);
    if (!unpack(bucket, &item, hash, words, room)) {
        walk->rest = bucket->rest_count;
        return NULL;
    }
    walk->rest++;
    walk->rest_byte += item.size;
    return &room->subject;
}

bool bucket_next_glance(const struct bucket *bucket, struct bucket_walk *walk,
                        struct packed_glance *glance)
{
    uint32_t size, before;

    if (walk->rest == bucket->rest_count)
        return false;
    size = size_at(bucket, walk->rest, walk->rest_byte);
    before = before_at(bucket, walk->rest);
    if (size <= before ||
        !packed_glance(bytes_at(bucket, walk->rest_byte) + before, size - before, glance))
        return false;
    walk->rest++;
    walk->rest_byte += size;
    return true;
}

struct subject *bucket_next(const struct bucket *bucket, uint16_t leaf,
                            const struct packed_words *words, struct bucket_walk *walk,
                            struct unpacked *room)
{
    struct subject *awake = walk->index < bucket->count ? bucket->list[walk->index] : NULL;
    struct bucket_walk ahead = *walk;
    struct subject *rests = NULL;

    if (walk->rest < bucket->rest_count &&
        (awake == NULL || key_at(bucket, walk->rest) <= key_of(awake->hash)))
        rests = bucket_next_rest(bucket, leaf, words, &ahead, room);
    if (rests != NULL && (awake == NULL || subject_compare(rests, &awake->addr, awake->hash) < 0)) {
        *walk = ahead;
        return rests;
    }
    walk->index += awake != NULL;
    return awake;
}

bool bucket_is_readable(const struct bucket *bucket, uint16_t leaf,
                        const struct packed_words *words)
{
    struct bucket_walk walk = {0};
    struct unpacked room;
    uint32_t count = 0;

    while (bucket_next_rest(bucket, leaf, words, &walk, &room) != NULL)
        count++;
    return count == bucket->rest_count && walk.rest_byte == bucket->rest_bytes;
}

void bucket_clear(struct bucket *bucket)
{
    for (uint32_t i = 0; i < bucket->count; i++)
        subject_free(bucket->list[i]);
    free(bucket->list);
    free(bucket->block);
    *bucket = (struct bucket){0};
}
