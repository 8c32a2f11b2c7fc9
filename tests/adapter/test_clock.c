/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: local time around the changes of the year and of summer time.
 */
#include "clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR_MS 3600000
#define MINUTE_MS 60000

/* 2026-10-25 in Berlin: at 03:00 summer time (01:00 UTC) the clock goes back to 02:00. */
#define AUTUMN_UTC_MS 1792890000000
/* 2026-03-29: at 02:00 (01:00 UTC) it goes forward to 03:00. */
#define SPRING_UTC_MS 1774746000000

static void set_zone(const char *zone)
{
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
}

static int begin(void **state)
{
    (void)state;
    set_zone("Europe/Berlin");
    return 0;
}

static void expect_text(int64_t ms, const char *text)
{
    char printed[CLOCK_TEXT_SIZE];

    clock_print(ms, printed);
    assert_string_equal(printed, text);
}

static void test_local_time_and_that_of_mails(void **state)
{
    char local[CLOCK_TEXT_SIZE], mail[CLOCK_TEXT_SIZE];

    (void)state;
    clock_print_local(SPRING_UTC_MS, local);
    clock_print_mail(SPRING_UTC_MS - 1, mail);
    assert_string_equal(local, "2026-03-29T03:00:00+02:00");
    assert_string_equal(mail, "Sun, 29 Mar 2026 01:59:59 +0100");
    clock_print_local(INT64_MAX, local);
    clock_print_mail(INT64_MAX, mail);
    assert_string_equal(local, "292278994-08-17T08:12:55+01:00");
    assert_string_equal(mail, "-");
}

static void test_zone_is_installed(void **state)
{
    (void)state;
    expect_text(AUTUMN_UTC_MS, "2026-10-25T01:00:00Z");
    expect_text(SPRING_UTC_MS, "2026-03-29T01:00:00Z");
    assert_int_equal(clock_local_ms(2026, 7, 1, 12, 0, 0, 0, 0),
                     clock_local_ms(2026, 7, 1, 11, 0, 0, 0, 0) + HOUR_MS);
    expect_text(clock_local_ms(2026, 7, 1, 12, 0, 0, 0, 0), "2026-07-01T10:00:00Z");
    expect_text(clock_local_ms(2026, 1, 1, 12, 0, 0, 0, 0), "2026-01-01T11:00:00Z");
}

static void test_wall_and_monotonic(void **state)
{
    time_t before = time(NULL);
    int64_t wall_ms = clock_wall_ms();
    int64_t first_ms = clock_monotonic_ms();

    (void)state;
    assert_in_range(wall_ms / 1000, before - 1, before + 60);
    assert_true(first_ms >= 0 && clock_monotonic_ms() >= first_ms);
}

/* To be seen failing, the two clocks must differ: unshare --time --boottime 1000. */
static void test_monotonic_goes_on_while_the_machine_sleeps(void **state)
{
    struct timespec before, after;
    int64_t now_ms;

    (void)state;
    assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &before), 0);
    now_ms = clock_monotonic_ms();
    assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &after), 0);
    assert_in_range(now_ms, (int64_t)before.tv_sec * 1000, (int64_t)after.tv_sec * 1000 + 1000);
}

static void test_print(void **state)
{
    (void)state;
    expect_text(0, "1970-01-01T00:00:00Z");
    expect_text(1795427040999, "2026-11-23T09:44:00Z");
    expect_text(-1, "1969-12-31T23:59:59Z");
    expect_text(951782400000, "2000-02-29T00:00:00Z");
    expect_text(INT64_MAX, "292278994-08-17T07:12:55Z");
    expect_text(INT64_MIN, "-292275055-05-16T16:47:04Z");
}

static void test_milliseconds(void **state)
{
    (void)state;
    assert_int_equal(clock_local_ms(2026, 11, 23, 10, 44, 0, 999, 0), 1795427040999);
}

/* Every 17 minutes of two years, in four zones: what localtime_r prints is read as the same
 * instant. */
static void test_two_years_read_back(void **state)
{
    static const char *const zones[] = {
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe", /* half an hour of summer time */
        "UTC",
    };
    const time_t first = 1767225600 - 86400; /* the end of 2025 */

    (void)state;
    for (size_t zone = 0; zone < sizeof(zones) / sizeof(zones[0]); zone++) {
        set_zone(zones[zone]);
        for (time_t t = first; t < first + 2 * 366 * 86400; t += 1020) {
            struct tm tm;

            assert_non_null(localtime_r(&t, &tm));
            assert_int_equal(clock_local_ms(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                                            tm.tm_hour, tm.tm_min, tm.tm_sec, 0,
                                            (int64_t)t * 1000 - 5000),
                             (int64_t)t * 1000);
        }
    }
}

static int64_t autumn(int hour, int minute, int64_t near_ms)
{
    return clock_local_ms(2026, 10, 25, hour, minute, 0, 0, near_ms);
}

static void test_ambiguous_hour(void **state)
{
    const int64_t first_ms = AUTUMN_UTC_MS - 20 * MINUTE_MS; /* 02:40 in summer time */
    const int64_t second_ms = first_ms + HOUR_MS;

    (void)state;
    /* Before: the first reading. */
    assert_int_equal(autumn(2, 40, first_ms - 5 * HOUR_MS), first_ms);
    assert_int_equal(autumn(2, 40, first_ms), first_ms);
    /* After a line of the first reading that shows a later time: the second. */
    assert_int_equal(autumn(2, 40, AUTUMN_UTC_MS - MINUTE_MS), second_ms);
    assert_int_equal(autumn(2, 40, second_ms), second_ms);
    /* Long after: the nearest, which is the second. */
    assert_int_equal(autumn(2, 40, second_ms + 5 * HOUR_MS), second_ms);
    /* Around it there is one reading whatever came before. */
    assert_int_equal(autumn(1, 59, second_ms), AUTUMN_UTC_MS - 61 * MINUTE_MS);
    assert_int_equal(autumn(3, 0, first_ms), AUTUMN_UTC_MS + HOUR_MS);
}

