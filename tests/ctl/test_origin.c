/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of an imported ban's reason: put together, taken apart, and what is none.
 */
#include "origin.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>

#define SINCE "2026-11-20T07:44:00Z"

static void expect(const char *reason, const char *since, const char *actor, const char *wanted)
{
    struct origin origin = {.reason = ""}, again;
    char text[REASON_BYTES_MAX + 1];
    snprintf(origin.reason, sizeof(origin.reason), "%s", reason);
    snprintf(origin.since, sizeof(origin.since), "%s", since);
    snprintf(origin.actor, sizeof(origin.actor), "%s", actor);
    origin_join(&origin, text);
    assert_string_equal(text, wanted);
    origin_split(text, &again);
    origin_join(&again, text);
    assert_string_equal(text, wanted);
}

static void test_both_ways(void **state)
{
    (void)state;
    expect("ticket", SINCE, "alice", "ticket [since " SINCE " by alice]");
    expect("ticket", SINCE, "", "ticket [since " SINCE "]");
    expect("", SINCE, "uid 1000", "[since " SINCE " by uid 1000]");
    expect("ticket", "", "alice", "ticket");
    expect("", "", "", "");
}

static void test_what_cannot_be_told_apart_is_left_out(void **state)
{
    (void)state;
    expect("ticket", SINCE, "a]b", "ticket [since " SINCE "]");
    expect("ticket", SINCE, "a\nb", "ticket [since " SINCE "]");
    expect("ticket", SINCE, "a\x7f", "ticket [since " SINCE "]");
    expect("ticket", "2026-11-20 07:44:00 ", "alice", "ticket");
    expect("ticket", "2026-13-20T07:44:00Z", "alice", "ticket");
}

/* What it explains comes back whole from an import. */
static void check_explained(const char *parts, const char *wanted)
{
    struct origin origin = {.since = SINCE};
    origin_explain(&origin, parts);
    assert_string_equal(origin.reason, wanted);
    char text[REASON_BYTES_MAX + 1];
    struct origin again;
    origin_join(&origin, text);
    origin_split(text, &again);
    assert_string_equal(again.reason, wanted);
    assert_string_equal(again.since, SINCE);
}

static void test_explained(void **state)
{
    (void)state;
    char parts[REASON_BYTES_MAX + 64], fits[REASON_BYTES_MAX + 1];
    check_explained("10 hits, bob@example.org", "10 hits, bob@example.org");
    check_explained("", "");
    size_t room = REASON_BYTES_MAX - strlen(" [since " SINCE "]");
    for (size_t more = 0; more <= 2; more++) {
        snprintf(fits, sizeof(fits), "10 hits, %0*d", (int)(room - strlen("10 hits, ")), 7);
        snprintf(parts, sizeof(parts), "%s%.*s", fits, (int)more, "x,");
        check_explained(parts, more == 0 ? fits : "10 hits");
    }
    snprintf(parts, sizeof(parts), "10 hits, alice, %0*d, bob", (int)room, 7);
    check_explained(parts, "10 hits, alice");
    snprintf(parts, sizeof(parts), "%0*d", (int)room + 1, 7);
    check_explained(parts, "");
}

static void check_split(const char *text, const char *reason, const char *since, const char *actor)
{
    struct origin origin;
    origin_split(text, &origin);
    assert_string_equal(origin.reason, reason);
    assert_string_equal(origin.since, since);
    assert_string_equal(origin.actor, actor);
}

static void test_split(void **state)
{
    (void)state;
    check_split(NULL, "", "", "");
    check_split("a [since " SINCE " by b c]", "a", SINCE, "b c");
    check_split("a [since " SINCE "] [since 2026-11-21T07:44:00Z by b]", "a [since " SINCE "]",
                "2026-11-21T07:44:00Z", "b");
    static const char *const none[] = {
        "a[since " SINCE " by b]",
        "a [since " SINCE " by b] ",
        "a [since " SINCE " by ]",
        "a [since " SINCE "by b]",
        "a [since yesterday by b]",
        "[since ]",
        "]",
        "a [since " SINCE "x]",
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        check_split(none[i], none[i], "", "");
}

/* The reason makes room, by whole characters. */
static void test_long(void **state)
{
    (void)state;
    struct origin origin = {.since = SINCE, .actor = "alice"}, again;
    char text[REASON_BYTES_MAX + 1];
    for (size_t i = 0; i + 2 <= REASON_BYTES_MAX; i += 2)
        memcpy(origin.reason + i, "\xc3\xa4", 3);
    origin_join(&origin, text);
    assert_in_range(strlen(text), REASON_BYTES_MAX - 1, REASON_BYTES_MAX);
    origin_split(text, &again);
    assert_string_equal(again.since, SINCE);
    assert_string_equal(again.actor, "alice");
    assert_int_equal(strlen(again.reason) % 2, 0);
    assert_memory_equal(again.reason, origin.reason, strlen(again.reason));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_what_cannot_be_told_apart_is_left_out),
        cmocka_unit_test(test_explained),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
