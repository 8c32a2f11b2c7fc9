/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of the core and time: what is of the future or beyond the horizon is refused, and the
 * clock never runs back.
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
#define HOUR_MS 3600000

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

static void a_strike_over_60_s_ahead_is_skipped_and_counted(void **state)
{
    struct turn *turn = *state;

    assert_int_equal(turn_peer_strike(turn, SUBJECT, 2, 1, TURN_WALL_MS + CLOCK_SKEW_MS_MAX + 1),
                     STEP_CLOCK);
    assert_int_equal(turn->effects.count, 0);
    assert_int_equal(turn->state.table.count, 0);
    assert_true(turn->state.counters.entries_clock == 1);
    assert_int_equal(turn_peer_strike(turn, SUBJECT, 2, 2, TURN_WALL_MS + CLOCK_SKEW_MS_MAX),
                     STEP_CHANGED);
    assert_int_equal(turn->state.strike_count, 1);
}

/* A stamp of an allow entry or command moves the clock; a wall clock that is set back a little
 * after it must not leave the tick behind. */
static void the_tick_follows_the_clock_however_it_moved(void **state)
{
    struct turn *turn = *state;
    struct event lease = {.type = EVENT_ALLOW,
                          .addr = turn_addr("192.0.2.9"),
                          .on = true,
                          .until_ms = TURN_WALL_MS + HOUR_MS,
                          .wall_ms = TURN_WALL_MS + 40000};
    struct event tick = {.type = EVENT_TICK, .wall_ms = TURN_WALL_MS + 1000};

    assert_int_equal(step(&turn->state, &lease, &turn->effects), STEP_CHANGED);
    assert_int_equal(step(&turn->state, &tick, &turn->effects), STEP_CHANGED);
    assert_int_equal(turn->state.tick, (TURN_WALL_MS + 40000) / TICK_MS);
}

static void a_record_with_any_time_ahead_is_skipped(void **state)
{
    struct turn *turn = *state;
    int64_t late_ms = TURN_WALL_MS + CLOCK_SKEW_MS_MAX + 1;
    struct fact fact = {
        .last_ms = late_ms, .until_ms = TIME_NEVER_MS, .forget_ms = TIME_NEVER_MS, .level = 1};
    const struct record late[] = {
        {.cut = {.stamp = {(uint64_t)late_ms << 16, 2}}},
        {.cut = {.stamp = {1, 2}, .ms = late_ms}},
        {.manual = {.stamp = {(uint64_t)late_ms << 16, 2}}},
        {.facts = {&fact, 1}},
    };

    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(turn_record(turn, SUBJECT, &late[i], TURN_WALL_MS), STEP_CLOCK);
        assert_int_equal(turn->state.table.count, 0);
        assert_true(turn->state.counters.entries_clock == i + 1);
    }
    for (size_t i = 0; i < 4; i++) /* judged by the cluster's clock, not by the own one */
        assert_int_equal(turn_record(turn, SUBJECT, &late[i], TURN_WALL_MS + 1), STEP_CHANGED);
}

static enum step_result take_allow(struct turn *turn, int64_t stamp_at_ms, int64_t until_ms)
{
    const struct allow allow = {.addr = turn_addr(SUBJECT),
                                .owner = 2,
                                .stamp = {(uint64_t)stamp_at_ms << 16, 2},
                                .on = true,
                                .until_ms = until_ms};
    uint8_t bytes[512];

    return turn_entry(turn, ENTRY_ALLOW, bytes, entry_write_allow(&allow, bytes, sizeof(bytes)));
}

static void an_allow_entry_stamped_ahead_is_skipped(void **state)
{
    struct turn *turn = *state;

    assert_int_equal(take_allow(turn, TURN_WALL_MS + CLOCK_SKEW_MS_MAX + 1, TIME_NEVER_MS),
                     STEP_CLOCK);
    assert_int_equal(turn->state.allows.count, 0);
    assert_int_equal(take_allow(turn, TURN_WALL_MS + CLOCK_SKEW_MS_MAX, TIME_NEVER_MS),
                     STEP_CHANGED);
}