static void test_lines_in_disorder_stay_in_the_first_reading(void **state)
{
    const int64_t first_ms = AUTUMN_UTC_MS - 20 * MINUTE_MS;

    (void)state;
    assert_int_equal(autumn(2, 40, first_ms + 1), first_ms);
    assert_int_equal(autumn(2, 40, first_ms + 10000), first_ms);
    assert_int_equal(autumn(2, 40, first_ms + 10001), first_ms + HOUR_MS);
}

static void test_hour_left_out(void **state)
{
    (void)state;
    assert_int_equal(clock_local_ms(2026, 3, 29, 1, 59, 59, 0, 0), SPRING_UTC_MS - 1000);
    assert_int_equal(clock_local_ms(2026, 3, 29, 3, 0, 0, 0, 0), SPRING_UTC_MS);
    /* 02:30 was shown by no right clock; by one not yet put forward at 03:30. */
    assert_int_equal(clock_local_ms(2026, 3, 29, 2, 30, 0, 0, 0), SPRING_UTC_MS + 30 * MINUTE_MS);
}

static void test_without_year(void **state)
{
    const int64_t new_year_ms = clock_local_ms(2027, 1, 1, 0, 0, 0, 0, 0);

    (void)state;
    expect_text(new_year_ms, "2026-12-31T23:00:00Z");
    assert_int_equal(clock_local_ms(-1, 12, 31, 23, 59, 59, 0, new_year_ms), new_year_ms - 1000);
    assert_int_equal(clock_local_ms(-1, 1, 1, 0, 0, 0, 0, new_year_ms - 1), new_year_ms);
    assert_int_equal(
        clock_local_ms(-1, 1, 1, 0, 0, 0, 0, new_year_ms + 150 * 24 * (int64_t)HOUR_MS),
        new_year_ms);
    assert_int_equal(clock_local_ms(-1, 10, 25, 2, 40, 0, 0, AUTUMN_UTC_MS - MINUTE_MS),
                     AUTUMN_UTC_MS + 40 * MINUTE_MS);
}

static void test_leap_day(void **state)
{
    const int64_t leap_ms = clock_local_ms(2028, 2, 29, 12, 0, 0, 0, 0);

    (void)state;
    expect_text(leap_ms, "2028-02-29T11:00:00Z");
    assert_int_equal(clock_local_ms(-1, 2, 29, 12, 0, 0, 0, leap_ms + HOUR_MS), leap_ms);
    assert_int_equal(clock_local_ms(2027, 2, 29, 12, 0, 0, 0, 0), -1);
    assert_int_equal(
        clock_local_ms(-1, 2, 29, 12, 0, 0, 0, clock_local_ms(2026, 3, 1, 12, 0, 0, 0, 0)), -1);
}

static void test_leap_second(void **state)
{
    (void)state;
    assert_int_equal(clock_local_ms(2017, 1, 1, 0, 59, 60, 0, 0),
                     clock_local_ms(2017, 1, 1, 1, 0, 0, 0, 0));
}

static void test_out_of_range(void **state)
{
    static const int fields[][7] = {
        {2026, 0, 1, 0, 0, 0, 0},
        {2026, 13, 1, 0, 0, 0, 0},
        {2026, 1, 0, 0, 0, 0, 0},
        {2026, 1, 32, 0, 0, 0, 0},
        {2026, 4, 31, 0, 0, 0, 0},
        {2026, 1, 1, 24, 0, 0, 0},
        {2026, 1, 1, -1, 0, 0, 0},
        {2026, 1, 1, 0, 60, 0, 0},
        {2026, 1, 1, 0, -1, 0, 0},
        {2026, 1, 1, 0, 0, 61, 0},
        {2026, 1, 1, 0, 0, -1, 0},
        {2026, 1, 1, 0, 0, 0, 1000},
        {2026, 1, 1, 0, 0, 0, -1},
        {1969, 1, 1, 0, 0, 0, 0},
        {-2, 1, 1, 0, 0, 0, 0},
        {10000, 1, 1, 0, 0, 0, 0},
        {INT32_MAX, 1, 1, 0, 0, 0, 0},
        {2026, INT32_MIN, 1, 0, 0, 0, 0},
        {1970, 1, 1, 0, 0, 0, 0} /* before the epoch in Berlin */,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const int *f = fields[i];

        assert_int_equal(clock_local_ms(f[0], f[1], f[2], f[3], f[4], f[5], f[6], 0), -1);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_zone_is_installed),
        TEST(test_local_time_and_that_of_mails),
        TEST(test_wall_and_monotonic),
        TEST(test_monotonic_goes_on_while_the_machine_sleeps),
        TEST(test_print),
        TEST(test_milliseconds),
        TEST(test_two_years_read_back),
        TEST(test_ambiguous_hour),
        TEST(test_lines_in_disorder_stay_in_the_first_reading),
        TEST(test_hour_left_out),
        TEST(test_without_year),
        TEST(test_leap_day),
        TEST(test_leap_second),
        TEST(test_out_of_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
