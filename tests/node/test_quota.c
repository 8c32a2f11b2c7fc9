/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a peer may change has a quota, a kind of entry and a peer: a flood is throttled, nobody else
 * is, and nothing is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "maps.h"
#include "pair.h"
#include "world.h"

/* --- The bucket --- */

static size_t spend_all(struct quota *quota, const struct quota_rate *rate, int64_t now_ms)
{
    size_t count = 0;

    for (; quota_has(quota, rate, now_ms); count++)
        quota_spend(quota, 1024);
    return count;
}

static void a_bucket_begins_full_and_fills_again_up_to_its_burst(void **state)
{
    const struct quota_rate rate = {5, 2};
    struct quota quota = {0};

    (void)state;
    assert_int_equal(spend_all(&quota, &rate, 1000), 5);
    assert_int_equal(spend_all(&quota, &rate, 1499), 0);
    assert_int_equal(spend_all(&quota, &rate, 1500), 1);
    assert_int_equal(spend_all(&quota, &rate, 3500), 4);
    assert_int_equal(spend_all(&quota, &rate, 60000), 5);
}

static void no_part_of_a_token_is_lost(void **state)
{
    const struct quota_rate rate = {10, 3};
    struct quota quota = {0};
    size_t count = 0;

    (void)state;
    assert_int_equal(spend_all(&quota, &rate, 0), 10);
    for (int64_t now_ms = 1; now_ms <= 10000; now_ms++)
        count += spend_all(&quota, &rate, now_ms);
    assert_int_equal(count, 30);
}

static void a_clock_that_jumps_neither_fills_too_much_nor_blocks(void **state)
{
    const struct quota_rate rate = {2, 2};
    struct quota quota = {0};

    (void)state;
    assert_int_equal(spend_all(&quota, &rate, INT64_MIN), 2);
    assert_int_equal(spend_all(&quota, &rate, 0), 2);
    assert_int_equal(spend_all(&quota, &rate, INT64_MAX), 2);
    assert_int_equal(spend_all(&quota, &rate, 0), 0);
    assert_int_equal(spend_all(&quota, &rate, 499), 0);
    assert_int_equal(spend_all(&quota, &rate, 500), 1);
}

static void a_large_entry_costs_several_and_may_owe_some(void **state)
{
    const struct quota_rate rate = {5, 1};
    struct quota quota = {0};

    (void)state;
    assert_true(quota_has(&quota, &rate, 0));
    quota_spend(&quota, 1025);
    assert_int_equal(spend_all(&quota, &rate, 0), 3);
    assert_true(quota_has(&quota, &rate, 1000));
    quota_spend(&quota, 69632); /* 68 */
    assert_int_equal(spend_all(&quota, &rate, 68999), 0);
    assert_int_equal(spend_all(&quota, &rate, 69000), 1);
    assert_int_equal(spend_all(&quota, &rate, 74000), 5);
    assert_true(quota_has(&quota, &rate, 79000));
    quota_spend(&quota, 0); /* nothing is free */
    assert_int_equal(spend_all(&quota, &rate, 79000), 4);
}

/* --- What is refused --- */

/* A node of two peers that are up and may change so many entries, and one more a second. */
static struct solo *open_with_burst(uint32_t burst)
{
    struct solo *solo = solo_open(2);

    solo->node.quota_rate = (struct quota_rate){burst, 1};
    solo_greet(solo, 0);
    solo_greet(solo, 1);
    return solo;
}

/* A PUSH of so many strikes, those numbered from first on, that asks for an ACK. */
static void push_strikes(struct solo *solo, size_t peer, uint64_t first, size_t count)
{
    static uint8_t bytes[16][512];
    struct message_push *push = &solo_message(solo, MESSAGE_PUSH)->push;

    for (size_t i = 0; i < count; i++)
        push->entries[i] = (struct message_entry){
            ENTRY_STRIKE, bytes[i],
            solo_strike_bytes("192.0.2.1", 2001, first + i, SOLO_WALL_MS, bytes[i])};
    push->entry_count = count;
    push->ack = 4711;
    solo_give(solo, peer);
    solo_turn(solo);
}

