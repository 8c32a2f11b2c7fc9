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

#include "entry.h"
#include "hash.h"
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

/* A ban by an operator; until_ms TIME_NEVER_MS: permanent. */
static size_t ban_bytes(const char *text, uint16_t counter, int64_t until_ms, uint8_t bytes[512])
{
    struct record record = {.manual = {.stamp = {SAVED - 1000 + counter, SOLO_NODE},
                                       .kind = MANUAL_BAN,
                                       .until_ms = until_ms,
                                       .reason = (char *)(uintptr_t) "spam",
                                       .actor = (char *)(uintptr_t) "alice"}};
    struct addr addr;

    assert_int_equal(addr_parse(text, strlen(text), true, &addr), 0);
    return entry_write_record(&addr, &record, bytes, 512);
}

static struct hash128 load_ban(struct solo *solo, const char *text, uint16_t counter,
                               int64_t until_ms)
{
    uint8_t bytes[512];
    size_t size = ban_bytes(text, counter, until_ms, bytes);
    struct hash128 hash = hash128(&solo->node.state.key, bytes, size);

    assert_true(node_load_hashed(&solo->node, ENTRY_RECORD, bytes, size, &hash));
    return hash;
}

static void expect_root(const struct solo *solo, const struct hash128 *sum)
{
    struct hash128 root = state_root(&solo->node.state, ENTRY_RECORD);

    assert_true(hash128_equal(&root, sum));
}

static void the_hash_of_a_row_is_that_of_the_record(void **state)
{
    struct solo *solo = open_unloaded();
    struct hash128 sum = load_ban(solo, "192.0.2.1", 1, TIME_NEVER_MS), one;

    (void)state;
    one = load_ban(solo, "192.0.2.2", 2, SOLO_WALL_MS + TICK_MS);
    hash128_add(&sum, &one);
    expect_root(solo, &sum);
    node_loaded(&solo->node, &solo->now, SAVED);
    expect_root(solo, &sum);
    solo_close(solo);
}

/* The strikes up to then do not count. */
static struct hash128 load_cut(struct solo *solo, const char *text)
{
    const struct record record = {.cut = {.stamp = {SAVED - 1, SOLO_NODE}, .ms = SOLO_WALL_MS - 1}};
    uint8_t bytes[512];
    struct addr addr;
    struct hash128 hash;
    size_t size;

    assert_int_equal(addr_parse(text, strlen(text), true, &addr), 0);
    size = entry_write_record(&addr, &record, bytes, sizeof(bytes));
    hash = hash128(&solo->node.state.key, bytes, size);
    assert_true(node_load_hashed(&solo->node, ENTRY_RECORD, bytes, size, &hash));
    return hash;
}

/* Two rows of one subject cannot be in one store, but in one of an earlier schema. */
static void a_merged_record_has_a_hash_of_its_own(void **state)
{
    struct solo *solo = open_unloaded();
    struct hash128 root;
    struct unpacked room;
    struct addr addr;

    (void)state;
    load_ban(solo, "192.0.2.1", 2, TIME_NEVER_MS);
    load_cut(solo, "192.0.2.1");
    node_loaded(&solo->node, &solo->now, SAVED);
    assert_int_equal(addr_parse("192.0.2.1", 9, true, &addr), 0);
    root = state_record_hash(&solo->node.state, state_find(&solo->node.state, &addr, &room));
    expect_root(solo, &root);
    solo_close(solo);
}

static void what_ends_later_is_looked_at_when_all_is_loaded(void **state)
{
    struct solo *solo = open_unloaded();

    (void)state;
    load_ban(solo, "192.0.2.1", 1, TIME_NEVER_MS);
    load_ban(solo, "192.0.2.2", 2, SOLO_WALL_MS + TICK_MS);
    load_ban(solo, "192.0.2.3", 3, SOLO_WALL_MS - TICK_MS); /* while the node was down */
    node_loaded(&solo->node, &solo->now, SAVED - ((uint64_t)(5 * TICK_MS) << 16));
    assert_int_equal(node_map(&solo->node)->entries, 3);
    solo_turn(solo);
    assert_int_equal(node_map(&solo->node)->entries, 2);
    solo_pass(solo, TICK_MS);
    assert_int_equal(node_map(&solo->node)->entries, 1);
    solo_close(solo);
}

/* A ban by hits ends, and is forgotten. */
static void what_a_fact_says_of_later_is_looked_at_too(void **state)
{
    struct solo *solo = open_unloaded();
    struct fact_node node = {SOLO_NODE, 3};
    struct fact fact = {.level = 1,
                        .node_count = 1,
                        .first_ms = SOLO_WALL_MS - 2000,
                        .last_ms = SOLO_WALL_MS - 1000,
                        .until_ms = SOLO_WALL_MS + TICK_MS,
                        .forget_ms = SOLO_WALL_MS + 2 * TICK_MS,
                        .nodes = &node};
    const struct record record = {.facts = {.list = &fact, .count = 1}};
    const struct hash128 nothing = {{0, 0}};
    uint8_t bytes[512];
    struct hash128 hash;
    struct addr addr;
    size_t size;

    (void)state;
    assert_int_equal(addr_parse("192.0.2.1", strlen("192.0.2.1"), true, &addr), 0);
    size = entry_write_record(&addr, &record, bytes, sizeof(bytes));
    hash = hash128(&solo->node.state.key, bytes, size);
    assert_true(node_load_hashed(&solo->node, ENTRY_RECORD, bytes, size, &hash));
    node_loaded(&solo->node, &solo->now, SAVED);
    assert_int_equal(node_map(&solo->node)->entries, 1);
    solo_pass(solo, TICK_MS);
    assert_int_equal(node_map(&solo->node)->entries, 0);
    expect_root(solo, &hash);
    solo_pass(solo, TICK_MS);
    expect_root(solo, &nothing);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_goes_on_where_it_was_saved),
        cmocka_unit_test(a_fact_whose_row_was_lost_is_made_good),
        cmocka_unit_test(garbage_of_the_store_is_not_taken_in),
        cmocka_unit_test(a_row_that_does_not_decode_is_refused),
        cmocka_unit_test(the_hash_of_a_row_is_that_of_the_record),
        cmocka_unit_test(a_merged_record_has_a_hash_of_its_own),
        cmocka_unit_test(what_ends_later_is_looked_at_when_all_is_loaded),
        cmocka_unit_test(what_a_fact_says_of_later_is_looked_at_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
