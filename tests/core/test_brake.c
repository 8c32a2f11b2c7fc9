/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The brake: so many subjects a minute of line time, and what passes it all the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "brake.h"
#include "step.h"

#define WALL_MS 1790000000000
#define NODE 1

static const struct policy policy = {3,         600000, {{TIME_NEVER_MS}, 1},
                                     MEMORY_MS, false,  ACCOUNTS_OFF};
static uint8_t text[] = {4, 'u', 's', 'e', 'r', 1, 'x'};

struct fixture {
    struct state state;
    struct effects effects;
    struct brake brake;
    uint64_t id;
};

static void run(struct fixture *fixture, enum event_type type)
{
    struct event event = {.type = type, .wall_ms = WALL_MS, .ref_ms = WALL_MS};

    step(&fixture->state, &event, &fixture->effects);
}

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.brake = {.max = 2}};
    assert_int_equal(state_open(&fixture.state, "test", NODE, &policy), 0);
    run(&fixture, EVENT_TICK);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    state_close(&fixture->state);
    effects_close(&fixture->effects);
    return 0;
}

static struct addr sender(unsigned number)
{
    return (struct addr){.kind = ADDR_IPV4, .length = 32, .bytes = {203, 0, 113, (uint8_t)number}};
}

/* One hit, which enters the state if it passes. */
static enum brake_verdict hit_when(struct fixture *fixture, unsigned number, int64_t t_ms,
                                   bool engaged)
{
    struct event event = {.type = EVENT_STRIKE,
                          .wall_ms = WALL_MS,
                          .ref_ms = WALL_MS,
                          .addr = sender(number),
                          .strike = {t_ms, ++fixture->id, NODE, text}};
    enum brake_verdict verdict =
        brake_judge(&fixture->brake, &fixture->state, &event.addr, &event.strike, engaged);

    if (verdict == BRAKE_PASS)
        step(&fixture->state, &event, &fixture->effects);
    return verdict;
}

static enum brake_verdict hit(struct fixture *fixture, unsigned number, int64_t t_ms)
{
    return hit_when(fixture, number, t_ms, false);
}

/* Two hits, which ban nobody, and the third. */
static enum brake_verdict ban(struct fixture *fixture, unsigned number, int64_t t_ms)
{
    assert_int_equal(hit(fixture, number, t_ms), BRAKE_PASS);
    assert_int_equal(hit(fixture, number, t_ms), BRAKE_PASS);
    return hit(fixture, number, t_ms);
}

static void as_many_as_allowed_are_banned_within_a_minute(void **state)
{
    assert_int_equal(ban(*state, 1, WALL_MS - 59000), BRAKE_PASS);
    assert_int_equal(ban(*state, 2, WALL_MS - 1), BRAKE_PASS);
    assert_int_equal(ban(*state, 3, WALL_MS), BRAKE_HOLD);
}

static void after_a_minute_there_is_room_again(void **state)
{
    assert_int_equal(ban(*state, 1, WALL_MS - 60000), BRAKE_PASS);
    assert_int_equal(ban(*state, 2, WALL_MS), BRAKE_PASS);
    assert_int_equal(ban(*state, 3, WALL_MS), BRAKE_PASS);
    assert_int_equal(ban(*state, 4, WALL_MS), BRAKE_HOLD);
}

/* Seconds that are far apart share a slot. */
static void what_was_long_ago_does_not_count(void **state)
{
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(ban(*state, i, WALL_MS - BRAKE_SLOTS * 1000), BRAKE_PASS);
    assert_int_equal(ban(*state, 2, WALL_MS), BRAKE_PASS);
    assert_int_equal(ban(*state, 3, WALL_MS), BRAKE_PASS);
    assert_int_equal(ban(*state, 4, WALL_MS), BRAKE_HOLD);
}

static void hits_of_whom_an_operator_banned_pass(void **state)
{
    struct fixture *fixture = *state;
    struct event event = {
        .type = EVENT_BAN, .wall_ms = WALL_MS, .addr = sender(1), .until_ms = TIME_NEVER_MS};

    step(&fixture->state, &event, &fixture->effects);
    run(fixture, EVENT_FLUSH);
    run(fixture, EVENT_COMMITTED);
    assert_int_equal(hit_when(fixture, 1, WALL_MS, true), BRAKE_PASS);
    assert_int_equal(ban(fixture, 1, WALL_MS), BRAKE_PASS);
    assert_int_equal(ban(fixture, 2, WALL_MS), BRAKE_PASS); /* they did not count */
    assert_int_equal(ban(fixture, 3, WALL_MS), BRAKE_PASS);
    assert_int_equal(ban(fixture, 4, WALL_MS), BRAKE_HOLD);
}

/* Hours of a log that are read at once. */
static void the_time_of_the_lines_decides(void **state)
{
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(ban(*state, i, WALL_MS - 3600000 + i * 60000), BRAKE_PASS);
}

