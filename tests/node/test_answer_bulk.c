/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bulk transfer, the side that is asked: all that the leaves hold, in order, in no more frames than
 * the credit and this node's own bound allow, whatever the request says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "feed.h"
#include "solo.h"

#define NUMBER 4711
#define LAST_LEAF (DIGEST_LEAVES - 1)

/* A node that holds so many bans, with one peer that is up. */
static struct solo *open_with_bans(uint32_t bans)
{
    struct solo *solo = solo_open(1);

    solo_greet(solo, 0);
    solo_bans(solo, bans);
    solo_forget(solo);
    return solo;
}

/* A request of records, to be given ranges. */
static struct message_bulk_get *request(struct solo *solo, uint8_t credit)
{
    struct message_bulk_get *get = &solo_message(solo, MESSAGE_BULK_GET)->bulk_get;

    get->number = NUMBER;
    get->kind = ENTRY_RECORD;
    get->credit = credit;
    return get;
}

static void add(struct message_bulk_get *get, size_t first, size_t last)
{
    get->ranges[get->count++] = (struct message_range){(uint16_t)first, (uint16_t)last};
}

static void ask(struct solo *solo)
{
    solo_give(solo, 0);
    solo_turn(solo);
}

static void ask_all(struct solo *solo, uint8_t credit)
{
    add(request(solo, credit), 0, LAST_LEAF);
    ask(solo);
}

static uint16_t leaf_of(const struct solo *solo, const struct message_entry *entry)
{
    struct addr addr;

    assert_int_equal(entry_read_addr(entry->bytes, entry->size, &addr), 0);
    return state_leaf(&solo->node.state, &addr);
}

struct answer {
    size_t frames, entries;
    size_t first, last; /* leaves */
};

/* Takes the answer, whose entries must be in the order of leaves, and only its last frame the last.
 */
static struct answer take(struct solo *solo)
{
    struct answer answer = {0};
    const struct message_push *push = &solo->message.push;
    size_t left = solo_count(solo, 0, MESSAGE_PUSH);

    for (; solo_take(solo, 0, MESSAGE_PUSH); answer.frames++) {
        assert_true(push->answer == NUMBER && push->ack == 0);
        assert_int_equal(push->last, --left == 0);
        for (size_t i = 0; i < push->entry_count; i++) {
            uint16_t leaf = leaf_of(solo, &push->entries[i]);

            assert_int_equal(push->entries[i].kind, ENTRY_RECORD);
            assert_true(answer.entries == 0 || leaf >= answer.last);
            answer.first = answer.entries == 0 ? leaf : answer.first;
            answer.last = leaf;
            answer.entries++;
        }
    }
    return answer;
}

/* Entries of the leaves from first to last. */
static size_t held(const struct solo *solo, size_t first, size_t last)
{
    size_t count = 0;

    for (size_t leaf = first; leaf <= last; leaf++)
        count += table_leaf_count(&solo->node.state.table, (uint16_t)leaf);
    return count;
}

static void all_leaves_are_sent_in_order_each_entry_once(void **state)
{
    struct solo *solo = open_with_bans(2500);
    struct answer answer;

    (void)state;
    ask_all(solo, 4);
    answer = take(solo);
    assert_int_equal(answer.frames, 3);
    assert_int_equal(answer.entries, 2500);
    solo_close(solo);
}

static void only_the_leaves_asked_for_are_sent(void **state)
{
    struct solo *solo = open_with_bans(2500);
    struct message_bulk_get *get = request(solo, 4);
    struct answer answer;

    (void)state;
    add(get, 100, 9000);
    add(get, 9001, 9001);
    add(get, 60000, LAST_LEAF);
    ask(solo);
    answer = take(solo);
    assert_int_equal(answer.entries, held(solo, 100, 9001) + held(solo, 60000, LAST_LEAF));
    assert_in_range(answer.entries, 1, 2499);
    assert_in_range(answer.first, 100, 9001);
    assert_in_range(answer.last, 60000, LAST_LEAF);
    solo_close(solo);
}

/* Strikes of one subject each, 192.0.2.1 on; the first one's is damaged. */
static void a_leaf_with_a_damaged_strike_is_left_out(void **state)
{
    struct solo *solo = open_with_bans(0);
    struct addr addr = solo_addr("192.0.2.1");
    uint16_t leaf = state_leaf(&solo->node.state, &addr);
    struct message_bulk_get *get;

    (void)state;
    solo_strike(solo, "192.0.2.1", 3000, 1, SOLO_WALL_MS);
    solo_strike(solo, "192.0.2.2", 3000, 2, SOLO_WALL_MS);
    solo_turn(solo);
    solo_forget(solo);
    state_find(&solo->node.state, &addr, &(struct unpacked){0})->strikes.list[0].t_ms ^= 4;
    get = request(solo, 3);
    get->kind = ENTRY_STRIKE;
    add(get, 0, LAST_LEAF);
    ask(solo);
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_true(solo->message.push.last);
    assert_int_equal(solo->message.push.entry_count, 1);
    assert_true(leaf_of(solo, &solo->message.push.entries[0]) != leaf);
    assert_int_equal(solo->node.state.suspect, leaf + 1);
    solo_close(solo);
}

static void a_leaf_without_anything_is_answered_by_an_empty_frame(void **state)
{
    struct solo *solo = open_with_bans(0);
    struct answer answer;

    (void)state;
    ask_all(solo, 4);
    answer = take(solo);
    assert_int_equal(answer.frames, 1);
    assert_int_equal(answer.entries, 0);
    request(solo, 4); /* no leaf at all */
    ask(solo);
    assert_int_equal(take(solo).frames, 1);
    solo_close(solo);
}

