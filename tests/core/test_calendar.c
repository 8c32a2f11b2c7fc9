/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calendar: what instants a wall clock's reading may stand for, in zones all over the world.
 */
#include "calendar.h"

#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "zone.h"

#define HOUR_S 3600
#define DAY_S 86400

/* 2026-10-25 in Berlin: at 03:00 summer time (01:00 UTC) the clock goes back to 02:00. */
#define AUTUMN_S 1792890000
/* 2026-03-29: at 02:00 (01:00 UTC) it goes forward to 03:00. */
#define SPRING_S 1774746000

static void expect(int64_t shown_s, enum calendar_reading kind, int64_t early_s, int64_t late_s)
{
    struct calendar_readings readings = calendar_read(shown_s, zone_east);

    assert_int_equal(readings.kind, kind);
    assert_int_equal(readings.early_s, early_s);
    assert_int_equal(readings.late_s, late_s);
}

static void test_days(void **state)
{
    (void)state;
    assert_true(calendar_is_day(2026, 1, 31));
    assert_true(calendar_is_day(1970, 1, 1));
    assert_true(calendar_is_day(9999, 12, 31));
    assert_true(calendar_is_day(2028, 2, 29));
    assert_true(calendar_is_day(2000, 2, 29));
    assert_false(calendar_is_day(2100, 2, 29));
    assert_false(calendar_is_day(2027, 2, 29));
    assert_false(calendar_is_day(2028, 2, 30));
    assert_false(calendar_is_day(2026, 4, 31));
    assert_false(calendar_is_day(2026, 0, 1));
    assert_false(calendar_is_day(2026, 13, 1));
    assert_false(calendar_is_day(2026, INT32_MIN, 1));
    assert_false(calendar_is_day(2026, 1, 0));
    assert_false(calendar_is_day(2026, 1, INT32_MAX));
    assert_false(calendar_is_day(1969, 12, 31));
    assert_false(calendar_is_day(10000, 1, 1));
    assert_false(calendar_is_day(-1, 2, 29));
}

/* Day by day until the year 2400, against the C library. */
static void test_utc_and_year(void **state)
{
    (void)state;
    for (time_t t = 0; t < 13569465600; t += DAY_S) {
        struct tm tm;

        assert_non_null(gmtime_r(&t, &tm));
        assert_int_equal(calendar_utc_s(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, 23, 59),
                         t + DAY_S - 60);
        assert_int_equal(calendar_year(t), tm.tm_year + 1900);
        assert_int_equal(calendar_year(t + DAY_S - 1), tm.tm_year + 1900);
    }
    assert_int_equal(calendar_utc_s(9999, 12, 31, 0, 0), 253402214400);
    assert_int_equal(calendar_year(253402214400), 9999);
    assert_int_equal(calendar_year(INT64_MAX), 9999);
}

/* Every 17 minutes of two years: one of the readings of what the zone's clock shows is the instant,
 * and a second one is there exactly if the clock shows the same at another instant. */
static void test_two_years_read_back(void **state)
{
    static const char *const zones[] = {
        "Europe/Berlin",       "Europe/London",
        "America/New_York",    "America/St_Johns",
        "Australia/Lord_Howe",                    /* half an hour of summer time */
        "Asia/Kathmandu",                         /* UTC+05:45 */
        "America/Santiago",    "Pacific/Chatham", /* UTC+12:45, summer time at 02:45 */
        "Pacific/Kiritimati",  "UTC",
        "Africa/Casablanca", /* winter is a month */
    };
    const time_t first = 1767225600 - DAY_S; /* the end of 2025 */

    (void)state;
    for (size_t zone = 0; zone < sizeof(zones) / sizeof(zones[0]); zone++) {
        zone_set(zones[zone]);
        for (time_t t = first; t < first + 2 * 366 * DAY_S; t += 1020) {
            int64_t east_s, other_s, other_east_s;

            assert_true(zone_east(t, &east_s));
            struct calendar_readings readings = calendar_read(t + east_s, zone_east);
            assert_true(readings.kind == CALENDAR_ONCE || readings.kind == CALENDAR_TWICE);
            assert_true(readings.early_s == t || readings.late_s == t);
            assert_true((readings.kind == CALENDAR_TWICE) == (readings.early_s < readings.late_s));
            other_s = readings.early_s == t ? readings.late_s : readings.early_s;
            assert_true(zone_east(other_s, &other_east_s));
            assert_int_equal(other_s + other_east_s, t + east_s);
        }
    }
}

