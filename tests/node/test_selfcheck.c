/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The self-check of three nodes that run: what is damaged in one of them is loaded again from its
 * rows, or fetched from the others, and the map never loses an entry by it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "maps.h"
#include "solo.h"
#include "world.h"

#define ROUND_MS 256000
#define DAMAGED 0 /* the node that is */

/* Three nodes with some bans, by hits and by operators. */
static struct world *open_world(void)
{
    struct world *world = world_open(3);

    world_run(world, 3000);
    for (unsigned i = 0; i < 8; i++) {
        char address[ADDR_TEXT_SIZE];
        struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, (uint8_t)(i + 1)}};

        addr_print(&addr, address);
        world_hits(world, i % 3, address, 4 + 2 * i);
        world_run(world, 100);
    }
    world_ban(world, 1, "198.51.100.7", 1);
    world_ban(world, 2, "2001:db8:1:2::/64", 2);
    world_run(world, 20000);
    assert_true(world_is_equal(world));
    assert_int_equal(node_map(&world->nodes[DAMAGED])->entries, 7);
    return world;
}

static struct subject *subject_of(struct world *world, const char *address)
{
    struct addr addr = world_addr(address);
    struct subject *subject = state_wake(&world->nodes[DAMAGED].state, &addr);

    assert_non_null(subject);
    return subject;
}

static uint64_t repaired(const struct world *world, size_t node)
{
    return world->nodes[node].state.counters.selfcheck_repaired;
}

/* Lets ms pass; the map of the damaged node stays what it was. */
static void run_with_the_same_map(struct world *world, int64_t ms)
{
    char before[4096];

    snprintf(before, sizeof(before), "%s", world_map(world, DAMAGED));
    for (int64_t passed = 0; passed < ms; passed += 1000) {
        world_run(world, 1000);
        assert_string_equal(world_map(world, DAMAGED), before);
    }
}

static void a_healthy_cluster_repairs_nothing(void **state)
{
    struct world *world = open_world();

    (void)state;
    for (int64_t passed = 0; passed < ROUND_MS + 2000; passed += 2000) {
        world_hits(world, (size_t)(passed / 2000 % 3), "203.0.113.5", 1);
        world_run(world, 2000);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(repaired(world, i), 0);
        assert_true(world->nodes[i].selfcheck.round_ms > 0);
        assert_int_equal(world->nodes[i].selfcheck.hurry, 0);
    }
    world_close(world);
}

static void damaged_entries_are_loaded_again_within_a_round(void **state)
{
    struct world *world = open_world();
    struct node *node = &world->nodes[DAMAGED];
    uint64_t bans = node->state.counters.bans;

    (void)state;
    subject_of(world, "192.0.2.1")->strikes.list[0].id ^= 1 << 5;
    subject_of(world, "192.0.2.2")->strikes.list[1].text[1] ^= 4;
    subject_of(world, "192.0.2.6")->record.facts.list[0].level ^= 2;
    subject_of(world, "198.51.100.7")->record.manual.reason[2] ^= 1;
    subject_of(world, "2001:db8:1:2::/64")->record_hash.lane[1] ^= 1;
    assert_int_equal(digest_reserve(&node->state.digests[0], 77 * DIGEST_FANOUT), 0);
    node->state.digests[0].blocks[77 / DIGEST_FANOUT]->nodes[77 % DIGEST_FANOUT].lane[0] ^= 1 << 3;
    run_with_the_same_map(world, ROUND_MS + 2000);
    assert_true(world_is_equal(world));
    assert_int_equal(repaired(world, DAMAGED), 6);
    assert_int_equal(repaired(world, 1) + repaired(world, 2), 0);
    assert_int_equal(node->state.counters.bans, bans);
    assert_int_equal(node->state.counters.unbans, 0);
    world_close(world);
}

/* An entry that the digest has and the map does not, once all of it is drawn: the peers' PINGs
 * tell. */
