/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole nodes in one process: the promises of docs/DESIGN.md section 1 in small.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "verify.h"
#include "world.h"

static void ten_hits_over_three_nodes_ban_everywhere(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world_run(world, 3000);
    world_hits(world, 0, "203.0.113.7", 4);
    world_hits(world, 1, "203.0.113.7", 3);
    world_hits(world, 2, "203.0.113.7", 2);
    world_run(world, 3000);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(world_map(world, i), "");
        assert_int_equal(world_count(world, i, "203.0.113.7"), 9);
    }
    world_hits(world, 2, "203.0.113.7", 1);
    world_run(world, 200);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(world_map(world, i), "203.0.113.7\n");
        assert_int_equal(world_count(world, i, "203.0.113.7"), 10);
    }
    assert_true(world_is_equal(world));
    world_close(world);
}

static void a_node_away_catches_up_and_brings_its_own(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world_run(world, 3000);
    world_cut(world, 2, true);
    world_run(world, 5000);
    world_hits(world, 0, "203.0.113.7", 6);
    world_hits(world, 2, "203.0.113.7", 4);
    world_ban(world, 0, "198.51.100.9", 1);
    world_ban(world, 2, "198.51.100.10", 2);
    world_run(world, 5000);
    assert_string_equal(world_map(world, 0), "198.51.100.9\n");
    assert_string_equal(world_map(world, 2), "198.51.100.10\n");
    world_cut(world, 2, false);
    world_run(world, 3000);
    assert_true(world_is_equal(world));
    assert_string_equal(world_map(world, 1), "198.51.100.9\n198.51.100.10\n203.0.113.7\n");
    world_close(world);
}

static void an_unban_while_one_is_away_is_not_undone(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world_run(world, 3000);
    world_hits(world, 0, "203.0.113.7", 10);
    world_run(world, 1000);
    world_cut(world, 2, true);
    world_run(world, 4000);
    world_unban(world, 0, "203.0.113.7", 1);
    world_run(world, 2000);
    assert_string_equal(world_map(world, 1), "");
    assert_string_equal(world_map(world, 2), "203.0.113.7\n");
    world_cut(world, 2, false);
    world_run(world, 3000);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(world_map(world, i), "");
    world_hits(world, 1, "203.0.113.7", 9);
    world_run(world, 1000);
    assert_string_equal(world_map(world, 2), "");
    world_hits(world, 2, "203.0.113.7", 1);
    world_run(world, 1000);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(world_map(world, i), "203.0.113.7\n");
    assert_true(world_is_equal(world));
    world_close(world);
}

static void an_unban_spares_its_neighbors(void **state)
{
    struct world *world = world_open(2);

    (void)state;
    world_run(world, 3000);
    world_ban(world, 0, "192.0.2.3", 1);
    world_ban(world, 0, "192.0.2.30", 2);
    world_ban(world, 0, "192.0.2.0/31", 3);
    world_run(world, 500);
    world_unban(world, 1, "192.0.2.3", 4);
    world_run(world, 500);
    assert_string_equal(world_map(world, 0), "192.0.2.0/31\n192.0.2.30\n");
    world_close(world);
}

static void a_killed_node_loses_nothing(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world_run(world, 3000);
    world_hits(world, 0, "203.0.113.7", 10);
    world_hits(world, 1, "203.0.113.8", 5);
    world_run(world, 500);
    for (size_t i = 0; i < 3; i++)
        world_kill(world, i);
    for (size_t i = 0; i < 3; i++)
        world_start(world, i, false);
    world_run(world, 3000);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(world_map(world, i), "203.0.113.7\n");
        assert_int_equal(world_count(world, i, "203.0.113.8"), 5);
    }
    assert_true(world_is_equal(world));
    world_close(world);
}

static void a_blank_node_gets_everything(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world_run(world, 3000);
    for (unsigned i = 0; i < 200; i++) {
        char text[32];

        snprintf(text, sizeof(text), "198.51.100.%u", i);
        world_ban(world, 0, text, i + 1);
        world_hits(world, 1, text, 3);
    }
    world_run(world, 2000);
    world_kill(world, 2);
    world_start(world, 2, true);
    world_run(world, 4000);
    assert_true(world_is_equal(world));
    assert_int_equal(world->nodes[2].map.entries, 200);
    world_close(world);
}

