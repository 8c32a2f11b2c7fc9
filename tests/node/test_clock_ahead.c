/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node whose clock is a year ahead: whatever becomes of it, the cluster's time does not run away
 * for the others, and it finds back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "skew.h"
#include "world.h"

#define YEAR_MS 31536000000

/* Nodes that know each other's clocks, and one ban by hits. */
static struct world *open_with_ban(size_t count)
{
    struct world *world = world_open(count);

    world_run(world, 3000);
    world_hits(world, 0, "192.0.2.1", 10);
    world_run(world, 1000);
    return world;
}

static int64_t ahead_ms(struct world *world, size_t node)
{
    return state_now_ms(&world->nodes[node].state) - world->now.wall_ms;
}

static void assert_in_time(struct world *world, size_t node)
{
    assert_true(ahead_ms(world, node) <= 0 && ahead_ms(world, node) > -2 * TICK_MS);
    assert_int_equal(world_count(world, node, "192.0.2.1"), 10);
}

/* Nobody can tell which of two is right: each goes by its own. */
static void of_two_the_other_does_not_follow(void **state)
{
    struct world *world = open_with_ban(2);

    (void)state;
    world->skew_ms[1] = YEAR_MS;
    world_ban(world, 1, "192.0.2.2", 7);
    world_hits(world, 1, "192.0.2.3", 10);
    world_run(world, 30000);
    assert_true(ahead_ms(world, 1) > YEAR_MS - 2 * TICK_MS);
    assert_in_time(world, 0);
    assert_string_equal(world_map(world, 0), "192.0.2.1\n");
    assert_true(world->nodes[0].state.counters.entries_clock > 0);
    assert_string_equal(world->nodes[1].peers[0].nack.detail, "clock is over 60 s ahead");
    world_close(world);
}

static void of_three_nobody_follows_and_it_stands_still_itself(void **state)
{
    struct world *world = open_with_ban(3);

    (void)state;
    world->skew_ms[1] = YEAR_MS;
    world_run(world, 30000);
    for (size_t i = 0; i < 3; i++)
        assert_in_time(world, i);
    world->skew_ms[1] = 0;
    world_run(world, 5000);
    assert_true(world_is_equal(world));
    world_close(world);
}

/* Half of the clocks is no majority. */
static void of_four_two_do_not_take_the_others_along(void **state)
{
    struct world *world = open_with_ban(4);
    struct now now;
    int64_t off_ms;

    (void)state;
    world->skew_ms[1] = world->skew_ms[2] = YEAR_MS;
    world_run(world, 30000);
    now = world->now;
    assert_in_time(world, 0);
    assert_in_time(world, 3);
    assert_false(node_clock_is_off(&world->nodes[0], &now, &off_ms));
    world_close(world);
}

/* At its start it knows no other clock. */
static void who_starts_with_it_waits_for_the_others_clocks(void **state)
{
    struct world *world = open_with_ban(3);

    (void)state;
    world_kill(world, 1);
    world->skew_ms[1] = YEAR_MS;
    world_start(world, 1, false);
    world_run(world, 30000);
    for (size_t i = 0; i < 3; i++)
        assert_in_time(world, i);
    world->skew_ms[1] = 0;
    world_run(world, 5000);
    assert_true(world_is_equal(world));
    world_close(world);
}

/* Long down is not wrong, and peers that are down, too, cannot tell. */
static void who_was_long_down_goes_on_with_the_others_or_after_10_s(void **state)
{
    struct world *world = open_with_ban(3);
    struct now now;
    int64_t off_ms;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        world_kill(world, i);
    world->now.wall_ms += 7200000;
    world_start(world, 1, false);
    world_run(world, 9000);
    now = world->now;
    assert_true(node_clock_is_off(&world->nodes[1], &now, &off_ms));
    world_run(world, 2000);
    now = world->now;
    assert_false(node_clock_is_off(&world->nodes[1], &now, &off_ms));
    assert_true(ahead_ms(world, 1) > -2 * TICK_MS);
    world_start(world, 0, false);
    world_start(world, 2, false);
    world_run(world, 3000);
    now = world->now;
    for (size_t i = 0; i < 3; i++)
        assert_false(node_clock_is_off(&world->nodes[i], &now, &off_ms));
    assert_true(world_is_equal(world));
    world_close(world);
}

/* Two clocks are no majority of anything. */
static void with_one_peer_nobody_is_waited_for(void **state)
{
    struct world *world = open_with_ban(2);
    struct now now;
    int64_t off_ms;

    (void)state;
    world_kill(world, 1);
    world->now.wall_ms += 7200000;
    world_start(world, 1, false);
    world_run(world, 10);
    now = world->now;
    assert_false(node_clock_is_off(&world->nodes[1], &now, &off_ms));
    assert_in_time(world, 1);
    world_close(world);
}

/* The others told it the time before it was cut off: bans do not end with its own clock. */
static void who_is_cut_off_does_not_follow_its_own_clock(void **state)
{
    struct world *world = open_with_ban(3);

    (void)state;
    world_cut(world, 1, true);
    world_run(world, 15000);
    world->skew_ms[1] = YEAR_MS;
    world_run(world, 8000); /* time stands still meanwhile */
    assert_in_time(world, 1);
    assert_string_equal(world_map(world, 1), "192.0.2.1\n");
    world->skew_ms[1] = 0;
    world_run(world, 1000);
    assert_in_time(world, 1);
    world_cut(world, 1, false);
    world_run(world, 5000);
    assert_true(world_is_equal(world));
    world_close(world);
}

/* It must be started again then, as stamps and T do not go back. */
static void who_ran_ahead_alone_finds_back_by_a_restart(void **state)
{
    struct world *world = open_with_ban(3);

    (void)state;
    world_kill(world, 1); /* so that it remembers no other clock */
    world_cut(world, 1, true);
    world->skew_ms[1] = YEAR_MS;
    world_start(world, 1, false);
    world_run(world, 15000);
    assert_true(ahead_ms(world, 1) > YEAR_MS - 2 * TICK_MS);
    world->skew_ms[1] = 0;
    world_cut(world, 1, false);
    world_run(world, 3000);
    world_kill(world, 1);
    world_start(world, 1, false);
    world_run(world, 10000);
    for (size_t i = 0; i < 3; i++)
        assert_in_time(world, i);
    assert_true(world_is_equal(world));
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_two_the_other_does_not_follow),
        cmocka_unit_test(of_three_nobody_follows_and_it_stands_still_itself),
        cmocka_unit_test(of_four_two_do_not_take_the_others_along),
        cmocka_unit_test(who_starts_with_it_waits_for_the_others_clocks),
        cmocka_unit_test(who_was_long_down_goes_on_with_the_others_or_after_10_s),
        cmocka_unit_test(with_one_peer_nobody_is_waited_for),
        cmocka_unit_test(who_is_cut_off_does_not_follow_its_own_clock),
        cmocka_unit_test(who_ran_ahead_alone_finds_back_by_a_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
