/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Own entries go to all who are there, new ones of a peer to those it did not reach, and an ACK
 * says that entries are durable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "push.h"
#include "solo.h"

static void hit(struct solo *solo, uint32_t i)
{
    const struct node_hit line = {.source = 7,
                                  .offset = i,
                                  .line = "line",
                                  .line_size = 4,
                                  .addr = {ADDR_IPV4, 32, {10, 0, (uint8_t)(i >> 8), (uint8_t)i}},
                                  .t_ms = SOLO_WALL_MS};

    node_hit(&solo->node, &solo->now, &line);
}

static bool is_told(const struct message_push *push, uint64_t node)
{
    for (size_t i = 0; i < push->sent_to_count; i++)
        if (push->sent_to[i] == node)
            return true;
    return false;
}

static struct solo *open_greeted(size_t peers, size_t greeted)
{
    struct solo *solo = solo_open(peers);

    for (size_t i = 0; i < greeted; i++)
        solo_greet(solo, i);
    return solo;
}

static void own_entries_go_to_all_who_are_there(void **state)
{
    struct solo *solo = open_greeted(3, 2);

    (void)state;
    solo->node.peers[0].fresh = solo->node.peers[1].fresh = solo->node.peers[2].fresh = false;
    hit(solo, 1);
    hit(solo, 2);
    solo_turn(solo);
    for (size_t i = 0; i < 2; i++) {
        assert_true(solo_take(solo, i, MESSAGE_PUSH));
        assert_int_equal(solo->message.push.entry_count, 2);
        assert_true(is_told(&solo->message.push, SOLO_NODE));
        assert_true(is_told(&solo->message.push, 2001));
        assert_true(is_told(&solo->message.push, 2002));
        assert_false(is_told(&solo->message.push, 2003));
        assert_true(solo->message.push.ack == 0 && solo->message.push.answer == 0);
        assert_int_equal(solo_count(solo, i, MESSAGE_PUSH), 0);
    }
    assert_int_equal(solo_count(solo, 2, MESSAGE_PUSH), 0);
    assert_false(solo->node.peers[0].fresh);
    assert_true(solo->node.peers[2].fresh); /* what it missed, repair will find */
    solo_close(solo);
}

static void an_effect_is_pushed_once(void **state)
{
    struct solo *solo = open_greeted(1, 1);

    (void)state;
    hit(solo, 1);
    node_flush(&solo->node, &solo->now);
    push_own(&solo->node, &solo->now);
    solo_turn(solo);
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 1);
    solo_close(solo);
}

static void many_entries_take_several_frames(void **state)
{
    struct solo *solo = open_greeted(1, 1);
    uint32_t count = FRAME_ENTRIES_MAX + 76;

    (void)state;
    for (uint32_t i = 0; i < count; i++)
        hit(solo, i);
    solo_turn(solo);
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_int_equal(solo->message.push.entry_count, FRAME_ENTRIES_MAX);
    assert_true(is_told(&solo->message.push, 2001));
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_int_equal(solo->message.push.entry_count, 76);
    assert_int_equal(solo->message.push.sent_to_count, 2);
    assert_false(solo_take(solo, 0, MESSAGE_PUSH));
    solo_close(solo);
}

/* A record of nearly the largest size. */
static size_t large_record(uint8_t last_byte, uint8_t *bytes)
{
    struct fact_node nodes[FACT_NODES_MAX];
    static uint8_t evidence[EVIDENCE_BYTES_MAX] = {1, EVIDENCE_BYTES_MAX - 3, 'e'};
    const struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, last_byte}};
    struct fact facts[FACTS_MAX];
    struct record record = {.facts = {facts, FACTS_MAX}};

    for (size_t i = 0; i < FACT_NODES_MAX; i++)
        nodes[i] = (struct fact_node){i + 1, 1};
    for (size_t i = 0; i < FACTS_MAX; i++)
        facts[i] = (struct fact){.first_ms = (int64_t)i,
                                 .last_ms = 100,
                                 .until_ms = 1000 - (int64_t)i,
                                 .forget_ms = TIME_NEVER_MS,
                                 .level = 1,
                                 .node_count = FACT_NODES_MAX,
                                 .nodes = nodes,
                                 .evidence = evidence,
                                 .evidence_size = EVIDENCE_BYTES_MAX};
    return entry_write_record(&addr, &record, bytes, ENTRY_BYTES_MAX);
}

