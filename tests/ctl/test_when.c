/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times for people: parsing, units, past and future.
 */
#include "when.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>
/* clang-format on */

#define NOW_MS 1795427040000 /* 2026-11-23T09:44:00Z */

static void expect_relative(const char *time, const char *wanted)
{
    char text[WHEN_TEXT_SIZE];
    assert_string_equal(when_relative(time, NOW_MS, "absent", text), wanted);
}

static void expect_span(int64_t ms, const char *wanted, const char *wanted_long)
{
    char text[WHEN_TEXT_SIZE];
    when_span(ms, text);
    assert_string_equal(text, wanted);
    when_span_long(ms, text);
    assert_string_equal(text, wanted_long);
}

static void test_parse(void **state)
{
    (void)state;
    int64_t ms;
    assert_int_equal(when_parse("2026-11-23T09:44:00Z", &ms), 0);
    assert_true(ms == NOW_MS);
    assert_int_equal(when_parse("1970-01-01T00:00:01.999Z", &ms), 0);
    assert_true(ms == 1000);
    assert_int_equal(when_parse("2024-02-29T23:59:59Z", &ms), 0);
    assert_true(ms == 1709251199000);
}

static void test_no_times(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "soon",
                                        "2026-11-23T09:44:00",
                                        "2026-11-23 09:44:00Z",
                                        "2026-11-23T09:44:00+01:00",
                                        "2026-11-23T09:44:00Zx",
                                        "26-11-23T09:44:00Z",
                                        "2026-1-23T09:44:00Z"};
    int64_t ms;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(when_parse(texts[i], &ms), -1);
}

static void test_span(void **state)
{
    (void)state;
    expect_span(0, "0s", "0s");
    expect_span(499, "0s", "0s");
    expect_span(999, "1s", "0s");
    expect_span(59499, "59s", "59s");
    expect_span(59999, "1m", "59s");
    expect_span(60000, "1m", "1m 0s");
    expect_span(3569999, "59m", "59m 29s");
    expect_span(3599999, "1h", "59m 59s");
    expect_span(3600000, "1h", "1h 0m");
    expect_span(7530000, "2h 6m", "2h 5m");
    expect_span(86399999, "1d", "23h 59m");
    expect_span(601200000, "6d 23h", "6d 23h");
    expect_span(604799000, "7d", "6d 23h");
    expect_span(273600000, "3d 4h", "3d 4h");
    expect_span(INT64_MAX, "106751991167d 7h", "106751991167d 7h");
}

static void test_relative(void **state)
{
    (void)state;
    expect_relative("2026-11-23T07:40:00Z", "2h 4m ago");
    expect_relative("2026-11-23T09:44:00Z", "0s ago");
    expect_relative("2026-11-23T10:41:59Z", "in 58m");
    expect_relative("2026-12-01T09:44:00Z", "in 8d");
    expect_relative(NULL, "absent");
    expect_relative("no time, but a text that is far too long", "no time, but a text that is far");
}

static void expect_local(const char *time, const char *wanted_day, const char *wanted_clock)
{
    char day[WHEN_TEXT_SIZE], clock[WHEN_TEXT_SIZE];
    when_local(time, day, clock);
    assert_string_equal(day, wanted_day);
    assert_string_equal(clock, wanted_clock);
}

static void test_local(void **state)
{
    (void)state;
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    expect_local("2026-11-23T23:44:09Z", "2026-11-24", "00:44:09");
    expect_local("2026-07-23T21:44:09.5Z", "2026-07-23", "23:44:09");
    expect_local(NULL, "-", "-");
    expect_local("tomorrow", "-", "-");
}

static void expect_short(const char *time, const char *wanted)
{
    char text[WHEN_TEXT_SIZE];
    assert_string_equal(when_short(time, NOW_MS, text), wanted);
}

static void test_short(void **state)
{
    (void)state;
    expect_short("2026-11-23T09:44:00Z", "11-23 09:44Z");
    expect_short("2026-05-25T09:44:00Z", "05-25 09:44Z");
    expect_short("2026-05-23T09:44:00Z", "2026-05-23");
    expect_short("2027-05-23T23:59:59.9Z", "05-23 23:59Z");
    expect_short("2027-06-23T09:44:00Z", "2027-06-23");
    expect_short("soon", "soon");
    expect_short(NULL, "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse), cmocka_unit_test(test_no_times),
        cmocka_unit_test(test_span),  cmocka_unit_test(test_relative),
        cmocka_unit_test(test_local), cmocka_unit_test(test_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