static void what_is_beyond_the_quota_is_refused_counted_and_told(void **state)
{
    struct solo *solo = open_with_burst(3);

    (void)state;
    push_strikes(solo, 0, 1, 5);
    assert_int_equal(solo->node.state.strike_count, 3);
    assert_true(solo->node.state.counters.entries_quota == 2);
    assert_int_equal(solo_count(solo, 0, MESSAGE_NACK), 1);
    assert_true(solo_take(solo, 0, MESSAGE_NACK));
    assert_int_equal(solo->message.nack.reason, NACK_QUOTA);
    assert_string_equal(solo->node.peers[0].fault, "entries beyond its quota");
    assert_int_equal(solo->node.peers[0].refused, 0); /* its frames are read */
    solo_close(solo);
}

static void it_is_acknowledged_only_when_all_of_it_is_in_force(void **state)
{
    struct solo *solo = open_with_burst(3);

    (void)state;
    push_strikes(solo, 0, 1, 5);
    assert_int_equal(solo_count(solo, 0, MESSAGE_ACK), 0);
    solo_pass(solo, 3000);
    push_strikes(solo, 0, 1, 5); /* two are new, three cost nothing */
    assert_int_equal(solo->node.state.strike_count, 5);
    assert_int_equal(solo_count(solo, 0, MESSAGE_ACK), 1);
    solo_close(solo);
}

static void what_brings_nothing_new_costs_nothing(void **state)
{
    struct solo *solo = open_with_burst(3);

    (void)state;
    for (size_t i = 0; i < 10; i++)
        push_strikes(solo, 0, 1, 2);
    push_strikes(solo, 0, 3, 1);
    assert_int_equal(solo->node.state.strike_count, 3);
    assert_true(solo->node.state.counters.entries_quota == 0);
    solo_close(solo);
}

/* Of so many facts that none makes another needless. */
static void push_large_record(struct solo *solo, const char *address)
{
    static uint8_t bytes[ENTRY_BYTES_MAX];
    struct message_push *push = &solo_message(solo, MESSAGE_PUSH)->push;
    const struct addr addr = solo_addr(address);
    struct record record = {0};

    for (int64_t i = 0; i < 64; i++) {
        const struct fact fact = {.first_ms = SOLO_WALL_MS - 64 + i,
                                  .last_ms = SOLO_WALL_MS,
                                  .until_ms = SOLO_WALL_MS + (64 - i) * TICK_MS,
                                  .forget_ms = TIME_NEVER_MS,
                                  .level = 1};

        assert_int_equal(facts_merge(&record.facts, &fact), 1);
    }
    push->entries[0] = (struct message_entry){
        ENTRY_RECORD, bytes, entry_write_record(&addr, &record, bytes, sizeof(bytes))};
    assert_in_range(push->entries[0].size, 2049, 3072);
    push->entry_count = 1;
    solo_give(solo, 0);
    solo_turn(solo);
    record_clear(&record);
}

static void what_is_large_counts_as_several(void **state)
{
    struct solo *solo = open_with_burst(4);

    (void)state;
    push_large_record(solo, "192.0.2.1");
    push_large_record(solo, "192.0.2.2");
    push_large_record(solo, "192.0.2.3");
    assert_int_equal(solo->node.state.table.count, 2);
    assert_true(solo->node.state.counters.entries_quota == 1);
    solo_close(solo);
}

static void a_peers_flood_is_no_other_peers(void **state)
{
    struct solo *solo = open_with_burst(3);

    (void)state;
    push_strikes(solo, 0, 1, 10);
    push_strikes(solo, 1, 101, 3);
    assert_int_equal(solo->node.state.strike_count, 6);
    assert_int_equal(solo_count(solo, 1, MESSAGE_ACK), 1);
    solo_close(solo);
}

static void a_flood_of_strikes_keeps_no_unban_out(void **state)
{
    struct solo *solo = open_with_burst(3);
    const struct addr addr = solo_addr("192.0.2.1");
    const struct record record = {
        .cut = {.stamp = {(uint64_t)SOLO_WALL_MS << 16, 2001}, .ms = SOLO_WALL_MS}};
    struct message_push *push;
    uint8_t bytes[512];

    (void)state;
    push_strikes(solo, 0, 1, 10);
    assert_int_equal(node_map(&solo->node)->entries, 1);
    push = &solo_message(solo, MESSAGE_PUSH)->push;
    push->entries[0] = (struct message_entry){
        ENTRY_RECORD, bytes, entry_write_record(&addr, &record, bytes, sizeof(bytes))};
    push->entry_count = 1;
    solo_give(solo, 0);
    solo_turn(solo);
    assert_int_equal(node_map(&solo->node)->entries, 0);
    solo_close(solo);
}