/* The hours before and after are read once. */
static void test_hour_repeated(void **state)
{
    const int64_t shown_s = AUTUMN_S + HOUR_S; /* 02:00 */

    (void)state;
    zone_set("Europe/Berlin");
    expect(shown_s - 60, CALENDAR_ONCE, AUTUMN_S - HOUR_S - 60, AUTUMN_S - HOUR_S - 60);
    expect(shown_s, CALENDAR_TWICE, AUTUMN_S - HOUR_S, AUTUMN_S);
    expect(shown_s + HOUR_S - 60, CALENDAR_TWICE, AUTUMN_S - 60, AUTUMN_S + HOUR_S - 60);
    expect(shown_s + HOUR_S, CALENDAR_ONCE, AUTUMN_S + HOUR_S, AUTUMN_S + HOUR_S);
}

static void test_hour_left_out(void **state)
{
    const int64_t shown_s = SPRING_S + HOUR_S; /* 02:00 */

    (void)state;
    zone_set("Europe/Berlin");
    expect(shown_s - 60, CALENDAR_ONCE, SPRING_S - 60, SPRING_S - 60);
    /* 02:30 was shown by no right clock; by one not yet put forward at 03:30. */
    expect(shown_s + 1800, CALENDAR_SKIPPED, SPRING_S + 1800, SPRING_S + 1800);
    expect(shown_s + HOUR_S, CALENDAR_ONCE, SPRING_S, SPRING_S);
}

/* Lord Howe goes back by half an hour, at 02:00 on 5 April 2026 (4 April, 15:00 UTC). */
static void test_half_an_hour(void **state)
{
    const int64_t change_s = 1775314800;

    (void)state;
    zone_set("Australia/Lord_Howe");
    int64_t shown_s = change_s + 11 * HOUR_S; /* 02:00 */
    expect(shown_s - 1800 - 60, CALENDAR_ONCE, change_s - 1800 - 60, change_s - 1800 - 60);
    expect(shown_s - 1800, CALENDAR_TWICE, change_s - 1800, change_s);
    expect(shown_s - 60, CALENDAR_TWICE, change_s - 60, change_s + 1800 - 60);
    expect(shown_s, CALENDAR_ONCE, change_s + 1800, change_s + 1800);
}

static bool knows_the_past(int64_t instant_s, int64_t *east_s)
{
    *east_s = 0;
    return instant_s < 1000000;
}

static bool knows_the_future(int64_t instant_s, int64_t *east_s)
{
    *east_s = 0;
    return instant_s >= 1000000;
}

/* Fails between the two days: the offsets differ, and neither can be proved. */
static bool knows_only_days_off(int64_t instant_s, int64_t *east_s)
{
    *east_s = instant_s < 1000000 ? HOUR_S : 0;
    return instant_s <= 1000000 - DAY_S || instant_s >= 1000000 + DAY_S;
}

static void test_zone_that_cannot_tell(void **state)
{
    (void)state;
    assert_int_equal(calendar_read(1000000, knows_the_past).kind, CALENDAR_NONE);
    assert_int_equal(calendar_read(1000000, knows_the_future).kind, CALENDAR_NONE);
    assert_int_equal(calendar_read(1000000, knows_only_days_off).kind, CALENDAR_SKIPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_utc_and_year),
        cmocka_unit_test(test_two_years_read_back),
        cmocka_unit_test(test_hour_repeated),
        cmocka_unit_test(test_hour_left_out),
        cmocka_unit_test(test_half_an_hour),
        cmocka_unit_test(test_zone_that_cannot_tell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