/* Garbage is refused on arrival and removed at the tick, so that both nodes hold the same. */
static void garbage_is_refused_where_it_is_removed_elsewhere(void **state)
{
    struct turn *early = *state, late;
    struct fact fact = {.last_ms = TURN_WALL_MS,
                        .until_ms = TURN_WALL_MS + HOUR_MS,
                        .forget_ms = TURN_WALL_MS + STRIKE_HORIZON_MS,
                        .level = 1};
    const struct record record = {.facts = {&fact, 1}};
    int64_t stamp_at_ms = TURN_WALL_MS + STRIKE_HORIZON_MS - ALLOW_FORGET_MS;

    turn_open(&late, 2);
    assert_int_equal(turn_peer_strike(early, SUBJECT, 3, 1, TURN_WALL_MS), STEP_CHANGED);
    assert_int_equal(turn_record(early, SUBJECT, &record, 0), STEP_CHANGED);
    assert_int_equal(take_allow(early, stamp_at_ms, TIME_NEVER_MS), STEP_CHANGED);
    turn_end(early, true);
    turn_pass(early, STRIKE_HORIZON_MS);
    turn_pass(&late, STRIKE_HORIZON_MS);
    assert_int_equal(turn_peer_strike(&late, SUBJECT, 3, 1, TURN_WALL_MS), STEP_EXPIRED);
    assert_int_equal(turn_record(&late, SUBJECT, &record, 0), STEP_EXPIRED);
    assert_int_equal(take_allow(&late, stamp_at_ms, TIME_NEVER_MS), STEP_EXPIRED);
    assert_true(late.state.counters.entries_expired == 3);
    turn_end(early, true);
    turn_end(&late, true);
    assert_true(turn_roots_equal(early, &late));
    assert_int_equal(early->state.table.count + early->state.allows.count, 0);
    assert_int_equal(late.state.table.count + late.state.allows.count, 0);
    turn_close(&late);
}

/* The store removes a bounded number of rows at a time. */
static void a_row_that_has_become_garbage_is_not_counted(void **state)
{
    struct turn *turn = *state;
    struct event load = {.type = EVENT_LOAD, .kind = ENTRY_STRIKE};
    uint8_t row[512];

    turn_peer_strike(turn, SUBJECT, 3, 1, TURN_WALL_MS);
    turn_end(turn, true);
    assert_int_equal(turn->row_count, 1);
    load.size = turn->rows[0].size;
    load.bytes = memcpy(row, turn->rows[0].body, load.size);
    turn_pass(turn, STRIKE_HORIZON_MS);
    assert_int_equal(turn_step(turn, &load), STEP_EXPIRED);
    assert_true(turn->state.counters.entries_expired == 0);
    assert_int_equal(turn_strike(turn, SUBJECT, 2, STRIKE_HORIZON_MS), STEP_EXPIRED);
    assert_true(turn->state.counters.entries_expired == 1);
}

static void a_tick_earlier_nothing_is_garbage(void **state)
{
    struct turn *turn = *state;

    turn_pass(turn, STRIKE_HORIZON_MS - 1);
    assert_int_equal(turn_peer_strike(turn, SUBJECT, 3, 1, TURN_WALL_MS), STEP_CHANGED);
}

/* Told and due in the same turn: gone with that tick, not with the next. */
static void garbage_of_the_turn_itself_goes_too(void **state)
{
    struct turn *turn = *state;

    turn_peer_strike(turn, SUBJECT, 3, 1, TURN_WALL_MS + TICK_MS - STRIKE_HORIZON_MS);
    turn_pass(turn, TICK_MS);
    turn_end(turn, true);
    assert_int_equal(turn->state.strike_count, 0);
}