static void the_credit_ends_an_answer(void **state)
{
    struct solo *solo = open_with_bans(2500);
    struct answer answer;

    (void)state;
    ask_all(solo, 2);
    answer = take(solo);
    assert_int_equal(answer.frames, 2);
    assert_int_equal(answer.entries, 2 * FRAME_ENTRIES_MAX);
    add(request(solo, 2), answer.last, LAST_LEAF); /* goes on: nothing between is left out */
    ask(solo);
    answer = take(solo);
    assert_int_equal(answer.entries, held(solo, answer.first, LAST_LEAF));
    assert_in_range(answer.entries, 2500 - 2 * FRAME_ENTRIES_MAX, 2510 - 2 * FRAME_ENTRIES_MAX);
    solo_close(solo);
}

/* An allow entry of that owner, as large as possible or small; no turn. */
static void allow(struct solo *solo, uint64_t owner, bool large)
{
    static char reason[REASON_BYTES_MAX + 1];
    const struct allow entry = {.addr = solo_addr("192.0.2.1"),
                                .owner = owner,
                                .stamp = {(uint64_t)SOLO_WALL_MS << 16, owner},
                                .on = true,
                                .until_ms = TIME_NEVER_MS,
                                .reason = large ? reason : NULL};
    uint8_t bytes[512];
    struct event event = {.type = EVENT_ENTRY, .kind = ENTRY_ALLOW, .bytes = bytes};

    memset(reason, 'x', REASON_BYTES_MAX);
    event.size = entry_write_allow(&entry, bytes, sizeof(bytes));
    assert_int_equal(node_step(&solo->node, &solo->now, &event), STEP_CHANGED);
}

/* Otherwise the asker would take the leaves before the small one's for complete. */
static void behind_an_entry_that_does_not_fit_none_comes(void **state)
{
    struct solo *solo = open_with_bans(0);
    const struct message_push *push = &solo->message.push;
    struct message_bulk_get *get;
    size_t owners = 700;

    (void)state;
    for (size_t i = 0; i < owners; i++)
        allow(solo, 3000 + i, i + 1 < owners);
    solo_turn(solo);
    get = request(solo, 1);
    get->kind = ENTRY_ALLOW;
    add(get, 0, LAST_LEAF);
    ask(solo);
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_in_range(push->entry_count, 500, owners - 2);
    assert_true(push->entries[push->entry_count - 1].size > REASON_BYTES_MAX);
    solo_close(solo);
}

/* A turn of the node, too, sends no more than that to one peer, however often it asks. */
static void this_node_has_a_bound_of_its_own(void **state)
{
    struct solo *solo = open_with_bans(BULK_CREDIT_MAX * FRAME_ENTRIES_MAX + 1);
    struct answer answer;

    (void)state;
    ask_all(solo, 255);
    answer = take(solo);
    assert_int_equal(answer.frames, BULK_CREDIT_MAX);
    assert_int_equal(answer.entries, BULK_CREDIT_MAX * FRAME_ENTRIES_MAX);

    add(request(solo, BULK_CREDIT_MAX / 2), 0, LAST_LEAF);
    for (size_t i = 0; i < 5; i++)
        solo_give(solo, 0);
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), BULK_CREDIT_MAX);
    assert_true(solo->node.state.counters.frames_unsent == 3);
    solo_forget(solo);
    ask_all(solo, 1);
    assert_int_equal(take(solo).frames, 1);
    solo_close(solo);
}

/* Each of these would send some leaf twice. */
static void leaves_out_of_order_end_an_answer(void **state)
{
    static const struct message_range bad[][2] = {
        {{0, 30000}, {30000, LAST_LEAF}}, {{0, 30000}, {0, 30000}}, {{0, 30000}, {30001, 5}}};
    struct solo *solo = open_with_bans(500);

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct message_bulk_get *get = request(solo, 4);

        add(get, bad[i][0].first, bad[i][0].last);
        add(get, bad[i][1].first, bad[i][1].last);
        add(get, 6, LAST_LEAF);
        ask(solo);
        assert_int_equal(take(solo).entries, held(solo, 0, 30000));
    }
    solo_close(solo);
}

static void what_makes_no_sense_is_not_answered(void **state)
{
    static const uint8_t kinds[] = {0, ENTRY_KINDS + 1, 255};
    struct solo *solo = open_with_bans(3);

    (void)state;
    for (size_t i = 0; i < sizeof(kinds); i++) {
        struct message_bulk_get *get = request(solo, 4);

        add(get, 0, LAST_LEAF);
        get->kind = kinds[i];
        ask(solo);
    }
    ask_all(solo, 0);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 0);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_leaves_are_sent_in_order_each_entry_once),
        cmocka_unit_test(only_the_leaves_asked_for_are_sent),
        cmocka_unit_test(a_leaf_with_a_damaged_strike_is_left_out),
        cmocka_unit_test(a_leaf_without_anything_is_answered_by_an_empty_frame),
        cmocka_unit_test(the_credit_ends_an_answer),
        cmocka_unit_test(behind_an_entry_that_does_not_fit_none_comes),
        cmocka_unit_test(this_node_has_a_bound_of_its_own),
        cmocka_unit_test(leaves_out_of_order_end_an_answer),
        cmocka_unit_test(what_makes_no_sense_is_not_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
