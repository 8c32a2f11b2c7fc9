/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: the zone around the changes of summer time, and times as text.
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

static int64_t east_at(int64_t ms)
{
    int64_t east_s;

    assert_true(clock_zone(ms / 1000, &east_s));
    return east_s;
}

/* A zone that is not installed would be UTC, without a word. */
static void test_zone(void **state)
{
    (void)state;
    assert_int_equal(east_at(SPRING_UTC_MS - 1000), 3600);
    assert_int_equal(east_at(SPRING_UTC_MS), 7200);
    assert_int_equal(east_at(AUTUMN_UTC_MS - 1000), 7200);
    assert_int_equal(east_at(AUTUMN_UTC_MS), 3600);
    set_zone("Asia/Kathmandu");
    assert_int_equal(east_at(AUTUMN_UTC_MS), 5 * 3600 + 45 * 60);
    set_zone("America/New_York");
    assert_int_equal(east_at(AUTUMN_UTC_MS), -4 * 3600);
    set_zone("Australia/Lord_Howe");
    assert_int_equal(east_at(AUTUMN_UTC_MS), 11 * 3600);
    assert_int_equal(east_at(1782864000000), 10 * 3600 + 1800); /* July */
    set_zone("UTC");
    assert_int_equal(east_at(AUTUMN_UTC_MS), 0);
}

static void test_zone_beyond_all_years(void **state)
{
    int64_t east_s;

    (void)state;
    assert_false(clock_zone(INT64_MAX, &east_s));
    assert_false(clock_zone(INT64_MIN, &east_s));
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

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_zone),
        TEST(test_zone_beyond_all_years),
        TEST(test_local_time_and_that_of_mails),
        TEST(test_wall_and_monotonic),
        TEST(test_monotonic_goes_on_while_the_machine_sleeps),
        TEST(test_print),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
