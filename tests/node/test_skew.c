/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster's time is the median of the known clocks, and a saved clock that is ahead is held
 * until it is known who was wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "maps.h"
#include "solo.h"

/* A PING whose sender's clock differs by that much. */
static void tell_clock(struct solo *solo, size_t peer, int64_t off_ms)
{
    struct message_ping *ping = solo_ping(solo);

    ping->boot = 5001 + peer;
    ping->wall_ms += off_ms;
    solo_give(solo, peer);
}

static int64_t off_by(struct solo *solo)
{
    return node_ref_ms(&solo->node, &solo->now) - solo->now.wall_ms;
}

/* For the wall clock and the monotonic one alike; no turn. */
static void pass(struct solo *solo, int64_t ms)
{
    solo->now.wall_ms += ms;
    solo->now.mono_ms += ms;
}

static void with_fewer_than_three_clocks_the_own_one_counts(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    assert_true(off_by(solo) == 0);
    solo_greet(solo, 0);
    tell_clock(solo, 0, 3600000);
    assert_true(off_by(solo) == 0);
    solo_close(solo);
}

static void the_median_of_three_and_more_counts(void **state)
{
    struct solo *solo = solo_open(4);

    (void)state;
    for (size_t i = 0; i < 4; i++)
        solo_greet(solo, i);
    tell_clock(solo, 0, 5000);
    tell_clock(solo, 1, 3600000);
    assert_true(off_by(solo) == 5000);
    tell_clock(solo, 1, -3600000);
    assert_true(off_by(solo) == 0);
    tell_clock(solo, 1, 9000);
    tell_clock(solo, 2, 7000);
    tell_clock(solo, 3, -1000);
    assert_true(off_by(solo) == 5000); /* -1, 0, 5, 7, 9 */
    solo_close(solo);
}

/* Half of them is no majority: the own clock decides between the two in the middle. */
static void of_an_even_number_the_own_clock_decides(void **state)
{
    struct solo *solo = solo_open(3);

    (void)state;
    for (size_t i = 0; i < 3; i++)
        solo_greet(solo, i);
    tell_clock(solo, 0, -2000);
    tell_clock(solo, 1, 3600000);
    tell_clock(solo, 2, 3600000);
    assert_true(off_by(solo) == 0);
    tell_clock(solo, 0, 5000);
    assert_true(off_by(solo) == 5000);
    tell_clock(solo, 0, -3600000);
    tell_clock(solo, 1, -7000);
    tell_clock(solo, 2, -3600000);
    assert_true(off_by(solo) == -7000);
    solo_close(solo);
}

/* Ten of each, and the own one. */
static void of_many_clocks_the_one_in_the_middle_counts(void **state)
{
    struct solo *solo = solo_open(100);

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        solo_greet(solo, i);
        tell_clock(solo, i, (int64_t)(i * 37 % 10) * 100);
    }
    assert_true(off_by(solo) == 400);
    for (size_t i = 0; i < 60; i++)
        tell_clock(solo, i, -(int64_t)i);
    assert_true(off_by(solo) == -9);
    solo_close(solo);
}

static void clocks_go_on_and_are_dropped_after_10_s(void **state)
{
    struct solo *solo = solo_open(4);

    (void)state;
    for (size_t i = 0; i < 4; i++)
        solo_greet(solo, i);
    tell_clock(solo, 0, 5000);
    tell_clock(solo, 1, 6000);
    pass(solo, NODE_CLOCK_MS);
    assert_true(off_by(solo) == 5000);
    solo->now.wall_ms -= 2000; /* the own clock is set back */
    assert_true(off_by(solo) == 7000);
    tell_clock(solo, 2, 9000);
    tell_clock(solo, 3, 9000);
    assert_true(off_by(solo) == 8000); /* 0, 7, 8, 9, 9 */
    pass(solo, 1);
    assert_true(off_by(solo) == 9000); /* 0, 9, 9 */
    solo_close(solo);
}

/* What is done to the wall clock of a node that is cut off does not matter. */
static void the_clusters_time_is_kept_while_nobody_is_heard(void **state)
{
    struct solo *solo = solo_open(2);
    int64_t off_ms;

    (void)state;
    solo_greet(solo, 0);
    solo_greet(solo, 1);
    tell_clock(solo, 0, 5000);
    tell_clock(solo, 1, 6000);
    pass(solo, 2 * NODE_CLOCK_MS);
    assert_true(off_by(solo) == 5000);
    solo->now.wall_ms += 3600000;
    assert_true(off_by(solo) == 5000 - 3600000);
    assert_true(node_clock_is_off(&solo->node, &solo->now, &off_ms));
    tell_clock(solo, 0, -3600000); /* a second one that agrees with neither settles nothing */
    assert_true(off_by(solo) == 5000 - 3600000);
    tell_clock(solo, 1, -1000);
    assert_true(off_by(solo) == -1000);
    solo_close(solo);
}

