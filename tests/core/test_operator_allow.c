/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators' allow entries have the life of a ban: accepted, durable, and only then in the state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "turn.h"

#define NET "192.0.2.0/24"

static int set_up(void **state)
{
    static struct turn turn;

    turn_open(&turn, 1);
    *state = &turn;
    return 0;
}

static int tear_down(void **state)
{
    turn_assert_digests(*state);
    turn_close(*state);
    return 0;
}

static enum effect_outcome outcome_of(const struct turn *turn, size_t n)
{
    const struct effect *done = turn_find(turn, EFFECT_DONE, n);

    assert_non_null(done);
    return done->outcome;
}

static void an_entry_is_in_force_when_it_is_durable(void **state)
{
    struct turn *turn = *state, fresh;
    const struct allow *allow;

    turn_allow(turn, NET, TURN_WALL_MS + 1, 7);
    assert_false(turn_is_allowed(turn, "192.0.2.9"));
    turn_end(turn, true);
    assert_true(turn_is_allowed(turn, "192.0.2.9"));
    allow = turn_find_allow(turn, NET);
    assert_true(allow->on && allow->until_ms == TURN_WALL_MS + TICK_MS);
    assert_string_equal(allow->reason, "office");
    assert_string_equal(allow->actor, "alice");
    assert_true(allow->owner == ALLOW_OPERATOR && allow->stamp.node == 1);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_CHANGED);
    assert_true(turn_find(turn, EFFECT_DONE, 0)->request == 7);
    assert_int_equal(turn_count(turn, EFFECT_PERSIST), 1);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 1);
    assert_int_equal(turn_count(turn, EFFECT_ALLOW), 1);
    assert_int_equal(turn_count(turn, EFFECT_MAP), 1);
    turn_reload(turn, &fresh);
    assert_true(turn_roots_equal(turn, &fresh));
    turn_close(&fresh);
}

static void of_an_entry_that_failed_nothing_stays(void **state)
{
    struct turn *turn = *state;

    turn_allow(turn, NET, TIME_NEVER_MS, 7);
    turn_end(turn, false);
    assert_null(turn_find_allow(turn, NET));
    assert_int_equal(outcome_of(turn, 0), OUTCOME_FAILED);
    assert_int_equal(turn_count(turn, EFFECT_PUSH) + turn_count(turn, EFFECT_ALLOW), 0);
    turn_end(turn, true);
    assert_null(turn_find_allow(turn, NET));
}

static void a_removed_entry_stays_as_removed(void **state)
{
    struct turn *turn = *state, fresh;

    turn_allow(turn, NET, TIME_NEVER_MS, 1);
    turn_end(turn, true);
    turn_allow(turn, NET, 0, 2);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_CHANGED);
    assert_int_equal(turn_count(turn, EFFECT_ALLOW), 1);
    assert_false(turn_is_allowed(turn, NET));
    turn_pass(turn, (int64_t)10 * ALLOW_FORGET_MS);
    turn_end(turn, true);
    assert_non_null(turn_find_allow(turn, NET));
    assert_false(turn_find_allow(turn, NET)->on);
    turn_reload(turn, &fresh);
    assert_true(turn_roots_equal(turn, &fresh));
    turn_close(&fresh);
    turn_allow(turn, NET, 0, 3);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_ALREADY);
    assert_int_equal(turn_count(turn, EFFECT_ALLOW), 0);
}

