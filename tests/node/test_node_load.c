/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node takes from its store at start: rows judged at the saved time, and nothing told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "maps.h"
#include "solo.h"

#define SAVED ((uint64_t)SOLO_WALL_MS << 16)

/* As a node that has not loaded yet. */
static struct solo *open_unloaded(void)
{
    struct solo *solo = solo_open(1);

    solo->node.state.hlc = solo->node.state.tick = 0;
    return solo;
}

static void load_strike(struct solo *solo, uint64_t id, int64_t t_ms)
{
    uint8_t bytes[512];

    assert_true(node_load(&solo->node, ENTRY_STRIKE, bytes,
                          solo_strike_bytes("192.0.2.1", SOLO_NODE, id, t_ms, bytes)));
}

static void the_time_goes_on_where_it_was_saved(void **state)
{
    struct solo *solo = open_unloaded();

    (void)state;
    node_loaded(&solo->node, &solo->now, SAVED - ((uint64_t)(5 * TICK_MS) << 16));
    assert_true(state_now_ms(&solo->node.state) == SOLO_WALL_MS - 5 * TICK_MS);
    solo_turn(solo);
    assert_true(state_now_ms(&solo->node.state) == SOLO_WALL_MS);
    solo_close(solo);
}

static void a_fact_whose_row_was_lost_is_made_good(void **state)
{
    struct solo *solo = open_unloaded();

    (void)state;
    for (uint64_t id = 1; id <= 3; id++)
        load_strike(solo, id, SOLO_WALL_MS - 1000);
    node_loaded(&solo->node, &solo->now, SAVED);
    solo_turn(solo);
    assert_int_equal(node_map(&solo->node)->entries, 1);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 0);
    assert_true(solo->node.state.counters.bans == 0);
    solo_close(solo);
}

/* The store removes strikes a few at a time, so rows beyond the horizon may still be there. */
static void garbage_of_the_store_is_not_taken_in(void **state)
{
    struct solo *solo = open_unloaded();

    (void)state;
    for (uint64_t id = 1; id <= 3; id++)
        load_strike(solo, id, SOLO_WALL_MS - STRIKE_HORIZON_MS);
    load_strike(solo, 4, SOLO_WALL_MS - STRIKE_HORIZON_MS + 1);
    node_loaded(&solo->node, &solo->now, SAVED);
    solo_turn(solo);
    assert_int_equal(solo->node.state.strike_count, 1);
    assert_int_equal(node_map(&solo->node)->entries, 0); /* and it proves nothing */
    solo_close(solo);
}

static void a_row_that_does_not_decode_is_refused(void **state)
{
    struct solo *solo = open_unloaded();

    (void)state;
    assert_false(node_load(&solo->node, ENTRY_RECORD, (const uint8_t *)"\4\40", 2));
    assert_false(node_load(&solo->node, 9, (const uint8_t *)"", 0));
    assert_true(solo->node.state.counters.entries_malformed == 1);
    assert_true(solo->node.state.counters.entries_unknown == 1);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_goes_on_where_it_was_saved),
        cmocka_unit_test(a_fact_whose_row_was_lost_is_made_good),
        cmocka_unit_test(garbage_of_the_store_is_not_taken_in),
        cmocka_unit_test(a_row_that_does_not_decode_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