static void large_entries_take_several_frames(void **state)
{
    struct solo *solo = open_greeted(2, 2);
    struct message_push *push = &solo_message(solo, MESSAGE_PUSH)->push;
    uint8_t *bytes = malloc(4 * ENTRY_BYTES_MAX);
    size_t total = 0;

    (void)state;
    for (uint8_t i = 0; i < 4; i++) {
        uint8_t *entry = bytes + (size_t)i * ENTRY_BYTES_MAX;

        push->entries[i] = (struct message_entry){ENTRY_RECORD, entry, large_record(i, entry)};
        total += push->entries[i].size;
    }
    push->entry_count = 4;
    assert_true(total > PUSH_ENTRY_BYTES_MAX);
    solo_give(solo, 0);
    solo_turn(solo);
    assert_int_equal(solo->node.state.table.count, 4);
    assert_true(solo_take(solo, 1, MESSAGE_PUSH));
    assert_int_equal(solo->message.push.entry_count, 3);
    assert_true(solo_take(solo, 1, MESSAGE_PUSH));
    assert_int_equal(solo->message.push.entry_count, 1);
    assert_true(solo->node.state.counters.entries_memory == 0);
    free(bytes);
    solo_close(solo);
}

/* A PUSH of one strike, ready to be changed and given. */
static struct message_push *push_strike(struct solo *solo, uint64_t id, int64_t t_ms)
{
    static uint8_t bytes[512];
    struct message_push *push = &solo_message(solo, MESSAGE_PUSH)->push;

    push->entries[0] = (struct message_entry){
        ENTRY_STRIKE, bytes, solo_strike_bytes("192.0.2.1", 2001, id, t_ms, bytes)};
    push->entry_count = 1;
    return push;
}

static void what_was_new_goes_to_those_who_were_not_told(void **state)
{
    struct solo *solo = open_greeted(4, 4);
    struct message_push *push = push_strike(solo, 1, SOLO_WALL_MS);

    (void)state;
    push->sent_to[0] = 2001;
    push->sent_to[1] = SOLO_NODE;
    push->sent_to[2] = 2003;
    push->sent_to_count = 3;
    solo_give(solo, 0);
    solo_turn(solo);
    assert_int_equal(solo->node.state.strike_count, 1);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 0);
    assert_int_equal(solo_count(solo, 2, MESSAGE_PUSH), 0);
    assert_int_equal(solo_count(solo, 1, MESSAGE_PUSH), 1);
    assert_true(solo_take(solo, 3, MESSAGE_PUSH));
    assert_int_equal(solo->message.push.entry_count, 1);
    assert_true(solo->message.push.ack == 0);
    for (uint64_t node = 2001; node <= 2004; node++)
        assert_true(is_told(&solo->message.push, node));
    assert_true(is_told(&solo->message.push, SOLO_NODE));
    solo_close(solo);
}

static void what_was_known_goes_nowhere(void **state)
{
    struct solo *solo = open_greeted(2, 2);

    (void)state;
    push_strike(solo, 1, SOLO_WALL_MS);
    solo_give(solo, 0);
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 0);
    assert_int_equal(solo_count(solo, 1, MESSAGE_PUSH), 1);
    solo_forget(solo);
    push_strike(solo, 1, SOLO_WALL_MS);
    solo_give(solo, 0);
    push_strike(solo, 1, SOLO_WALL_MS);
    solo_give(solo, 1);
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH) + solo_count(solo, 1, MESSAGE_PUSH), 0);
    solo_close(solo);
}

/* The others find it by their own repair. */
static void what_was_fetched_goes_nowhere(void **state)
{
    struct solo *solo = open_greeted(2, 2);

    (void)state;
    push_strike(solo, 1, SOLO_WALL_MS)->answer = 7;
    solo_give(solo, 0);
    solo_turn(solo);
    assert_int_equal(solo->node.state.strike_count, 1);
    assert_int_equal(solo_count(solo, 1, MESSAGE_PUSH), 0);
    solo_close(solo);
}