static void of_a_record_the_forgotten_facts_are_left_out(void **state)
{
    struct turn *turn = *state;
    struct fact facts[] = {
        {.until_ms = 9, .forget_ms = TURN_WALL_MS, .level = 9},
        {.first_ms = 1, .last_ms = 1, .until_ms = 9, .forget_ms = TURN_WALL_MS + 1, .level = 1}};
    const struct record record = {.facts = {facts, 2}};

    assert_int_equal(turn_record(turn, SUBJECT, &record, 0), STEP_CHANGED);
    assert_int_equal(turn_subject(turn, SUBJECT)->record.facts.count, 1);
    assert_int_equal(turn_subject(turn, SUBJECT)->record.facts.list[0].level, 1);
}

static enum step_result take_clock(struct turn *turn, int64_t ms)
{
    struct event event = {.type = EVENT_CLOCK, .hlc = (uint64_t)ms << 16 | 3};

    return turn_step(turn, &event);
}

static void the_clock_follows_the_others_and_never_runs_back(void **state)
{
    struct turn *turn = *state;
    struct event tick = {.type = EVENT_TICK};

    assert_int_equal(take_clock(turn, TURN_WALL_MS + 12000), STEP_CHANGED);
    assert_true(state_now_ms(&turn->state) == TURN_WALL_MS + TICK_MS);
    assert_int_equal(take_clock(turn, TURN_WALL_MS + 13000), STEP_SAME);
    assert_true(stamp_ms(turn->state.hlc) == TURN_WALL_MS + 13000);
    assert_int_equal(take_clock(turn, TURN_WALL_MS), STEP_SAME);
    assert_int_equal(turn_step(turn, &tick), STEP_SAME);
    assert_true(stamp_ms(turn->state.hlc) == TURN_WALL_MS + 13000);
    assert_true(state_now_ms(&turn->state) == TURN_WALL_MS + TICK_MS);
}

static void a_clock_over_60_s_ahead_is_not_believed(void **state)
{
    struct turn *turn = *state;
    uint64_t hlc = turn->state.hlc;

    assert_int_equal(take_clock(turn, TURN_WALL_MS + CLOCK_SKEW_MS_MAX + 1), STEP_CLOCK);
    assert_true(turn->state.hlc == hlc);
    assert_true(turn->state.counters.entries_clock == 0); /* it is no entry */
    assert_int_equal(take_clock(turn, TURN_WALL_MS + CLOCK_SKEW_MS_MAX), STEP_CHANGED);
}

static void a_command_is_stamped_later_than_all_it_saw(void **state)
{
    struct turn *turn = *state;

    take_clock(turn, TURN_WALL_MS + 50000);
    turn_command(turn, SUBJECT, TIME_NEVER_MS, 1);
    turn_command(turn, "192.0.2.2", TIME_NEVER_MS, 2);
    turn_end(turn, true);
    assert_true(turn_subject(turn, SUBJECT)->record.manual.stamp.hlc ==
                ((uint64_t)(TURN_WALL_MS + 50000) << 16 | 4));
    assert_true(turn_subject(turn, "192.0.2.2")->record.manual.stamp.hlc ==
                ((uint64_t)(TURN_WALL_MS + 50000) << 16 | 5));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_strike_over_60_s_ahead_is_skipped_and_counted),
        TEST(the_tick_follows_the_clock_however_it_moved),
        TEST(a_record_with_any_time_ahead_is_skipped),
        TEST(an_allow_entry_stamped_ahead_is_skipped),
        TEST(garbage_is_refused_where_it_is_removed_elsewhere),
        TEST(a_row_that_has_become_garbage_is_not_counted),
        TEST(a_tick_earlier_nothing_is_garbage),
        TEST(garbage_of_the_turn_itself_goes_too),
        TEST(of_a_record_the_forgotten_facts_are_left_out),
        TEST(the_clock_follows_the_others_and_never_runs_back),
        TEST(a_clock_over_60_s_ahead_is_not_believed),
        TEST(a_command_is_stamped_later_than_all_it_saw),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
