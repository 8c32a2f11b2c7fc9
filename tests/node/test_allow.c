/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators' allow entries in a cluster: confirmed by all, equal maps whichever of ban and entry
 * comes first, leases beside them, what was removed while a node was away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "world.h"

#define HOST "192.0.2.1"

static void allow(struct world *world, size_t node, const char *net, int64_t until_ms,
                  uint64_t request)
{
    struct addr addr = world_addr(net);

    assert_int_equal(node_allow_add(&world->nodes[node], &world->now, request, &addr, until_ms,
                                    "office", "alice"),
                     STEP_CHANGED);
}

static void disallow(struct world *world, size_t node, const char *net, uint64_t request)
{
    struct addr addr = world_addr(net);

    assert_int_equal(
        node_allow_remove(&world->nodes[node], &world->now, request, &addr, "moved", "bob"),
        STEP_CHANGED);
}

static void assert_maps(struct world *world, const char *expected)
{
    assert_true(world_is_equal(world));
    for (size_t i = 0; i < world->count; i++)
        if (world->up[i])
            assert_string_equal(world_map(world, i), expected);
}

static struct world *open_world(void)
{
    struct world *world = world_open(3);

    world_run(world, 3000);
    return world;
}

static void an_entry_lifts_everywhere_and_is_confirmed(void **state)
{
    struct world *world = open_world();

    (void)state;
    world_ban(world, 0, HOST, 1);
    world_ban(world, 0, "198.51.100.0/30", 2);
    world_run(world, 100);
    assert_maps(world, HOST "\n198.51.100.0/30\n");
    allow(world, 1, HOST, TIME_NEVER_MS, 3);
    allow(world, 1, "198.51.100.1", TIME_NEVER_MS, 4);
    world_run(world, 100);
    assert_maps(world, "198.51.100.0\n198.51.100.2/31\n");
    assert_int_equal(world->done_count, 4);
    assert_int_equal(world->done[3].confirmed, 3);
    assert_int_equal(world->done[3].outcome, OUTCOME_CHANGED);
    disallow(world, 2, HOST, 5);
    disallow(world, 2, "198.51.100.1", 6);
    world_run(world, 100);
    assert_maps(world, HOST "\n198.51.100.0/30\n");
    assert_int_equal(world->done[5].confirmed, 3);
    world_close(world);
}

/* Ban on one node, entry on another, in the same moment; then the other way round. */
static void ban_and_entry_may_race(void **state)
{
    (void)state;
    for (size_t order = 0; order < 2; order++) {
        struct world *world = open_world();

        world_ban(world, order, HOST, 1);
        allow(world, 1 - order, HOST, TIME_NEVER_MS, 2);
        world_run(world, 100);
        assert_maps(world, "");
        disallow(world, order, HOST, 3);
        world_unban(world, 1 - order, HOST, 4);
        world_run(world, 100);
        assert_maps(world, "");
        allow(world, 0, HOST, TIME_NEVER_MS, 5);
        world_ban(world, 2, HOST, 6);
        world_run(world, 100);
        assert_maps(world, "");
        disallow(world, 1, HOST, 7);
        world_run(world, 100);
        assert_maps(world, HOST "\n");
        world_close(world);
    }
}

/* Two operators at once: whichever stamp wins, it wins on every node. */
static void add_and_remove_may_race(void **state)
{
    struct world *world = open_world();

    (void)state;
    world_ban(world, 0, HOST, 1);
    allow(world, 0, HOST, TIME_NEVER_MS, 2);
    world_run(world, 100);
    for (uint64_t i = 0; i < 10; i++) {
        allow(world, i % 3, HOST, TIME_NEVER_MS, 10 + 2 * i);
        disallow(world, (i + 1) % 3, HOST, 11 + 2 * i);
        world_run(world, 100);
        assert_true(world_is_equal(world));
    }
    world_close(world);
}

static void a_lease_masks_on_when_the_operators_entry_is_gone(void **state)
{
    struct world *world = open_world();
    struct addr addr = world_addr(HOST);

    (void)state;
    world_ban(world, 0, HOST, 1);
    allow(world, 0, HOST, TIME_NEVER_MS, 2);
    node_allow(&world->nodes[2], &world->now, &addr, 1, "configuration");
    world_run(world, 100);
    disallow(world, 1, HOST, 3);
    world_run(world, 100);
    assert_maps(world, "");
    node_allow(&world->nodes[2], &world->now, NULL, 0, "configuration");
    world_run(world, 100);
    assert_maps(world, HOST "\n");
    world_close(world);
}

static void what_was_removed_while_a_node_was_away_stays_removed(void **state)
{
    struct world *world = open_world();

    (void)state;
    world_ban(world, 0, HOST, 1);
    allow(world, 0, HOST, TIME_NEVER_MS, 2);
    world_run(world, 100);
    world_kill(world, 2);
    disallow(world, 0, HOST, 3);
    world_run(world, 5000);
    assert_maps(world, HOST "\n");
    world_start(world, 2, false);
    world_run(world, 5000);
    assert_maps(world, HOST "\n");
    world_kill(world, 1);
    world_start(world, 1, true);
    world_run(world, 5000);
    assert_maps(world, HOST "\n");
    world_close(world);
}

static void an_end_comes_on_all_nodes_at_once(void **state)
{
    struct world *world = open_world();
    int64_t until_ms = policy_roundup(world->now.wall_ms + 1);

    (void)state;
    world_ban(world, 0, HOST, 1);
    allow(world, 1, HOST, until_ms, 2);
    world_run(world, 100);
    assert_maps(world, "");
    world_run(world, until_ms - world->now.wall_ms + 1000);
    assert_maps(world, HOST "\n");
    world_close(world);
}

static void without_a_store_an_entry_is_not_taken(void **state)
{
    struct world *world = open_world();

    (void)state;
    world_ban(world, 0, HOST, 1);
    world_run(world, 100);
    world->store_fails[1] = true;
    allow(world, 1, HOST, TIME_NEVER_MS, 2);
    world_run(world, 100);
    assert_int_equal(world->done[1].outcome, OUTCOME_FAILED);
    assert_maps(world, HOST "\n");
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_lifts_everywhere_and_is_confirmed),
        cmocka_unit_test(ban_and_entry_may_race),
        cmocka_unit_test(add_and_remove_may_race),
        cmocka_unit_test(a_lease_masks_on_when_the_operators_entry_is_gone),
        cmocka_unit_test(what_was_removed_while_a_node_was_away_stays_removed),
        cmocka_unit_test(an_end_comes_on_all_nodes_at_once),
        cmocka_unit_test(without_a_store_an_entry_is_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