/* A machine that was paused as a whole: its monotonic clock stood still, its wall clock was set. */
static void two_clocks_that_agree_outvote_the_time_that_is_kept(void **state)
{
    struct solo *solo = solo_open(2);
    int64_t off_ms;

    (void)state;
    solo_greet(solo, 0);
    solo_greet(solo, 1);
    tell_clock(solo, 0, 500);
    tell_clock(solo, 1, 600);
    pass(solo, 2 * NODE_CLOCK_MS);
    solo->now.wall_ms += 600000;
    assert_true(node_clock_is_off(&solo->node, &solo->now, &off_ms));
    tell_clock(solo, 0, -2000);
    assert_true(off_by(solo) == -2000);
    assert_false(node_clock_is_off(&solo->node, &solo->now, &off_ms));
    tell_clock(solo, 0, 86400000); /* but one that is a day ahead moves nothing */
    assert_true(off_by(solo) == 0);
    solo_close(solo);
}

static void but_not_for_more_than_7_d(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    solo_greet(solo, 0);
    solo_greet(solo, 1);
    tell_clock(solo, 0, 5000);
    tell_clock(solo, 1, 6000);
    pass(solo, 7 * INT64_C(86400000));
    assert_true(off_by(solo) == 5000);
    pass(solo, 1);
    assert_true(off_by(solo) == 0);
    solo_close(solo);
}

static void one_peer_tells_no_time_to_keep(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_greet(solo, 0);
    tell_clock(solo, 0, 5000);
    pass(solo, 2 * NODE_CLOCK_MS);
    solo->now.wall_ms += 3600000;
    assert_true(off_by(solo) == 0);
    solo_close(solo);
}

static void over_60_s_off_the_clock_is_not_trusted(void **state)
{
    struct solo *solo = solo_open(2);
    int64_t off_ms;

    (void)state;
    solo_greet(solo, 0);
    solo_greet(solo, 1);
    for (size_t i = 0; i < 2; i++)
        tell_clock(solo, i, CLOCK_SKEW_MS_MAX);
    assert_false(node_clock_is_off(&solo->node, &solo->now, &off_ms));
    assert_true(off_ms == CLOCK_SKEW_MS_MAX);
    for (size_t i = 0; i < 2; i++)
        tell_clock(solo, i, CLOCK_SKEW_MS_MAX + 1);
    assert_true(node_clock_is_off(&solo->node, &solo->now, &off_ms));
    for (size_t i = 0; i < 2; i++)
        tell_clock(solo, i, -CLOCK_SKEW_MS_MAX - 1);
    assert_true(node_clock_is_off(&solo->node, &solo->now, &off_ms));
    assert_true(off_ms == -CLOCK_SKEW_MS_MAX - 1);
    solo_close(solo);
}

/* Time stands still rather than run after a clock that is off. */
static void a_clock_that_is_off_makes_no_ticks(void **state)
{
    struct solo *solo = solo_open(2);
    uint64_t tick;

    (void)state;
    solo_greet(solo, 0);
    solo_greet(solo, 1);
    tick = solo->node.state.tick;
    solo->now.wall_ms += 3600000;
    for (size_t i = 0; i < 2; i++)
        tell_clock(solo, i, -3600000);
    solo_turn(solo);
    assert_true(solo->node.state.tick == tick);
    solo->now.wall_ms -= 3600000 - TICK_MS;
    solo_turn(solo);
    assert_true(solo->node.state.tick == tick + 1);
    solo_close(solo);
}

/* Starts the node anew with a saved clock that is so far ahead. */
static void load(struct solo *solo, int64_t ahead_ms)
{
    solo->node.state.hlc = solo->node.state.tick = 0;
    node_loaded(&solo->node, &solo->now, (uint64_t)(SOLO_WALL_MS + ahead_ms) << 16 | 5);
}

static bool is_held(struct solo *solo)
{
    int64_t off_ms;

    solo_turn(solo);
    return node_clock_is_off(&solo->node, &solo->now, &off_ms);
}

static void a_saved_clock_not_far_ahead_is_taken_up(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    load(solo, CLOCK_SKEW_MS_MAX);
    assert_true(solo->node.state.hlc == ((uint64_t)(SOLO_WALL_MS + 60000) << 16 | 5));
    assert_true(state_now_ms(&solo->node.state) == SOLO_WALL_MS + 60000);
    assert_false(is_held(solo));
    solo_close(solo);
}