static void an_ack_carries_the_number_that_was_asked_for(void **state)
{
    struct solo *solo = open_greeted(2, 2);

    (void)state;
    push_strike(solo, 1, SOLO_WALL_MS)->ack = 4711;
    solo_give(solo, 0);
    push_strike(solo, 1, SOLO_WALL_MS)->ack = 4712; /* pushed again: known, and durable */
    solo_give(solo, 0);
    push_strike(solo, 2, SOLO_WALL_MS);
    solo_give(solo, 0);
    solo_turn(solo);
    assert_true(solo_take(solo, 0, MESSAGE_ACK));
    assert_true(solo->message.ack == 4711);
    assert_true(solo_take(solo, 0, MESSAGE_ACK));
    assert_true(solo->message.ack == 4712);
    assert_false(solo_take(solo, 0, MESSAGE_ACK));
    assert_int_equal(solo_count(solo, 1, MESSAGE_ACK), 0);
    solo_close(solo);
}

static void what_is_not_durable_is_not_acknowledged(void **state)
{
    struct solo *solo = open_greeted(1, 1);

    (void)state;
    solo->store_fails = true;
    push_strike(solo, 1, SOLO_WALL_MS)->ack = 4711;
    solo_give(solo, 0);
    solo_turn(solo);
    assert_int_equal(solo->node.state.strike_count, 1);
    assert_int_equal(solo_count(solo, 0, MESSAGE_ACK), 0);
    solo_close(solo);
}

static void what_was_skipped_is_not_acknowledged(void **state)
{
    struct solo *solo = open_greeted(1, 1);

    (void)state;
    push_strike(solo, 1, SOLO_WALL_MS + 60001)->ack = 4711;
    solo_give(solo, 0);
    solo_turn(solo);
    assert_int_equal(solo->node.state.strike_count, 0);
    assert_int_equal(solo_count(solo, 0, MESSAGE_ACK), 0);
    solo_close(solo);
}

static void the_rest_of_a_frame_is_merged(void **state)
{
    struct solo *solo = open_greeted(2, 2);
    struct message_push *push = push_strike(solo, 1, SOLO_WALL_MS);
    uint8_t late[512], last[512];
    const struct counters *counters = &solo->node.state.counters;

    (void)state;
    push->entries[3] = push->entries[0];
    push->entries[0] = (struct message_entry){
        ENTRY_STRIKE, late,
        solo_strike_bytes("192.0.2.1", 2001, 2, SOLO_WALL_MS + CLOCK_SKEW_MS_MAX + 1, late)};
    push->entries[1] = (struct message_entry){ENTRY_RECORD, late, 5};
    push->entries[2] = (struct message_entry){9, late, 5};
    push->entries[4] = (struct message_entry){
        ENTRY_STRIKE, last, solo_strike_bytes("192.0.2.1", 2001, 3, SOLO_WALL_MS, last)};
    push->entry_count = 5;
    solo_give(solo, 0);
    solo_turn(solo);
    assert_int_equal(solo->node.state.strike_count, 2);
    assert_true(counters->entries_clock == 1 && counters->entries_malformed == 1 &&
                counters->entries_unknown == 1);
    assert_true(solo_take(solo, 0, MESSAGE_NACK));
    assert_int_equal(solo->message.nack.reason, NACK_CLOCK);
    assert_true(solo_take(solo, 1, MESSAGE_PUSH));
    assert_int_equal(solo->message.push.entry_count, 2);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_entries_go_to_all_who_are_there),
        cmocka_unit_test(an_effect_is_pushed_once),
        cmocka_unit_test(many_entries_take_several_frames),
        cmocka_unit_test(large_entries_take_several_frames),
        cmocka_unit_test(what_was_new_goes_to_those_who_were_not_told),
        cmocka_unit_test(what_was_known_goes_nowhere),
        cmocka_unit_test(what_was_fetched_goes_nowhere),
        cmocka_unit_test(an_ack_carries_the_number_that_was_asked_for),
        cmocka_unit_test(what_is_not_durable_is_not_acknowledged),
        cmocka_unit_test(what_was_skipped_is_not_acknowledged),
        cmocka_unit_test(the_rest_of_a_frame_is_merged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
