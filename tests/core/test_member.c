/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a member that lies can do here, and what it cannot: docs/DESIGN.md section 16, statement by
 * statement. Its entries are well-formed; where it must stay out altogether is tested elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "map.h"
#include "turn.h"

#define OWN 1
#define OTHER 2 /* in whose name the member speaks */
#define VICTIM "203.0.113.7"

static struct turn turn;
static uint64_t next_id = 100;

static int begin(void **state)
{
    (void)state;
    turn_open(&turn, OWN);
    return 0;
}

static int end(void **state)
{
    (void)state;
    turn_close(&turn);
    return 0;
}

/* Says that an operator at OTHER banned net, with a clock that is ahead by that much. */
static enum step_result say_ban(const char *net, int64_t ahead_ms)
{
    struct record record = {
        .manual = {.stamp = {(uint64_t)(turn.wall_ms + ahead_ms) << 16, OTHER},
                   .kind = MANUAL_BAN,
                   .until_ms = TIME_NEVER_MS},
    };
    enum step_result result = turn_record(&turn, net, &record, 0);

    turn_end(&turn, true);
    return result;
}

/* Says that one unbanned it, so that everything up to cut_ms is void. */
static enum step_result say_unban(const char *net, int64_t cut_ms)
{
    struct stamp stamp = {(uint64_t)turn.wall_ms << 16, OTHER};
    struct record record = {.cut = {stamp, cut_ms}, .manual = {.stamp = stamp}};
    enum step_result result = turn_record(&turn, net, &record, 0);

    turn_end(&turn, true);
    return result;
}

static enum step_result say_allow(const char *net, uint64_t owner, bool on)
{
    struct allow allow = {.addr = turn_addr(net),
                          .owner = owner,
                          .stamp = {(uint64_t)turn.wall_ms << 16, OTHER},
                          .on = on,
                          .until_ms = on ? TIME_NEVER_MS : 0};
    uint8_t bytes[512];
    size_t size = entry_write_allow(&allow, bytes, sizeof(bytes));

    return turn_entry(&turn, ENTRY_ALLOW, bytes, size);
}

static void hit(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        turn_strike(&turn, VICTIM, next_id++, 0);
        turn_pass(&turn, 1000);
    }
    turn_end(&turn, true);
}

static void it_bans_and_unbans_in_other_names(void **state)
{
    (void)state;
    assert_int_equal(say_ban(VICTIM, 0), STEP_CHANGED);
    assert_true(turn_is_banned(&turn, VICTIM));
    for (unsigned i = 0; i < turn_policy.threshold; i++)
        assert_int_equal(turn_peer_strike(&turn, "203.0.113.8", OTHER, i + 1, turn.wall_ms - 1000),
                         STEP_CHANGED);
    turn_end(&turn, true);
    assert_true(turn_is_banned(&turn, "203.0.113.8"));
    assert_int_equal(say_unban("203.0.113.8", turn.wall_ms), STEP_CHANGED);
    assert_false(turn_is_banned(&turn, "203.0.113.8"));
}

static void an_unban_of_it_holds_a_minute_at_most(void **state)
{
    (void)state;
    assert_int_equal(say_unban(VICTIM, turn.wall_ms + CLOCK_SKEW_MS_MAX + 1), STEP_CLOCK);
    assert_int_equal(say_unban(VICTIM, turn.wall_ms + CLOCK_SKEW_MS_MAX), STEP_CHANGED);
    hit(turn_policy.threshold);
    assert_false(turn_is_banned(&turn, VICTIM));
    turn_pass(&turn, CLOCK_SKEW_MS_MAX);
    hit(turn_policy.threshold);
    assert_true(turn_is_banned(&turn, VICTIM)); /* unless it says so again and again */
}

static void it_does_not_overrule_the_next_command(void **state)
{
    (void)state;
    assert_int_equal(say_ban(VICTIM, CLOCK_SKEW_MS_MAX), STEP_CHANGED);
    assert_true(turn_is_banned(&turn, VICTIM));
    turn_command(&turn, VICTIM, 0, 1);
    turn_end(&turn, true);
    assert_false(turn_is_banned(&turn, VICTIM));
    assert_int_equal(say_ban("203.0.113.9", CLOCK_SKEW_MS_MAX + 1000), STEP_CLOCK);
    assert_false(turn_is_banned(&turn, "203.0.113.9"));
}

static void nothing_it_says_is_wider_than_the_widest(void **state)
{
    struct map_text map = {0};

    (void)state;
    say_ban("192.0.0.0/7", 0);
    say_ban("0.0.0.0/0", 0);
    say_ban("2001:d00::/24", 0);
    assert_int_equal(map_render(&turn.state, &map, NULL), 0);
    assert_int_equal(map.entries, 0);
    say_ban("198.0.0.0/8", 0);
    map_free(&map);
    assert_int_equal(map_render(&turn.state, &map, NULL), 0);
    assert_int_equal(map.entries, 1);
    assert_int_equal(say_allow("0.0.0.0/0", OTHER, true), STEP_CHANGED);
    turn_end(&turn, true);
    assert_false(turn_is_allowed(&turn, "198.51.100.7"));
    map_free(&map);
}