static void a_saved_clock_far_ahead_is_held_until_the_wall_clock_is_set(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    load(solo, 3600000);
    assert_true(is_held(solo));
    solo->now.wall_ms += 3600000 - CLOCK_SKEW_MS_MAX - 1;
    assert_true(is_held(solo));
    solo->now.wall_ms += 1;
    assert_false(is_held(solo));
    assert_true(solo->node.state.hlc >= ((uint64_t)(SOLO_WALL_MS + 3600000) << 16 | 5));
    solo_close(solo);
}

static void two_peers_settle_that_the_saved_clock_was_wrong(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    load(solo, 3600000);
    solo_greet(solo, 0);
    solo_greet(solo, 1);
    tell_clock(solo, 0, 1000);
    assert_true(is_held(solo));
    tell_clock(solo, 1, -1000);
    assert_false(is_held(solo));
    solo_turn(solo);
    assert_true(stamp_ms(solo->node.state.hlc) == SOLO_WALL_MS);
    solo_close(solo);
}

static void two_peers_who_disagree_with_the_wall_clock_settle_nothing(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    load(solo, 3600000);
    solo_greet(solo, 0);
    solo_greet(solo, 1);
    tell_clock(solo, 0, 3600000);
    tell_clock(solo, 1, 3600000);
    assert_true(is_held(solo));
    solo_close(solo);
}

static void half_of_the_clocks_settle_nothing(void **state)
{
    struct solo *solo = solo_open(3);

    (void)state;
    load(solo, 3600000);
    for (size_t i = 0; i < 3; i++)
        solo_greet(solo, i);
    tell_clock(solo, 0, 0);
    tell_clock(solo, 1, 3600000);
    tell_clock(solo, 2, 3600000);
    assert_true(is_held(solo));
    tell_clock(solo, 2, -5000);
    assert_false(is_held(solo));
    solo_close(solo);
}

/* The map stays as it is meanwhile: what was over at the saved time does not ban again. */
static void a_held_clock_brings_no_old_ban_back(void **state)
{
    struct solo *solo = solo_open(0);
    struct addr addr = solo_addr("192.0.2.1");
    const struct record record = {
        .manual = {.stamp = {1, 2001}, .kind = MANUAL_BAN, .until_ms = SOLO_WALL_MS - 86400000}};
    uint8_t bytes[512];

    (void)state;
    solo->node.state.hlc = solo->node.state.tick = 0; /* as a node that just started */
    assert_true(node_load(&solo->node, ENTRY_RECORD, bytes,
                          entry_write_record(&addr, &record, bytes, sizeof(bytes))));
    node_loaded(&solo->node, &solo->now, (uint64_t)(SOLO_WALL_MS + 3600000) << 16);
    solo_turn(solo);
    assert_int_equal(node_map(&solo->node)->entries, 0);
    solo_close(solo);
}

/* Its stamps and its tick are of a time that is not yet. */
static void a_clock_that_was_ahead_and_went_back_is_off(void **state)
{
    struct solo *solo = solo_open(0);
    int64_t off_ms;

    (void)state;
    solo->now.wall_ms += 3600000;
    solo_turn(solo);
    assert_false(node_clock_is_off(&solo->node, &solo->now, &off_ms));
    solo->now.wall_ms -= 3600000;
    assert_true(node_clock_is_off(&solo->node, &solo->now, &off_ms));
    solo->now.wall_ms += 3600000;
    assert_false(node_clock_is_off(&solo->node, &solo->now, &off_ms));
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_fewer_than_three_clocks_the_own_one_counts),
        cmocka_unit_test(the_median_of_three_and_more_counts),
        cmocka_unit_test(of_an_even_number_the_own_clock_decides),
        cmocka_unit_test(of_many_clocks_the_one_in_the_middle_counts),
        cmocka_unit_test(clocks_go_on_and_are_dropped_after_10_s),
        cmocka_unit_test(the_clusters_time_is_kept_while_nobody_is_heard),
        cmocka_unit_test(two_clocks_that_agree_outvote_the_time_that_is_kept),
        cmocka_unit_test(but_not_for_more_than_7_d),
        cmocka_unit_test(one_peer_tells_no_time_to_keep),
        cmocka_unit_test(over_60_s_off_the_clock_is_not_trusted),
        cmocka_unit_test(a_clock_that_is_off_makes_no_ticks),
        cmocka_unit_test(a_saved_clock_not_far_ahead_is_taken_up),
        cmocka_unit_test(a_saved_clock_far_ahead_is_held_until_the_wall_clock_is_set),
        cmocka_unit_test(two_peers_settle_that_the_saved_clock_was_wrong),
        cmocka_unit_test(two_peers_who_disagree_with_the_wall_clock_settle_nothing),
        cmocka_unit_test(half_of_the_clocks_settle_nothing),
        cmocka_unit_test(a_held_clock_brings_no_old_ban_back),
        cmocka_unit_test(a_clock_that_was_ahead_and_went_back_is_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