/* --- What becomes of the rest --- */

static void a_descent_that_meets_the_end_of_the_quota_is_cut_off(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    pair.here->node.quota_rate = (struct quota_rate){30, 1};
    solo_bans(pair.there, 100);
    pair_repair(&pair);
    assert_int_equal(pair.here->node.state.table.count, 30);
    assert_true(pair_counters(&pair)->entries_quota == 70);
    assert_int_equal(pair.here->node.descent.peer, NODE_PEER_NONE);
    pair_close(&pair);
}

static void its_rest_is_asked_for_once_a_second_until_all_is_there(void **state)
{
    struct pair pair = pair_open();
    size_t seconds = 0;

    (void)state;
    pair.here->node.quota_rate = (struct quota_rate){30, 1};
    solo_bans(pair.there, 100);
    for (; seconds < 200 && !pair_roots_equal(&pair); seconds++) {
        pair_repair(&pair);
        solo_pass(pair.here, 1000);
        pair.there->now = pair.here->now;
        solo_turn(pair.there);
    }
    assert_true(pair_roots_equal(&pair));
    assert_in_range(seconds, 60, 80); /* as fast as tokens come back */
    assert_in_range(pair_counters(&pair)->repairs_started, 4, 100);
    pair_close(&pair);
}

/* Node 1 floods; 0 and 2 go on. */
static struct world *open_small_quotas(void)
{
    struct world *world = world_open(3);

    world->quota = (struct quota_rate){1200, 12};
    for (size_t i = 0; i < 3; i++) {
        world_kill(world, i);
        world_start(world, i, true);
    }
    world_run(world, 3000);
    return world;
}

static void flood(struct world *world, size_t *number, size_t count)
{
    char address[32];

    for (size_t i = 0; i < count; i++, (*number)++) {
        snprintf(address, sizeof(address), "10.0.%zu.%zu", *number / 256, *number % 256);
        world_hits(world, 1, address, 1);
    }
}

static void while_a_member_floods_the_others_go_on_and_then_all_are_equal(void **state)
{
    struct world *world = open_small_quotas();
    const struct counters *counters = &world->nodes[0].state.counters;
    size_t number = 0;

    (void)state;
    for (size_t second = 0; second < 10; second++) {
        flood(world, &number, 300);
        world_run(world, 1000);
    }
    assert_true(counters->entries_quota > 0);
    assert_true(world->nodes[0].state.strike_count < 2 * (1200 + 10 * 12));
    world_hits(world, 0, "192.0.2.1", 5);
    world_hits(world, 2, "192.0.2.1", 5);
    world_unban(world, 1, "192.0.2.9", 7); /* of another kind than the flood */
    world_run(world, 100);
    assert_string_equal(world_map(world, 0), "192.0.2.1\n");
    assert_string_equal(world_map(world, 2), "192.0.2.1\n");
    assert_int_equal(world->done_count, 1);
    assert_int_equal(world->done[0].confirmed, 3);
    for (size_t minute = 0; minute < 5 && !world_is_equal(world); minute++)
        world_run(world, 60000);
    assert_true(world_is_equal(world));
    assert_int_equal(world->nodes[0].state.strike_count, number + 10);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_begins_full_and_fills_again_up_to_its_burst),
        cmocka_unit_test(no_part_of_a_token_is_lost),
        cmocka_unit_test(a_clock_that_jumps_neither_fills_too_much_nor_blocks),
        cmocka_unit_test(a_large_entry_costs_several_and_may_owe_some),
        cmocka_unit_test(what_is_beyond_the_quota_is_refused_counted_and_told),
        cmocka_unit_test(it_is_acknowledged_only_when_all_of_it_is_in_force),
        cmocka_unit_test(what_brings_nothing_new_costs_nothing),
        cmocka_unit_test(what_is_large_counts_as_several),
        cmocka_unit_test(a_peers_flood_is_no_other_peers),
        cmocka_unit_test(a_flood_of_strikes_keeps_no_unban_out),
        cmocka_unit_test(a_descent_that_meets_the_end_of_the_quota_is_cut_off),
        cmocka_unit_test(its_rest_is_asked_for_once_a_second_until_all_is_there),
        cmocka_unit_test(while_a_member_floods_the_others_go_on_and_then_all_are_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
