/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where something is too much, too old or comes at the wrong time: frames, batches, rows, clocks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "feed.h"
#include "skew.h"
#include "solo.h"

#define SUBJECT "192.0.2.1"

static struct solo *open_greeted(size_t peers)
{
    struct solo *solo = solo_open(peers);

    for (size_t i = 0; i < peers; i++)
        solo_greet(solo, i);
    return solo;
}

/* --- Frames ------------------------------------------------------------------------------------
 */

static void note_hash(void *context, uint64_t hash, const uint8_t *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    *(uint64_t *)context = hash;
}

/* Entries in the answer to a PULL that asks for so many that are not there, and then for one. */
static size_t pull_behind(struct solo *solo, size_t others)
{
    struct message_pairs *pull = &solo_message(solo, MESSAGE_PULL)->pairs;
    struct addr addr = solo_addr(SUBJECT);
    uint16_t leaf = state_leaf(&solo->node.state, &addr);
    uint64_t hash = 0;

    assert_true(leaf > 0);
    state_visit_leaf(&solo->node.state, ENTRY_STRIKE, leaf, NULL, note_hash, &hash);
    pull->number = 5;
    pull->kind = ENTRY_STRIKE;
    pull->count = others + 1;
    pull->pairs[others] = (struct message_pair){leaf, hash};
    solo_give(solo, 0);
    solo_turn(solo);
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_true(solo->message.push.last);
    return solo->message.push.entry_count;
}

static void a_pull_asks_for_a_frame_of_entries_at_most(void **state)
{
    struct solo *solo = open_greeted(1);

    (void)state;
    solo_strike(solo, SUBJECT, 3000, 1, SOLO_WALL_MS - 5000);
    solo_turn(solo);
    assert_int_equal(pull_behind(solo, FRAME_ENTRIES_MAX - 1), 1);
    assert_int_equal(pull_behind(solo, FRAME_ENTRIES_MAX), 0);
    solo_close(solo);
}

/* What is too much for one peer in one turn is lost, counted, and made good by repair. */
static void a_turn_sends_a_peer_so_much_at_most(void **state)
{
    struct solo *solo = open_greeted(2);
    size_t pieces = NODE_TURN_BYTES_MAX / MAP_CHUNK_BYTES_MAX;

    (void)state;
    solo_bans(solo, 20000);
    solo->node.peers[0].fresh = solo->node.peers[1].fresh = false;
    for (size_t i = 0; i <= pieces; i++) {
        solo_message(solo, MESSAGE_MAP_GET);
        solo_give(solo, 0);
    }
    solo_message(solo, MESSAGE_MAP_GET);
    solo_give(solo, 1);
    assert_true(solo->node.state.counters.frames_unsent > 0);
    assert_true(solo->node.peers[0].fresh);
    assert_false(solo->node.peers[1].fresh);
    assert_true(solo->node.peers[0].queued_bytes <= NODE_TURN_BYTES_MAX);
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 1, MESSAGE_MAP), 1);
    solo_forget(solo);
    solo_message(solo, MESSAGE_MAP_GET);
    solo_give(solo, 0);
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_MAP), 1);
    solo_close(solo);
}

/* --- Commands ----------------------------------------------------------------------------------
 */

static struct addr addr_of(size_t number)
{
    return (struct addr){ADDR_IPV4, 32, {198, 51, 100, (uint8_t)number}};
}

