/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Held strikes at their bounds: as many as may be held or remembered, as many as are kept of one
 * sender, and memory that runs out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hold.h"
#include "scarce.h"
#include "solo.h"

#define THRESHOLD 3

static struct solo *solo;
static uint8_t text[] = {4, 'u', 's', 'e', 'r', 1, 'x'};

static int set_up(void **state)
{
    (void)state;
    solo = solo_open(0);
    node_brake(&solo->node, 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    solo_close(solo);
    return 0;
}

static struct addr sender(unsigned number)
{
    return (struct addr){.kind = ADDR_IPV4,
                         .length = 32,
                         .bytes = {203, 0, (uint8_t)(number >> 8), (uint8_t)number}};
}

static void line_at(unsigned number, unsigned line, int64_t t_ms)
{
    char bytes[16];
    struct node_hit hit = {.source = 1,
                           .offset = line,
                           .line = bytes,
                           .line_size = (size_t)snprintf(bytes, sizeof(bytes), "%u", line),
                           .addr = sender(number),
                           .t_ms = t_ms,
                           .bucket = "user",
                           .bucket_size = 4};

    node_hit(&solo->node, &solo->now, &hit);
}

static void line(unsigned number, unsigned line)
{
    line_at(number, line, SOLO_WALL_MS + line);
}

/* One sender is banned, and a hit of sender 2 is held. */
static void engage(void)
{
    for (unsigned i = 0; i < THRESHOLD; i++)
        line(1, i);
    for (unsigned i = 0; i < THRESHOLD; i++)
        line(2, 10 + i);
    solo_turn(solo);
}

static size_t at(enum held_place place)
{
    return solo->node.hold.held.sets[place].count;
}

/* So many strikes of senders from 1000 on, 256 each. */
static void fill(enum held_place place, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct addr addr = sender(1000 + (unsigned)(i / STRIKES_PER_ORIGIN_MAX));
        struct strike strike = {SOLO_WALL_MS, i + 1, SOLO_NODE, text};
        struct strikes_change change;

        assert_int_equal(held_put(&solo->node.hold.held, place,
                                  state_hash(&solo->node.state, &addr), &addr, &strike, &change),
                         0);
    }
}

static void above_the_bound_hits_are_lost_and_counted(void **state)
{
    const struct counters *counters = &solo->node.state.counters;

    (void)state;
    engage();
    fill(HELD_WAITING, HELD_STRIKES_MAX - at(HELD_WAITING) - 1);
    line(3, 100);
    assert_true(counters->strikes_unheld == 0);
    line(3, 101);
    assert_true(counters->strikes_unheld == 1);
    assert_int_equal(at(HELD_WAITING), HELD_STRIKES_MAX);
    line_at(3, 100, SOLO_WALL_MS + 5000); /* again, with another time */
    assert_true(solo->node.effects.list[solo->node.effects.count - 1].at_ms == SOLO_WALL_MS + 5000);
    assert_true(counters->strikes_unheld == 1);
    line(1, 102); /* who is banned is not held */
    assert_true(counters->strikes_unheld == 1);
}

static void of_dropped_ones_so_many_are_remembered(void **state)
{
    (void)state;
    engage();
    line(3, 100);
    fill(HELD_DROPPED, HELD_DROPPED_MAX - 1);
    assert_int_equal(node_drop(&solo->node, NULL), 2);
    solo_turn(solo);
    assert_int_equal(at(HELD_DROPPED), HELD_DROPPED_MAX);
    assert_int_equal(at(HELD_DROPPING), 0);
    assert_true(solo->node.state.counters.strikes_dropped == 2);
}

static size_t deletes(void)
{
    size_t count = 0;

    for (size_t i = 0; i < solo->node.effects.count; i++)
        count += solo->node.effects.list[i].type == EFFECT_DELETE &&
                 solo->node.effects.list[i].kind == ENTRY_HELD;
    return count;
}

/* The rows of the oldest go with them. */
static void of_one_sender_the_newest_dropped_ones_are_remembered(void **state)
{
    (void)state;
    engage();
    for (unsigned i = 0; i < STRIKES_PER_ORIGIN_MAX; i++)
        line(3, 100 + i);
    node_drop(&solo->node, NULL);
    do
        solo_turn(solo);
    while (node_is_letting_go(&solo->node));
    for (unsigned i = 0; i < THRESHOLD; i++)
        line(4, 3000 + i);
    for (unsigned i = 0; i < 7; i++)
        line(3, 4000 + i);
    node_drop(&solo->node, NULL);
    node_tick(&solo->node, &solo->now);
    assert_int_equal(deletes(), 7);
    assert_int_equal(at(HELD_DROPPED), STRIKES_PER_ORIGIN_MAX + 2);
}

static void a_later_time_replaces_the_row(void **state)
{
    (void)state;
    engage();
    line(3, 100);
    solo_turn(solo);
    line_at(3, 100, SOLO_WALL_MS + 5000);
    assert_int_equal(solo->node.effects.count, 1);
    assert_int_equal(solo->node.effects.list[0].type, EFFECT_PERSIST);
    assert_true(solo->node.effects.list[0].at_ms == SOLO_WALL_MS + 5000);
    line_at(3, 100, SOLO_WALL_MS + 4000);
    assert_int_equal(solo->node.effects.count, 1);
    assert_int_equal(at(HELD_WAITING), 2);
}