/* As a ban: who wants less removes it first. Without a new reason the former words stay. */
static void an_entry_is_never_shortened(void **state)
{
    struct turn *turn = *state;
    struct event again = {
        .type = EVENT_ALLOW_ADD, .addr = turn_addr(NET), .until_ms = TURN_WALL_MS + TICK_MS};
    struct stamp stamp;

    turn_allow(turn, NET, TIME_NEVER_MS, 1);
    turn_end(turn, true);
    stamp = turn_find_allow(turn, NET)->stamp;
    turn_step(turn, &again);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_ALREADY);
    assert_true(turn_find_allow(turn, NET)->until_ms == TIME_NEVER_MS);
    assert_string_equal(turn_find_allow(turn, NET)->actor, "alice");
    assert_int_equal(stamp_compare(&turn_find_allow(turn, NET)->stamp, &stamp), 0);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 1); /* others may not have it yet */
    again.reason = "moved";
    again.actor = "bob";
    turn_step(turn, &again);
    turn_end(turn, true);
    assert_true(turn_find_allow(turn, NET)->until_ms == TIME_NEVER_MS);
    assert_string_equal(turn_find_allow(turn, NET)->reason, "moved");
    assert_string_equal(turn_find_allow(turn, NET)->actor, "bob");
}

static void commands_of_one_turn_build_on_each_other(void **state)
{
    struct turn *turn = *state, fresh;

    turn_allow(turn, NET, TIME_NEVER_MS, 1);
    turn_allow(turn, NET, TURN_WALL_MS + TICK_MS, 2);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 1), OUTCOME_ALREADY);
    assert_true(turn_find_allow(turn, NET)->until_ms == TIME_NEVER_MS);
    turn_allow(turn, NET, 0, 3);
    turn_allow(turn, NET, TURN_WALL_MS + TICK_MS, 4);
    turn_allow(turn, NET, 0, 5);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_CHANGED);
    assert_int_equal(outcome_of(turn, 1), OUTCOME_CHANGED);
    assert_int_equal(outcome_of(turn, 2), OUTCOME_CHANGED);
    assert_false(turn_is_allowed(turn, NET));
    turn_reload(turn, &fresh);
    assert_true(turn_roots_equal(turn, &fresh));
    turn_close(&fresh);
}

/* The entry of a faster clock, here since long or come in the same turn. */
static void a_command_wins_over_what_it_replaces(void **state)
{
    struct turn *turn = *state, fresh;
    struct allow fast = {.addr = turn_addr(NET),
                         .stamp = {(uint64_t)(TURN_WALL_MS + 50000) << 16, 2},
                         .on = true,
                         .until_ms = TIME_NEVER_MS};
    uint8_t bytes[512];

    for (int together = 0; together < 2; together++) {
        fast.stamp.hlc += 100;
        if (together == 1)
            turn_allow(turn, NET, 0, 1);
        assert_int_equal(
            turn_entry(turn, ENTRY_ALLOW, bytes, entry_write_allow(&fast, bytes, sizeof(bytes))),
            STEP_CHANGED);
        if (together == 0) {
            turn_end(turn, true);
            turn_allow(turn, NET, 0, 1);
        }
        turn_end(turn, true);
        assert_int_equal(outcome_of(turn, 0), OUTCOME_CHANGED);
        assert_false(turn_is_allowed(turn, NET));
        turn_reload(turn, &fresh);
        assert_true(turn_roots_equal(turn, &fresh));
        turn_close(&fresh);
    }
}

static void ban_and_unban_of_one_turn_keep_their_order_behind_a_faster_clock(void **state)
{
    struct turn *turn = *state;
    struct record fast = {.manual = {.stamp = {(uint64_t)(TURN_WALL_MS + 50000) << 16, 2},
                                     .kind = MANUAL_BAN,
                                     .until_ms = TIME_NEVER_MS}};

    assert_int_equal(turn_record(turn, "192.0.2.1", &fast, 0), STEP_CHANGED);
    turn_end(turn, true);
    turn_command(turn, "192.0.2.1", TIME_NEVER_MS, 1);
    turn_command(turn, "192.0.2.1", 0, 2);
    turn_end(turn, true);
    assert_false(turn_is_banned(turn, "192.0.2.1"));
}