/* A record of the largest form there is. */
static void feed_large_record(struct solo *solo, const struct addr *addr)
{
    static uint8_t bytes[ENTRY_BYTES_MAX];
    static struct fact_node nodes[FACT_NODES_MAX];
    struct fact facts[FACTS_MAX];
    const struct record record = {.facts = {facts, FACTS_MAX}};
    struct event event = {.type = EVENT_ENTRY, .kind = ENTRY_RECORD, .bytes = bytes};

    for (size_t i = 0; i < FACT_NODES_MAX; i++)
        nodes[i] = (struct fact_node){i + 1, 1};
    for (size_t i = 0; i < FACTS_MAX; i++)
        facts[i] = (struct fact){.first_ms = (int64_t)i,
                                 .last_ms = SOLO_WALL_MS - 100,
                                 .until_ms = SOLO_WALL_MS - (int64_t)i,
                                 .forget_ms = TIME_NEVER_MS,
                                 .level = 1,
                                 .node_count = FACT_NODES_MAX,
                                 .nodes = nodes};
    event.size = entry_write_record(addr, &record, bytes, sizeof(bytes));
    assert_true(event.size > 50000);
    assert_int_equal(node_step(&solo->node, &solo->now, &event), STEP_CHANGED);
}

/* Five of them are larger than a frame: they travel in two, and are acknowledged each. */
static void commands_with_large_records_go_in_several_frames(void **state)
{
    struct solo *solo = open_greeted(1);
    size_t entries = 0, frames = 0;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct addr addr = addr_of(i);

        feed_large_record(solo, &addr);
    }
    solo_turn(solo);
    solo_forget(solo);
    for (size_t i = 0; i < 5; i++) {
        struct addr addr = addr_of(i);

        node_ban(&solo->node, &solo->now, i, &addr, TIME_NEVER_MS, "test", "root");
    }
    solo_turn(solo);
    assert_int_equal(solo->node.batch_count, 2);
    assert_int_equal(solo->done_count, 0);
    for (; solo_take(solo, 0, MESSAGE_PUSH); frames++) {
        uint64_t ack = solo->message.push.ack;

        entries += solo->message.push.entry_count;
        solo_message(solo, MESSAGE_ACK)->ack = ack;
        solo_give(solo, 0);
    }
    solo_turn(solo);
    assert_int_equal(frames, 2);
    assert_int_equal(entries, 5);
    assert_int_equal(solo->done_count, 5);
    solo_close(solo);
}

/* It failed, so there is nothing to be sent again; its answer was not fetched yet. */
static void a_batch_without_a_frame_is_not_sent_again(void **state)
{
    struct solo *solo = open_greeted(1);
    struct addr addr = addr_of(1);
    struct node_done done;

    (void)state;
    node_ban(&solo->node, &solo->now, 7, &addr, TIME_NEVER_MS, "test", "root");
    node_flush(&solo->node, &solo->now);
    node_committed(&solo->node, &solo->now, false);
    node_turn_end(&solo->node);
    assert_int_equal(solo->node.batch_count, 1);
    solo->now.mono_ms += 500;
    node_tick(&solo->node, &solo->now);
    assert_int_equal(solo->node.frame_count, 0);
    assert_true(node_take_done(&solo->node, &solo->now, &done));
    assert_int_equal(done.request, 7);
    assert_int_equal(done.outcome, OUTCOME_FAILED);
    assert_false(node_take_done(&solo->node, &solo->now, &done));
    solo_close(solo);
}

/* --- Rows --------------------------------------------------------------------------------------
 */

/* Nothing is wrong with it: the node was down for a day. */
static void a_row_that_has_become_garbage_is_no_refused_one(void **state)
{
    struct solo *solo = solo_open(1);
    uint8_t bytes[512];
    size_t size = solo_strike_bytes(SUBJECT, 3000, 1, SOLO_WALL_MS - STRIKE_HORIZON_MS - 1, bytes);

    (void)state;
    assert_true(node_load(&solo->node, ENTRY_STRIKE, bytes, size));
    assert_int_equal(solo->node.state.strike_count, 0);
    assert_false(node_load(&solo->node, ENTRY_STRIKE, bytes, size - 1));
    solo_close(solo);
}

