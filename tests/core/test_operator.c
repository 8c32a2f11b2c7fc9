/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operator commands wait for their commit; an unban's cut lies behind everything known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

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

static const struct record *record_of(const struct turn *turn)
{
    const struct subject *subject = turn_subject(turn, SUBJECT);

    assert_non_null(subject);
    return &subject->record;
}

static enum effect_outcome outcome_of(const struct turn *turn, size_t n)
{
    const struct effect *done = turn_find(turn, EFFECT_DONE, n);

    assert_non_null(done);
    return done->outcome;
}

static void a_ban_lasts_to_the_end_of_its_tick(void **state)
{
    struct turn *turn = *state;

    turn_command(turn, SUBJECT, TURN_WALL_MS + 1, 7);
    turn_end(turn, true);
    assert_true(record_of(turn)->manual.until_ms == TURN_WALL_MS + TICK_MS);
    assert_int_equal(record_of(turn)->manual.kind, MANUAL_BAN);
    assert_string_equal(record_of(turn)->manual.reason, "test");
    assert_string_equal(record_of(turn)->manual.actor, "root");
    assert_true(record_of(turn)->manual.stamp.node == 1);
    assert_true(record_of(turn)->cut.ms == 0);
    assert_true(turn_find(turn, EFFECT_DONE, 0)->request == 7);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_CHANGED);
}

static void texts_are_cut_at_their_bounds(void **state)
{
    struct turn *turn = *state;
    char text[2 * REASON_BYTES_MAX];
    struct event event = {.type = EVENT_BAN, .addr = turn_addr(SUBJECT), .until_ms = TIME_NEVER_MS};

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    event.reason = event.actor = text;
    turn_step(turn, &event);
    memset(text, 'y', sizeof(text) - 1); /* it was copied */
    turn_end(turn, true);
    assert_int_equal(strlen(record_of(turn)->manual.reason), REASON_BYTES_MAX);
    assert_int_equal(strlen(record_of(turn)->manual.actor), ACTOR_BYTES_MAX);
    assert_int_equal(record_of(turn)->manual.reason[0], 'x');
    event.reason = event.actor = NULL;
    turn_step(turn, &event);
    turn_end(turn, true);
    assert_string_equal(record_of(turn)->manual.reason, "");
    assert_string_equal(record_of(turn)->manual.actor, "");
}

static void an_unban_cuts_at_the_wall_clock(void **state)
{
    struct turn *turn = *state;

    for (uint64_t id = 1; id <= 3; id++)
        turn_strike(turn, SUBJECT, id, 1000);
    turn_end(turn, true);
    assert_true(turn_is_banned(turn, SUBJECT));
    turn_command(turn, SUBJECT, 0, 1);
    turn_end(turn, true);
    assert_false(turn_is_banned(turn, SUBJECT));
    assert_true(record_of(turn)->cut.ms == TURN_WALL_MS);
    assert_int_equal(stamp_compare(&record_of(turn)->cut.stamp, &record_of(turn)->manual.stamp), 0);
    assert_int_equal(record_of(turn)->manual.kind, MANUAL_NONE);
    assert_true(record_of(turn)->manual.until_ms == 0);
    assert_int_equal(record_of(turn)->facts.count, 1); /* it carries the level */
}

/* As far as its cut reaches; a plain unban forgets nothing, also not again what is forgotten. */
static void an_unban_may_forget_levels(void **state)
{
    struct turn *turn = *state, fresh;
    int64_t forget_ms;

    for (uint64_t id = 1; id <= 3; id++)
        turn_strike(turn, SUBJECT, id, 1000);
    turn_end(turn, true);
    turn_command(turn, SUBJECT, 0, 1);
    turn_end(turn, true);
    assert_true(record_of(turn)->cut.forget_ms == 0);
    assert_int_equal(record_level(record_of(turn), 0, &forget_ms), 1);
    turn->wall_ms += 1000;
    turn_forget(turn, SUBJECT, 2);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_ALREADY);
    assert_true(record_of(turn)->cut.forget_ms == TURN_WALL_MS + 1000);
    assert_true(record_of(turn)->cut.ms == TURN_WALL_MS + 1000);
    assert_int_equal(record_level(record_of(turn), 0, &forget_ms), 0);
    turn->wall_ms += 1000;
    turn_command(turn, SUBJECT, 0, 3);
    turn_end(turn, true);
    assert_true(record_of(turn)->cut.forget_ms == TURN_WALL_MS + 1000);
    assert_true(record_of(turn)->cut.ms == TURN_WALL_MS + 2000);
    turn_reload(turn, &fresh);
    assert_true(turn_roots_equal(turn, &fresh));
    turn_close(&fresh);
}

static void an_unban_cuts_behind_the_newest_strike(void **state)
{
    struct turn *turn = *state;

    turn_peer_strike(turn, SUBJECT, 2, 1, TURN_WALL_MS + 30000);
    turn_command(turn, SUBJECT, 0, 1);
    turn_end(turn, true);
    assert_true(record_of(turn)->cut.ms == TURN_WALL_MS + 30000);
}