static void it_allows_whom_it_likes_and_fills_the_list(void **state)
{
    enum step_result result = STEP_CHANGED;
    size_t said = 0;

    (void)state;
    assert_int_equal(say_allow(VICTIM, ALLOW_OPERATOR, true), STEP_CHANGED);
    turn_end(&turn, true);
    hit(turn_policy.threshold);
    assert_true(turn_is_allowed(&turn, VICTIM)); /* banned, and not in the map */
    for (; result == STEP_CHANGED; said++) {
        char net[32];

        snprintf(net, sizeof(net), "10.%zu.%zu.%zu", said >> 16 & 255, said >> 8 & 255, said & 255);
        result = say_allow(net, OTHER, true);
    }
    turn_end(&turn,
             false); /* keeping so many rows would take long; what is said holds all the same */
    assert_int_equal(result, STEP_MEMORY);
    assert_int_equal(turn.state.allows.count, ALLOWS_MAX);
    /* Then the list takes nothing new, what is on it can be taken off, and bans go on. */
    assert_int_equal(turn_allow(&turn, "192.0.2.7", TIME_NEVER_MS, 7), STEP_MEMORY);
    turn_allow(&turn, VICTIM, 0, 8);
    turn_end(&turn, true);
    assert_false(turn_is_allowed(&turn, VICTIM));
    turn_command(&turn, "192.0.2.8", TIME_NEVER_MS, 9);
    turn_end(&turn, true);
    assert_true(turn_is_banned(&turn, "192.0.2.8"));
}

static void a_lease_it_ends_is_renewed(void **state)
{
    struct event event = {.type = EVENT_ALLOW,
                          .addr = turn_addr("192.0.2.7"),
                          .on = true,
                          .until_ms = turn.wall_ms + ALLOW_LEASE_MS};

    (void)state;
    assert_int_equal(turn_step(&turn, &event), STEP_CHANGED);
    turn_end(&turn, true);
    turn_pass(&turn, 1000);
    assert_int_equal(say_allow("192.0.2.7", OWN, false), STEP_CHANGED);
    turn_end(&turn, true);
    assert_false(turn_is_allowed(&turn, "192.0.2.7"));
    event.wall_ms = 0;
    assert_int_equal(turn_step(&turn, &event), STEP_CHANGED); /* as the node does within a second */
    turn_end(&turn, true);
    assert_true(turn_is_allowed(&turn, "192.0.2.7"));
}

/* What it says goes into the audit, and may push out all of it; that is seen. */
static void it_does_not_flush_the_audit_silently(void **state)
{
    struct audit audit = {.action = AUDIT_BAN,
                          .count = 1,
                          .has_subject = true,
                          .addr = turn_addr(VICTIM),
                          .actor = "root",
                          .reason = "done"};
    uint8_t bytes[AUDIT_BYTES_MAX];

    (void)state;
    turn_audit(&turn, &audit, 1);
    turn_end(&turn, true);
    turn_pass(&turn, 1000);
    for (uint64_t said = 0; said < AUDIT_MAX; said++) {
        audit.stamp = (struct stamp){((uint64_t)turn.wall_ms << 16) + said, OTHER};
        audit.forget_ms = turn.wall_ms + MEMORY_MS_MAX;
        assert_int_equal(
            turn_entry(&turn, ENTRY_AUDIT, bytes, audit_write(&audit, bytes, sizeof(bytes))),
            STEP_CHANGED);
        effects_clear(&turn.effects);
    }
    assert_int_equal(state_chronicle(&turn.state, ENTRY_AUDIT)->count, AUDIT_MAX);
    assert_int_equal(turn.state.counters.audits_displaced, 1); /* an alarm: counter.def */
    audit.stamp.hlc = (uint64_t)(turn.wall_ms + CLOCK_SKEW_MS_MAX + 1) << 16;
    assert_int_equal(
        turn_entry(&turn, ENTRY_AUDIT, bytes, audit_write(&audit, bytes, sizeof(bytes))),
        STEP_CLOCK); /* nor does it take the place of what is to come */
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(it_bans_and_unbans_in_other_names),
        TEST(an_unban_of_it_holds_a_minute_at_most),
        TEST(it_does_not_overrule_the_next_command),
        TEST(nothing_it_says_is_wider_than_the_widest),
        TEST(it_allows_whom_it_likes_and_fills_the_list),
        TEST(a_lease_it_ends_is_renewed),
        TEST(it_does_not_flush_the_audit_silently),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