static void a_row_that_is_not_one_is_not_taken_for_a_reload(void **state)
{
    struct solo *solo = solo_open(1);
    const uint8_t bytes[] = {9, 9, 9};

    (void)state;
    assert_int_equal(effects_reserve(&solo->node.effects, 1, 0), 0);
    effects_add(&solo->node.effects, EFFECT_RELOAD)->kind = ENTRY_ALLOW; /* all of that kind */
    node_reload(&solo->node, ENTRY_ALLOW, bytes, sizeof(bytes));
    assert_int_equal(solo->node.selfcheck.rows.count, 0);
    solo_close(solo);
}

static void the_self_check_waits_for_the_end_of_the_turn(void **state)
{
    struct solo *solo = solo_open(1);
    uint8_t bytes[512];

    (void)state;
    solo->now.mono_ms += 5000;
    node_load(&solo->node, ENTRY_STRIKE, bytes,
              solo_strike_bytes(SUBJECT, 3000, 1, SOLO_WALL_MS, bytes));
    assert_int_equal(solo->node.effects.count, 0);
    assert_int_equal(solo->node.state.dirty_count, 1);
    assert_false(node_check(&solo->node, &solo->now));
    assert_int_equal(solo->node.selfcheck.next, 0);
    solo_turn(solo);
    assert_false(node_check(&solo->node, &solo->now));
    assert_true(solo->node.selfcheck.next > 0);
    solo_close(solo);
}

/* --- Clocks ------------------------------------------------------------------------------------
 */

/* The saved clock is ahead of the own one, which is itself ahead of the peers': neither of the two
 * is confirmed. */
static void a_clock_that_is_ahead_of_the_others_is_not_confirmed(void **state)
{
    struct solo *solo = open_greeted(2);
    int64_t off_ms;

    (void)state;
    skew_begin(&solo->node, &solo->now, (uint64_t)(SOLO_WALL_MS + 7200000) << 16);
    assert_true(node_clock_is_off(&solo->node, &solo->now, &off_ms));
    assert_false(skew_is_waiting(&solo->node, &solo->now));
    for (size_t i = 0; i < 2; i++) {
        solo_ping(solo)->wall_ms -= CLOCK_SKEW_MS_MAX + 1000;
        solo_give(solo, i);
    }
    skew_settle(&solo->node, &solo->now);
    assert_true(solo->node.clock_held);
    for (size_t i = 0; i < 2; i++) {
        solo_ping(solo)->wall_ms -= CLOCK_SKEW_MS_MAX - 1000;
        solo_give(solo, i);
    }
    skew_settle(&solo->node, &solo->now);
    assert_false(solo->node.clock_held);
    assert_false(skew_is_waiting(&solo->node, &solo->now));
    solo_close(solo);
}

/* The clock went on by hours since the last commit; the peers say so, too, before the time is over
 * in which they are waited for. */
static void what_was_heard_is_not_waited_for(void **state)
{
    struct solo *solo = open_greeted(2);

    (void)state;
    skew_begin(&solo->node, &solo->now, (uint64_t)(SOLO_WALL_MS - 7200000) << 16);
    assert_true(skew_is_waiting(&solo->node, &solo->now));
    for (size_t i = 0; i < 2; i++) {
        solo_ping(solo);
        solo_give(solo, i);
    }
    skew_settle(&solo->node, &solo->now);
    assert_true(solo->now.mono_ms < solo->node.doubt_until_ms);
    assert_false(skew_is_waiting(&solo->node, &solo->now));
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pull_asks_for_a_frame_of_entries_at_most),
        cmocka_unit_test(a_turn_sends_a_peer_so_much_at_most),
        cmocka_unit_test(commands_with_large_records_go_in_several_frames),
        cmocka_unit_test(a_batch_without_a_frame_is_not_sent_again),
        cmocka_unit_test(a_row_that_has_become_garbage_is_no_refused_one),
        cmocka_unit_test(a_row_that_is_not_one_is_not_taken_for_a_reload),
        cmocka_unit_test(the_self_check_waits_for_the_end_of_the_turn),
        cmocka_unit_test(a_clock_that_is_ahead_of_the_others_is_not_confirmed),
        cmocka_unit_test(what_was_heard_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