static void a_map_that_differs_alone_has_all_checked_at_once(void **state)
{
    struct world *world = open_world();
    struct node *node = &world->nodes[DAMAGED];
    uint64_t hash = subject_of(world, "198.51.100.7")->hash;
    uint16_t leaf = digest_leaf(hash);

    (void)state;
    node->selfcheck.next = leaf + 1u; /* it would be long until its turn comes */
    node->state.table.used[leaf / 64] ^= (uint64_t)1 << leaf % 64;
    node_map_changed(node, &(struct addr){0});
    world_ban(world, 1, "203.0.113.9", 77);
    world_run(world, 15000); /* two PINGs, 32 slices */
    assert_int_equal(repaired(world, DAMAGED), 1);
    assert_true(world_is_equal(world));
    assert_int_equal(node_map(node)->entries, 8);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(repaired(world, i), 0);
        assert_int_equal(world->nodes[i].state.counters.repairs_started,
                         world->nodes[i].state.counters.repairs_finished);
    }
    world_close(world);
}

static void while_the_store_fails_nothing_leaves_memory(void **state)
{
    struct world *world = open_world();

    (void)state;
    subject_of(world, "198.51.100.7")->record.manual.reason[2] ^= 1;
    world->store_fails[DAMAGED] = true;
    run_with_the_same_map(world, ROUND_MS + 2000);
    assert_int_equal(repaired(world, DAMAGED), 0);
    world->store_fails[DAMAGED] = false;
    run_with_the_same_map(world, ROUND_MS + 2000);
    assert_int_equal(repaired(world, DAMAGED), 1);
    assert_true(world_is_equal(world));
    world_close(world);
}

static void what_the_rows_lack_comes_from_the_peers(void **state)
{
    struct world *world = open_world();

    (void)state;
    subject_of(world, "192.0.2.8")->record.facts.list[0].until_ms ^= 1 << 20;
    for (size_t i = 0; i < world->row_count[DAMAGED]; i++)
        free(world->rows[DAMAGED][i].body);
    world->row_count[DAMAGED] = 0;
    world_run(world, ROUND_MS + 10000);
    assert_int_equal(repaired(world, DAMAGED), 1);
    assert_true(world->nodes[DAMAGED].state.counters.repair_entries >= 19);
    assert_true(world_is_equal(world));
    assert_int_equal(node_map(&world->nodes[DAMAGED])->entries, 7);
    world_close(world);
}

/* Only the walk; solo_turn does without. */
static void walk(struct solo *solo, int64_t ms)
{
    solo->now.mono_ms += ms;
    assert_false(node_check(&solo->node, &solo->now));
    solo_turn(solo);
}

static void a_damaged_map_is_drawn_anew(void **state)
{
    struct solo *solo = solo_open(1);
    struct node *node = &solo->node;
    size_t size;

    (void)state;
    for (uint64_t id = 1; id <= 3; id++)
        solo_strike(solo, "192.0.2.1", 7, id, solo->now.wall_ms);
    solo_turn(solo);
    size = node_map(node)->size;
    node->map.bytes[size - 2] ^= 1;
    walk(solo, 0);
    assert_int_equal(node->state.counters.selfcheck_repaired, 1);
    assert_memory_equal(node_map(node)->bytes + size - 11, "\n192.0.2.1\n", 11);
    node->map_hash ^= 1 << 9;
    node->selfcheck.next = 0;
    walk(solo, 1000);
    assert_int_equal(node->state.counters.selfcheck_repaired, 2);
    solo_close(solo);
}

static void a_record_found_damaged_comes_first_in_the_next_turn(void **state)
{
    struct world *world = open_world();
    struct state *held = &world->nodes[DAMAGED].state;

    (void)state;
    subject_of(world, "192.0.2.6")->record.facts.list[0].level ^= 2;
    world_hits(world, DAMAGED, "192.0.2.6", 1);
    world_run(world, 10);
    assert_int_equal(held->suspect, digest_leaf(subject_of(world, "192.0.2.6")->hash) + 1);
    assert_int_equal(repaired(world, DAMAGED), 0);
    world_run(world, 10);
    assert_int_equal(held->suspect, 0);
    assert_int_equal(repaired(world, DAMAGED), 1);
    world_run(world, 3000);
    assert_true(world_is_equal(world));
    world_close(world);
}

/* The peer holds the same and has another map. */
static void ping_with_another_map(struct solo *solo)
{
    solo_ping(solo)->map_hash ^= 1;
    solo_give(solo, 0);
}