static void what_is_being_dropped_is_not_held_again(void **state)
{
    struct addr addr = sender(3);

    (void)state;
    engage();
    line(3, 100);
    node_drop(&solo->node, NULL);
    line(3, 100);
    assert_int_equal(at(HELD_WAITING), 0);
    solo_turn(solo);
    assert_null(state_find(&solo->node.state, &addr, &(struct unpacked){0}));
    assert_int_equal(at(HELD_DROPPED), 2);
}

/* Whatever allocation fails, what was let go is so in the end, once. */
static void without_memory_it_goes_on_in_the_next_turn(void **state)
{
    (void)state;
    for (int drop = 0; drop <= 1; drop++)
        for (size_t spared = 0, refused = 1; refused > 0; spared++) {
            const struct counters *counters = &solo->node.state.counters;

            tear_down(NULL);
            set_up(NULL);
            engage();
            for (unsigned i = 0; i < 4; i++)
                line(3 + i, 100 + i);
            solo_turn(solo);
            counters = &solo->node.state.counters;
            effects_close(&solo->node.effects);
            scarce_begin(spared, 1);
            (drop ? node_drop : node_release)(&solo->node, NULL);
            node_tick(&solo->node, &solo->now);
            refused = scarce_end();
            (drop ? node_drop : node_release)(&solo->node, NULL); /* who stayed for lack of it */
            for (int i = 0; i < 3; i++)
                solo_turn(solo);
            assert_false(node_is_letting_go(&solo->node));
            assert_int_equal(at(HELD_WAITING), 0);
            assert_true((drop ? counters->strikes_dropped : counters->strikes_released) == 5);
            assert_int_equal(solo->node.state.strike_count, 2 * THRESHOLD - 1 + (drop ? 0 : 5));
        }
}

static void without_memory_what_lapsed_goes_later(void **state)
{
    size_t rows;

    (void)state;
    for (size_t spared = 0, refused = 1; refused > 0; spared++) {
        tear_down(NULL);
        set_up(NULL);
        engage();
        line(3, 100);
        solo_turn(solo);
        effects_close(&solo->node.effects);
        solo->now.wall_ms += STRIKE_HORIZON_MS + 20000;
        solo->now.mono_ms += STRIKE_HORIZON_MS + 20000;
        scarce_begin(spared, 1);
        node_tick(&solo->node, &solo->now);
        refused = scarce_end();
        rows = deletes();
        solo_turn(solo);
        for (int i = 0; i < 2; i++) {
            solo->now.wall_ms += TICK_MS;
            solo->now.mono_ms += TICK_MS;
            node_tick(&solo->node, &solo->now);
            rows += deletes();
            solo_turn(solo);
        }
        assert_int_equal(rows, 2);
        assert_int_equal(at(HELD_WAITING), 0);
        assert_true(solo->node.state.counters.strikes_lapsed == 2);
    }
}

static void rows_that_are_no_strike_are_refused(void **state)
{
    uint8_t bytes[HOLD_ROW_BYTES_MAX] = {9};
    struct addr addr = sender(9);
    struct strike strike = {SOLO_WALL_MS, 1, SOLO_NODE, text};
    size_t size, refused = 1;

    (void)state;
    assert_false(hold_load(&solo->node, bytes, 20));
    size = hold_write_row(&addr, &strike, true, bytes);
    for (size_t spared = 0; refused > 0; spared++) {
        bool loaded;

        scarce_begin(spared, 1);
        loaded = hold_load(&solo->node, bytes, size);
        refused = scarce_end();
        assert_int_equal(loaded, refused == 0);
    }
    assert_int_equal(at(HELD_DROPPED), 1);
}

/* A strike of the state is loaded again from the store; what is held is none. */
static void the_self_check_takes_no_held_strike(void **state)
{
    uint8_t bytes[HOLD_ROW_BYTES_MAX];
    struct strike strike = {SOLO_WALL_MS, 1, SOLO_NODE, text};
    struct addr addr = sender(9);
    size_t size = hold_write_row(&addr, &strike, false, bytes);
    struct effect *effect;

    (void)state;
    assert_int_equal(effects_reserve(&solo->node.effects, 1, 0), 0);
    effect = effects_add(&solo->node.effects, EFFECT_RELOAD);
    effect->kind = ENTRY_STRIKE;
    effect->leaf = state_leaf(&solo->node.state, &addr);
    node_reload(&solo->node, ENTRY_HELD, bytes, size);
    assert_int_equal(solo->node.selfcheck.rows.count, 0);
    node_reload(&solo->node, ENTRY_STRIKE, bytes, size - 1);
    assert_int_equal(solo->node.selfcheck.rows.count, 1);
    node_turn_end(&solo->node);
}

static void a_node_that_cannot_be_opened_leaves_nothing(void **state)
{
    struct held held;

    (void)state;
    for (size_t spared = 0, refused = 1; refused > 0; spared++) {
        int result;

        scarce_begin(spared, 1);
        result = held_open(&held);
        refused = scarce_end();
        assert_int_equal(result, refused > 0 ? -1 : 0);
    }
    held_close(&held);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(above_the_bound_hits_are_lost_and_counted),
        TEST(of_dropped_ones_so_many_are_remembered),
        TEST(of_one_sender_the_newest_dropped_ones_are_remembered),
        TEST(a_later_time_replaces_the_row),
        TEST(what_is_being_dropped_is_not_held_again),
        TEST(without_memory_it_goes_on_in_the_next_turn),
        TEST(without_memory_what_lapsed_goes_later),
        TEST(rows_that_are_no_strike_are_refused),
        TEST(the_self_check_takes_no_held_strike),
        TEST(a_node_that_cannot_be_opened_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