static void an_end_is_told_once(void **state)
{
    struct turn *turn = *state, fresh;

    turn_allow(turn, NET, TURN_WALL_MS + TICK_MS, 1);
    turn_end(turn, true);
    turn_pass(turn, TICK_MS);
    assert_int_equal(turn_count(turn, EFFECT_ALLOW), 1);
    assert_false(turn_is_allowed(turn, NET));
    turn_end(turn, true);
    assert_true(turn_count(turn, EFFECT_MAP) > 0);
    turn_pass(turn, TICK_MS);
    assert_int_equal(turn_count(turn, EFFECT_ALLOW), 0);
    turn_end(turn, true);
    turn_reload(turn, &fresh);
    turn_pass(&fresh, TICK_MS);
    assert_int_equal(turn_count(&fresh, EFFECT_ALLOW), 0);
    turn_close(&fresh);
}

static void an_entry_of_a_peer_is_told_and_a_lease_is_not(void **state)
{
    struct turn *turn = *state;
    struct allow allow = {.addr = turn_addr(NET),
                          .stamp = {(uint64_t)TURN_WALL_MS << 16, 2},
                          .on = true,
                          .until_ms = TIME_NEVER_MS};
    uint8_t bytes[512];

    turn_entry(turn, ENTRY_ALLOW, bytes, entry_write_allow(&allow, bytes, sizeof(bytes)));
    assert_int_equal(turn_count(turn, EFFECT_ALLOW), 1);
    allow.owner = 2;
    turn_entry(turn, ENTRY_ALLOW, bytes, entry_write_allow(&allow, bytes, sizeof(bytes)));
    turn_end(turn, true);
    assert_int_equal(turn_count(turn, EFFECT_ALLOW), 1);
}

/* Otherwise a row would be durable that the state has no room for. */
static void a_full_list_refuses_before_the_row_is_made(void **state)
{
    struct turn *turn = *state;
    struct allow allow = {.addr = turn_addr("10.0.0.0"),
                          .stamp = {(uint64_t)TURN_WALL_MS << 16, 2},
                          .on = true,
                          .until_ms = TIME_NEVER_MS};
    struct allow old;

    for (uint32_t i = 1; i < ALLOWS_MAX; i++) {
        allow.addr.bytes[1] = (uint8_t)(i >> 16);
        allow.addr.bytes[2] = (uint8_t)(i >> 8);
        allow.addr.bytes[3] = (uint8_t)i;
        allow.leaf = state_leaf(&turn->state, &allow.addr);
        assert_int_equal(digest_reserve(&turn->state.digests[ENTRY_ALLOW - 1], allow.leaf), 0);
        assert_int_equal(allows_merge(&turn->state.allows, &allow, &old), 1);
        state_allow_changed(&turn->state, &allow, true);
    }
    assert_int_equal(turn_allow(turn, NET, TIME_NEVER_MS, 1), STEP_CHANGED);
    assert_int_equal(turn_allow(turn, "198.51.100.0/24", TIME_NEVER_MS, 2), STEP_MEMORY);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_CHANGED);
    assert_int_equal(turn_allow(turn, "198.51.100.0/24", TIME_NEVER_MS, 3), STEP_MEMORY);
    assert_int_equal(turn_allow(turn, NET, 0, 4), STEP_CHANGED);
    turn_end(turn, true);
    assert_false(turn_is_allowed(turn, NET));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_entry_is_in_force_when_it_is_durable),
        TEST(of_an_entry_that_failed_nothing_stays),
        TEST(a_removed_entry_stays_as_removed),
        TEST(an_entry_is_never_shortened),
        TEST(commands_of_one_turn_build_on_each_other),
        TEST(a_command_wins_over_what_it_replaces),
        TEST(ban_and_unban_of_one_turn_keep_their_order_behind_a_faster_clock),
        TEST(an_end_is_told_once),
        TEST(an_entry_of_a_peer_is_told_and_a_lease_is_not),
        TEST(a_full_list_refuses_before_the_row_is_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