static void two_pings_with_another_map_begin_a_walk_at_once(void **state)
{
    struct solo *solo = solo_open(1);
    struct node *node = &solo->node;

    (void)state;
    solo_greet(solo, 0);
    for (uint64_t id = 1; id <= 4; id++) { /* in a turn that has begun: the map does not show it */
        solo_strike(solo, "192.0.2.1", 7, id, solo->now.wall_ms);
        ping_with_another_map(solo);
        solo_turn(solo);
    }
    ping_with_another_map(solo);
    assert_int_equal(node->selfcheck.hurry, 0);
    assert_false(node->map_stale);
    ping_with_another_map(solo);
    assert_int_equal(node->selfcheck.hurry, DIGEST_LEAVES);
    assert_true(node->map_stale);
    for (unsigned turn = 1; turn <= 32; turn++) {
        walk(solo, 0);
        assert_int_equal(node->selfcheck.hurry, DIGEST_LEAVES - turn * 2048);
    }
    for (unsigned i = 0; i < 5; i++) /* told once */
        ping_with_another_map(solo);
    assert_int_equal(node->selfcheck.hurry, 0);
    solo_close(solo);
}

/* Whoever tells of another map, then of the same one, and so on, does not keep the node busy. */
static void a_walk_at_once_begins_every_10_s_at_most(void **state)
{
    struct solo *solo = solo_open(1);
    struct node *node = &solo->node;

    (void)state;
    solo_greet(solo, 0);
    ping_with_another_map(solo);
    ping_with_another_map(solo);
    walk(solo, 1000);
    assert_int_equal(node->selfcheck.hurry, DIGEST_LEAVES - 2048);
    solo_ping(solo);
    solo_give(solo, 0);
    node->map_stale = false;
    for (unsigned i = 0; i < 3; i++)
        ping_with_another_map(solo);
    assert_int_equal(node->selfcheck.hurry, DIGEST_LEAVES - 2048);
    assert_false(node->map_stale);
    solo->now.mono_ms += 8999;
    ping_with_another_map(solo);
    assert_false(node->map_stale);
    solo->now.mono_ms++;
    ping_with_another_map(solo);
    assert_int_equal(node->selfcheck.hurry, DIGEST_LEAVES);
    assert_true(node->map_stale);
    solo_close(solo);
}

static void a_round_takes_256_seconds(void **state)
{
    struct solo *solo = solo_open(1);
    struct node_selfcheck *check = &solo->node.selfcheck;

    (void)state;
    walk(solo, 0);
    check->next = 0;
    for (int64_t passed = 0; passed < ROUND_MS - 100; passed += 100)
        walk(solo, 100);
    assert_int_equal(check->round_ms, 0);
    walk(solo, 100);
    assert_int_equal(check->next, 0);
    assert_true(check->round_ms == solo->now.mono_ms);
    walk(solo, 3600000);
    assert_int_equal(check->next, 1024); /* a pause is not made up for */
    solo_close(solo);
}

static void a_turn_that_has_begun_is_not_walked_in(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_turn(solo);
    walk(solo, 0);
    solo_strike(solo, "192.0.2.1", 7, 1, solo->now.wall_ms);
    solo->now.mono_ms += 1000;
    assert_false(node_check(&solo->node, &solo->now));
    assert_int_equal(solo->node.selfcheck.next, 1024);
    solo_turn(solo);
    walk(solo, 0);
    assert_int_equal(solo->node.selfcheck.next, 1024 + 256);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_cluster_repairs_nothing),
        cmocka_unit_test(damaged_entries_are_loaded_again_within_a_round),
        cmocka_unit_test(a_map_that_differs_alone_has_all_checked_at_once),
        cmocka_unit_test(while_the_store_fails_nothing_leaves_memory),
        cmocka_unit_test(what_the_rows_lack_comes_from_the_peers),
        cmocka_unit_test(a_record_found_damaged_comes_first_in_the_next_turn),
        cmocka_unit_test(a_damaged_map_is_drawn_anew),
        cmocka_unit_test(two_pings_with_another_map_begin_a_walk_at_once),
        cmocka_unit_test(a_walk_at_once_begins_every_10_s_at_most),
        cmocka_unit_test(a_round_takes_256_seconds),
        cmocka_unit_test(a_turn_that_has_begun_is_not_walked_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