/* The cut must be there before the strikes that it voids. */
static void a_blank_node_does_not_ban_what_was_unbanned(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world_run(world, 3000);
    world_hits(world, 0, "203.0.113.7", 10);
    world_run(world, 1000);
    world_unban(world, 1, "203.0.113.7", 1);
    world_run(world, 2000);
    world_kill(world, 2);
    world_start(world, 2, true);
    world_run(world, 4000);
    assert_true(world_is_equal(world));
    assert_int_equal(world->nodes[2].state.counters.bans, 0);
    world_close(world);
}

static void a_quiet_cluster_repairs_nothing(void **state)
{
    struct world *world = world_open(3);
    uint64_t started;

    (void)state;
    world_run(world, 3000);
    for (size_t i = 0; i < 30; i++) {
        world_hits(world, i % 3, "203.0.113.7", 1);
        world_run(world, 350);
    }
    world_run(world, 5000);
    started = world->nodes[0].state.counters.repairs_started;
    for (size_t i = 0; i < 60; i++) {
        world_hits(world, i % 3, "203.0.113.9", 1);
        world_run(world, 350);
    }
    assert_int_equal(world->nodes[0].state.counters.repairs_started, started);
    assert_true(world_is_equal(world));
    world_close(world);
}

static void pushes_are_forwarded_through_a_hub(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world->link[0][2] = world->link[2][0] = false;
    world_run(world, 5000);
    world_hits(world, 0, "203.0.113.7", 10);
    world_run(world, 200);
    assert_string_equal(world_map(world, 2), "203.0.113.7\n");
    world_close(world);
}

/* mx1 hears mx2, which does not hear it: mx3 must know that mx2 was not told. */
static void pushes_go_around_a_link_that_leads_one_way(void **state)
{
    struct world *world = world_open(3);
    uint64_t before;

    (void)state;
    world_run(world, 3000);
    world->link[0][1] = false;
    world_run(world, 10000);
    before = world->nodes[1].state.counters.repairs_started;
    world_hits(world, 0, "203.0.113.7", 10);
    world_run(world, 50);
    assert_string_equal(world_map(world, 1), "203.0.113.7\n");
    assert_int_equal(world->nodes[1].state.counters.repairs_started, before);
    world->link[0][1] = true;
    world_run(world, 3000);
    assert_true(node_peer_is_up(&world->nodes[0].peers[0], &world->now));
    assert_true(node_peer_is_up(&world->nodes[1].peers[0], &world->now));
    assert_true(world_is_equal(world));
    world_close(world);
}

static void a_command_says_on_how_many_nodes_it_is_in_force(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world_run(world, 3000);
    world_ban(world, 0, "203.0.113.7", 41);
    world_run(world, 500);
    assert_int_equal(world->done_count, 1);
    assert_int_equal(world->done[0].request, 41);
    assert_int_equal(world->done[0].confirmed, 3);
    assert_int_equal(world->done[0].outcome, OUTCOME_CHANGED);
    world_cut(world, 1, true);
    world_run(world, 4000);
    world_unban(world, 0, "203.0.113.7", 42);
    world_run(world, 500);
    assert_int_equal(world->done_count, 2);
    assert_int_equal(world->done[1].confirmed, 2);
    assert_true(world->done[1].missing[0]);
    world_close(world);
}

static void who_comes_up_after_the_wait_gets_the_command_by_repair(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world_run(world, 3000);
    world_cut(world, 1, true);
    world_ban(world, 0, "203.0.113.7", 41);
    world_run(world, COMMAND_WAIT_MS + 100);
    assert_int_equal(world->done_count, 1);
    assert_int_equal(world->done[0].confirmed, 2);
    assert_int_equal(world->nodes[0].batch_count, 0);
    world_cut(world, 1, false);
    world_run(world, 5000);
    assert_string_equal(world_map(world, 1), "203.0.113.7\n");
    assert_true(world->nodes[1].state.counters.repair_entries > 0);
    world_close(world);
}

