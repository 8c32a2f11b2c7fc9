/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What time does: at its tick and not before, strikes, facts, leases and bans end, and nothing is
 * left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "expire.h"
#include "turn.h"

#define SUBJECT "192.0.2.1"

static int set_up(void **state)
{
    static struct turn turn;

    turn_open(&turn, 1);
    *state = &turn;
    return 0;
}

static int tear_down(void **state)
{
    turn_close(*state);
    return 0;
}

/* Lets time pass to ms behind the start. */
static void pass_to(struct turn *turn, int64_t ms)
{
    turn_pass(turn, TURN_WALL_MS + ms - turn->wall_ms);
    turn_end(turn, true);
    turn_assert_digests(turn);
}

static void ban_by_strikes(struct turn *turn)
{
    for (uint64_t id = 1; id <= 3; id++)
        turn_strike(turn, SUBJECT, id, 0);
    turn_end(turn, true);
    assert_true(turn_is_banned(turn, SUBJECT));
}

static void strikes_go_at_the_horizon(void **state)
{
    struct turn *turn = *state;

    turn_strike(turn, SUBJECT, 1, 5000);
    turn_strike(turn, SUBJECT, 2, 0);
    turn_end(turn, true);
    pass_to(turn, STRIKE_HORIZON_MS - TICK_MS);
    assert_int_equal(turn->state.strike_count, 2);
    pass_to(turn, STRIKE_HORIZON_MS - 1);
    assert_int_equal(turn->state.strike_count, 2);
    pass_to(turn, STRIKE_HORIZON_MS);
    assert_int_equal(turn->state.strike_count, 0);
    assert_int_equal(turn->state.table.count, 0);
    assert_true(turn_find(turn, EFFECT_EXPIRE, 0)->at_ms == TURN_WALL_MS);
}

/* At every tick: the store removes a bounded number at a time. */
static void the_store_is_told_what_it_may_remove(void **state)
{
    struct turn *turn = *state;

    for (int64_t i = 1; i <= 3; i++) {
        pass_to(turn, i * TICK_MS);
        assert_int_equal(turn_count(turn, EFFECT_EXPIRE), 1);
        assert_true(turn_find(turn, EFFECT_EXPIRE, 0)->at_ms ==
                    TURN_WALL_MS + i * TICK_MS - STRIKE_HORIZON_MS);
    }
    pass_to(turn, 3 * TICK_MS + 1);
    assert_int_equal(turn_count(turn, EFFECT_EXPIRE), 0);
}

static void a_ban_ends_and_its_fact_stays_until_it_is_forgotten(void **state)
{
    struct turn *turn = *state;
    struct addr subject = turn_addr(SUBJECT);
    uint8_t key[ENTRY_KEY_BYTES_MAX];

    ban_by_strikes(turn);
    pass_to(turn, 3600000 - 1);
    assert_true(turn_is_banned(turn, SUBJECT));
    assert_int_equal(turn_count(turn, EFFECT_UNBANNED), 0);
    pass_to(turn, 3600000);
    assert_false(turn_is_banned(turn, SUBJECT));
    assert_int_equal(turn_count(turn, EFFECT_UNBANNED), 1);
    assert_int_equal(turn_count(turn, EFFECT_PERSIST), 0);
    pass_to(turn, 3600000 + MEMORY_MS - 1);
    assert_int_equal(turn_subject(turn, SUBJECT)->record.facts.count, 1);
    pass_to(turn, 3600000 + MEMORY_MS);
    assert_null(turn_subject(turn, SUBJECT));
    assert_int_equal(turn_count(turn, EFFECT_DELETE), 1);
    assert_int_equal(turn_find(turn, EFFECT_DELETE, 0)->kind, ENTRY_RECORD);
    assert_memory_equal(effect_key(&turn->effects, turn_find(turn, EFFECT_DELETE, 0)), key,
                        entry_write_record_key(&turn->state.key, &subject, key));
    assert_int_equal(turn->state.counters.unbans, 1);
}

static void a_command_is_never_collected(void **state)
{
    struct turn *turn = *state;

    turn_command(turn, SUBJECT, TURN_WALL_MS + TICK_MS, 1);
    turn_end(turn, true);
    pass_to(turn, TICK_MS);
    assert_false(turn_is_banned(turn, SUBJECT));
    assert_int_equal(turn_count(turn, EFFECT_UNBANNED), 1);
    pass_to(turn, 10 * MEMORY_MS);
    assert_non_null(turn_subject(turn, SUBJECT));
    assert_true(turn_subject(turn, SUBJECT)->has_record);
}