/* Lines of several processes are not in order. */
static void late_lines_are_of_their_minute(void **state)
{
    assert_int_equal(ban(*state, 1, WALL_MS), BRAKE_PASS);
    assert_int_equal(ban(*state, 2, WALL_MS), BRAKE_PASS);
    assert_int_equal(ban(*state, 3, WALL_MS - 59000), BRAKE_HOLD);
    assert_int_equal(ban(*state, 4, WALL_MS - 60000), BRAKE_PASS);
}

static void hits_of_who_is_banned_pass_and_do_not_count(void **state)
{
    assert_int_equal(ban(*state, 1, WALL_MS), BRAKE_PASS);
    assert_int_equal(hit(*state, 1, WALL_MS), BRAKE_PASS); /* in the same turn */
    run(*state, EVENT_FLUSH);
    assert_int_equal(hit(*state, 1, WALL_MS), BRAKE_PASS);
    assert_int_equal(hit_when(*state, 1, WALL_MS, true), BRAKE_PASS);
    assert_int_equal(ban(*state, 2, WALL_MS), BRAKE_PASS);
    assert_int_equal(ban(*state, 3, WALL_MS), BRAKE_HOLD);
    assert_int_equal(hit_when(*state, 2, WALL_MS, true), BRAKE_PASS); /* before the flush, too */
}

static void once_engaged_it_holds_all_of_who_is_not_banned(void **state)
{
    assert_int_equal(hit_when(*state, 1, WALL_MS, true), BRAKE_HOLD);
    assert_int_equal(hit(*state, 1, WALL_MS), BRAKE_PASS);
}

static void who_is_on_the_allowlist_passes(void **state)
{
    struct fixture *fixture = *state;
    struct event event = {.type = EVENT_ALLOW,
                          .wall_ms = WALL_MS,
                          .addr = sender(0),
                          .on = true,
                          .until_ms = TIME_NEVER_MS};

    addr_widen(&event.addr, 28);
    step(&fixture->state, &event, &fixture->effects);
    for (unsigned i = 1; i < 16; i++)
        assert_int_equal(ban(*state, i, WALL_MS), BRAKE_PASS);
    assert_int_equal(hit_when(*state, 1, WALL_MS, true), BRAKE_PASS);
    assert_int_equal(ban(*state, 16, WALL_MS), BRAKE_PASS); /* they did not count */
    assert_int_equal(ban(*state, 17, WALL_MS), BRAKE_PASS);
    assert_int_equal(ban(*state, 18, WALL_MS), BRAKE_HOLD);
}

/* A log that is read again. */
static void a_strike_that_is_in_the_state_passes(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(hit(fixture, 1, WALL_MS), BRAKE_PASS);
    fixture->id--;
    assert_int_equal(hit_when(fixture, 1, WALL_MS, true), BRAKE_PASS);
    assert_int_equal(hit_when(fixture, 1, WALL_MS, true), BRAKE_HOLD); /* another one */
}

static void what_is_too_old_bans_nobody(void **state)
{
    assert_int_equal(hit_when(*state, 1, WALL_MS - STRIKE_HORIZON_MS, true), BRAKE_PASS);
    assert_int_equal(hit_when(*state, 1, WALL_MS - STRIKE_HORIZON_MS + 1, true), BRAKE_HOLD);
}

static void without_a_limit_there_is_no_brake(void **state)
{
    struct fixture *fixture = *state;

    fixture->brake.max = 0;
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(ban(fixture, i, WALL_MS), BRAKE_PASS);
    assert_int_equal(hit_when(fixture, 60, WALL_MS, true), BRAKE_PASS);
}

/* An unban makes the former hits void. */
static void who_was_unbanned_counts_anew(void **state)
{
    struct fixture *fixture = *state;
    struct event event = {.type = EVENT_UNBAN, .wall_ms = WALL_MS - 1000, .addr = sender(1)};

    assert_int_equal(ban(fixture, 1, WALL_MS - 2000), BRAKE_PASS);
    step(&fixture->state, &event, &fixture->effects);
    run(fixture, EVENT_FLUSH);
    run(fixture, EVENT_COMMITTED);
    assert_int_equal(ban(fixture, 1, WALL_MS + 1000), BRAKE_PASS);
    assert_int_equal(ban(fixture, 2, WALL_MS + 1000), BRAKE_HOLD);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(as_many_as_allowed_are_banned_within_a_minute),
        TEST(after_a_minute_there_is_room_again),
        TEST(what_was_long_ago_does_not_count),
        TEST(hits_of_whom_an_operator_banned_pass),
        TEST(the_time_of_the_lines_decides),
        TEST(late_lines_are_of_their_minute),
        TEST(hits_of_who_is_banned_pass_and_do_not_count),
        TEST(once_engaged_it_holds_all_of_who_is_not_banned),
        TEST(who_is_on_the_allowlist_passes),
        TEST(a_strike_that_is_in_the_state_passes),
        TEST(what_is_too_old_bans_nobody),
        TEST(without_a_limit_there_is_no_brake),
        TEST(who_was_unbanned_counts_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