static void a_command_that_is_not_durable_changes_nothing(void **state)
{
    struct world *world = world_open(2);

    (void)state;
    world_run(world, 3000);
    world->store_fails[0] = true;
    world_ban(world, 0, "203.0.113.7", 1);
    world_hits(world, 0, "203.0.113.8", 10);
    world_run(world, 500);
    assert_int_equal(world->done[0].outcome, OUTCOME_FAILED);
    assert_string_equal(world_map(world, 0), "203.0.113.8\n");
    assert_string_equal(world_map(world, 1), "203.0.113.8\n");
    world_close(world);
}

static void another_cluster_name_is_refused_and_named(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world_kill(world, 2);
    world->cluster[2] = "other";
    world_start(world, 2, true);
    world_run(world, 3000);
    world_hits(world, 2, "203.0.113.7", 10);
    world_hits(world, 0, "203.0.113.8", 10);
    world_run(world, 3000);
    assert_string_equal(world_map(world, 0), "203.0.113.8\n");
    assert_string_equal(world_map(world, 1), "203.0.113.8\n");
    assert_string_equal(world_map(world, 2), "203.0.113.7\n");
    assert_int_equal(world->nodes[0].peers[1].refused, NACK_CLUSTER);
    assert_int_equal(world->nodes[2].peers[0].nack.reason, NACK_CLUSTER);
    world_close(world);
}

static void garbage_of_a_member_is_counted_and_harmless(void **state)
{
    struct world *world = world_open(2);
    const uint8_t garbage[] = {0xdd, 0x10, 0, 0, 0};

    (void)state;
    world_run(world, 3000);
    node_frame(&world->nodes[0], &world->now, 0, garbage, sizeof(garbage));
    assert_int_equal(world->nodes[0].state.counters.frames_malformed, 1);
    world_hits(world, 1, "203.0.113.7", 10);
    world_run(world, 500);
    assert_string_equal(world_map(world, 0), "203.0.113.7\n");
    world_close(world);
}

static void an_entry_of_the_future_is_skipped(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world_run(world, 3000);
    world->skew_ms[2] = 3600000;
    world_run(world, 3000);
    world_ban(world, 0, "203.0.113.7", 1);
    world_run(world, 3000);
    assert_true(world->nodes[0].state.tick * TICK_MS <= (uint64_t)world->now.wall_ms);
    assert_true(node_clock_is_off(&world->nodes[2],
                                  &(struct now){world->now.wall_ms + 3600000, world->now.mono_ms},
                                  &(int64_t){0}));
    assert_string_equal(world_map(world, 1), "203.0.113.7\n");
    world_close(world);
}

static void verify_finds_all_equal_and_the_silent(void **state)
{
    struct world *world = world_open(3);

    (void)state;
    world_run(world, 3000);
    world_ban(world, 0, "203.0.113.7", 1);
    world_run(world, 5000);
    assert_true(verify_start(&world->nodes[0], &world->now));
    world_run(world, 500);
    assert_true(verify_is_done(&world->nodes[0], &world->now));
    assert_int_equal(world->nodes[0].verify->peers[0].outcome, VERIFY_EQUAL);
    assert_int_equal(world->nodes[0].verify->peers[1].outcome, VERIFY_EQUAL);
    verify_end(&world->nodes[0]);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_hits_over_three_nodes_ban_everywhere),
        cmocka_unit_test(a_node_away_catches_up_and_brings_its_own),
        cmocka_unit_test(an_unban_while_one_is_away_is_not_undone),
        cmocka_unit_test(an_unban_spares_its_neighbors),
        cmocka_unit_test(a_killed_node_loses_nothing),
        cmocka_unit_test(a_blank_node_gets_everything),
        cmocka_unit_test(a_blank_node_does_not_ban_what_was_unbanned),
        cmocka_unit_test(a_quiet_cluster_repairs_nothing),
        cmocka_unit_test(pushes_are_forwarded_through_a_hub),
        cmocka_unit_test(pushes_go_around_a_link_that_leads_one_way),
        cmocka_unit_test(a_command_says_on_how_many_nodes_it_is_in_force),
        cmocka_unit_test(who_comes_up_after_the_wait_gets_the_command_by_repair),
        cmocka_unit_test(a_command_that_is_not_durable_changes_nothing),
        cmocka_unit_test(another_cluster_name_is_refused_and_named),
        cmocka_unit_test(garbage_of_a_member_is_counted_and_harmless),
        cmocka_unit_test(an_entry_of_the_future_is_skipped),
        cmocka_unit_test(verify_finds_all_equal_and_the_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