static void put_allow(struct turn *turn, uint64_t owner, int64_t until_ms)
{
    const struct allow allow = {.addr = turn_addr(SUBJECT),
                                .owner = owner,
                                .stamp = {(uint64_t)TURN_WALL_MS << 16, 2},
                                .on = true,
                                .until_ms = until_ms};
    uint8_t bytes[512];

    assert_int_equal(
        turn_entry(turn, ENTRY_ALLOW, bytes, entry_write_allow(&allow, bytes, sizeof(bytes))),
        STEP_CHANGED);
}

static void leases_are_forgotten_and_the_store_told(void **state)
{
    struct turn *turn = *state;
    struct addr addr = turn_addr(SUBJECT);

    put_allow(turn, 2, TURN_WALL_MS + ALLOW_LEASE_MS);
    put_allow(turn, ALLOW_OPERATOR, TIME_NEVER_MS);
    turn_end(turn, true);
    pass_to(turn, ALLOW_FORGET_MS - 1);
    assert_int_equal(turn->state.allows.count, 2);
    pass_to(turn, ALLOW_FORGET_MS);
    assert_int_equal(turn->state.allows.count, 1);
    assert_non_null(allows_find(&turn->state.allows, &addr, ALLOW_OPERATOR));
    assert_int_equal(turn_count(turn, EFFECT_DELETE), 1);
    assert_int_equal(turn_find(turn, EFFECT_DELETE, 0)->kind, ENTRY_ALLOW);
    assert_memory_equal(effect_key(&turn->effects, turn_find(turn, EFFECT_DELETE, 0)),
                        "\4\40\300\0\2\1\0\0\0\0\0\0\0\2", 14);
}

static void the_end_of_a_lease_may_change_the_map(void **state)
{
    struct turn *turn = *state;

    put_allow(turn, ALLOW_OPERATOR, TURN_WALL_MS + TICK_MS);
    turn_end(turn, true);
    pass_to(turn, TICK_MS);
    assert_true(turn_count(turn, EFFECT_MAP) > 0);
}

/* A map of a million bans takes a second to draw. */
static void a_tick_at_which_nothing_ends_leaves_the_map_alone(void **state)
{
    struct turn *turn = *state;

    put_allow(turn, 2, TURN_WALL_MS + 3 * TICK_MS);
    ban_by_strikes(turn);
    pass_to(turn, TICK_MS);
    assert_int_equal(turn_count(turn, EFFECT_MAP), 0);
    pass_to(turn, 2 * TICK_MS);
    assert_int_equal(turn_count(turn, EFFECT_MAP), 0);
    pass_to(turn, 3 * TICK_MS);
    assert_int_equal(turn_count(turn, EFFECT_MAP), 1);
    pass_to(turn, 4 * TICK_MS);
    assert_int_equal(turn_count(turn, EFFECT_MAP), 0);
}

/* Strikes from far ahead, as a corrected clock may leave them, expire like any other. */
static void later_strikes_are_looked_at_again(void **state)
{
    struct turn *turn = *state;

    for (uint64_t id = 0; id < 40; id++) {
        turn_strike(turn, SUBJECT, id, -(int64_t)id * TICK_MS);
        turn_end(turn, true);
    }
    for (int64_t id = 0; id < 40; id++) {
        pass_to(turn, STRIKE_HORIZON_MS + id * TICK_MS);
        assert_int_equal(turn->state.strike_count, 39 - id);
    }
    assert_int_equal(turn->state.expiry.count, 1); /* the fact */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(strikes_go_at_the_horizon),
        TEST(the_store_is_told_what_it_may_remove),
        TEST(a_ban_ends_and_its_fact_stays_until_it_is_forgotten),
        TEST(a_command_is_never_collected),
        TEST(leases_are_forgotten_and_the_store_told),
        TEST(the_end_of_a_lease_may_change_the_map),
        TEST(a_tick_at_which_nothing_ends_leaves_the_map_alone),
        TEST(later_strikes_are_looked_at_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