static void an_unban_cuts_behind_the_newest_fact(void **state)
{
    struct turn *turn = *state;
    struct fact fact = {.first_ms = TURN_WALL_MS - 5,
                        .last_ms = TURN_WALL_MS + 40000,
                        .until_ms = TIME_NEVER_MS,
                        .forget_ms = TIME_NEVER_MS,
                        .level = 1};
    struct record record = {.facts = {&fact, 1}};

    assert_int_equal(turn_record(turn, SUBJECT, &record, 0), STEP_CHANGED);
    turn_command(turn, SUBJECT, 0, 1);
    turn_end(turn, true);
    assert_true(record_of(turn)->cut.ms == TURN_WALL_MS + 40000);
    assert_false(turn_is_banned(turn, SUBJECT));
}

/* A node that was cut off must be able to unban. */
static void an_unknown_subject_can_be_unbanned(void **state)
{
    struct turn *turn = *state;

    turn_command(turn, SUBJECT, 0, 1);
    turn_end(turn, true);
    assert_true(record_of(turn)->cut.ms == TURN_WALL_MS);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_ALREADY);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 1);
}

static void what_was_so_before_is_told(void **state)
{
    struct turn *turn = *state;

    turn_command(turn, SUBJECT, TURN_WALL_MS + 100000, 1);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_CHANGED);
    turn_command(turn, SUBJECT, TURN_WALL_MS + 100000, 2);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_ALREADY);
    turn_command(turn, SUBJECT, TURN_WALL_MS + 200000, 3);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_CHANGED);
    turn_command(turn, SUBJECT, 0, 4);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_CHANGED);
    turn_command(turn, SUBJECT, 0, 5);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_ALREADY);
}

static void commands_of_one_turn_on_one_subject_build_on_each_other(void **state)
{
    struct turn *turn = *state, fresh;

    turn_command(turn, SUBJECT, TIME_NEVER_MS, 1);
    turn_command(turn, SUBJECT, 0, 2);
    turn_end(turn, true);
    assert_false(turn_is_banned(turn, SUBJECT));
    assert_true(record_of(turn)->cut.ms == TURN_WALL_MS);
    turn_command(turn, SUBJECT, 0, 3);
    turn_command(turn, SUBJECT, TIME_NEVER_MS, 4);
    turn_end(turn, true);
    assert_true(turn_is_banned(turn, SUBJECT));
    assert_int_equal(turn_count(turn, EFFECT_DONE), 2);
    turn_reload(turn, &fresh);
    assert_true(turn_roots_equal(turn, &fresh));
    turn_close(&fresh);
}

static void of_one_turn_too_a_shorter_ban_shortens_none(void **state)
{
    struct turn *turn = *state;

    turn_command(turn, SUBJECT, TIME_NEVER_MS, 1);
    turn_command(turn, SUBJECT, TURN_WALL_MS + 100000, 2);
    turn_end(turn, true);
    assert_true(record_of(turn)->manual.until_ms == TIME_NEVER_MS);
    assert_int_equal(outcome_of(turn, 0), OUTCOME_CHANGED);
    assert_int_equal(outcome_of(turn, 1), OUTCOME_ALREADY);
    turn_command(turn, SUBJECT, 0, 3);
    turn_command(turn, SUBJECT, TURN_WALL_MS + 100000, 4);
    turn_end(turn, true);
    assert_true(record_of(turn)->manual.until_ms == TURN_WALL_MS + 100000);
    assert_int_equal(outcome_of(turn, 1), OUTCOME_CHANGED);
    turn_command(turn, "192.0.2.2", TIME_NEVER_MS, 5);
    turn_command(turn, "192.0.2.2", 0, 6);
    turn_end(turn, true);
    assert_int_equal(outcome_of(turn, 1), OUTCOME_CHANGED); /* there was a ban to lift */
}

static void of_a_command_that_failed_nothing_stays(void **state)
{
    struct turn *turn = *state;
    struct hash128 before = state_root(&turn->state, ENTRY_RECORD), after;

    turn_command(turn, SUBJECT, TIME_NEVER_MS, 9);
    turn_end(turn, false);
    assert_null(turn_subject(turn, SUBJECT));
    after = state_root(&turn->state, ENTRY_RECORD);
    assert_true(hash128_equal(&before, &after));
    assert_int_equal(outcome_of(turn, 0), OUTCOME_FAILED);
    assert_true(turn_find(turn, EFFECT_DONE, 0)->request == 9);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 0);
    assert_int_equal(turn->state.command_count, 0);
    turn_end(turn, true); /* it does not come back */
    assert_null(turn_subject(turn, SUBJECT));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_ban_lasts_to_the_end_of_its_tick),
        TEST(texts_are_cut_at_their_bounds),
        TEST(an_unban_cuts_at_the_wall_clock),
        TEST(an_unban_may_forget_levels),
        TEST(an_unban_cuts_behind_the_newest_strike),
        TEST(an_unban_cuts_behind_the_newest_fact),
        TEST(an_unknown_subject_can_be_unbanned),
        TEST(what_was_so_before_is_told),
        TEST(commands_of_one_turn_on_one_subject_build_on_each_other),
        TEST(of_one_turn_too_a_shorter_ban_shortens_none),
        TEST(of_a_command_that_failed_nothing_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
