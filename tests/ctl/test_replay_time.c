/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What banctl needs to date the lines of a log without an agent: core's decisions in this
 * process' zone, and the lines that were doubtful.
 */
#include "linetime.h"

#include <stdlib.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"

/* 2026-10-25 in Berlin: at 03:00 summer time (01:00 UTC) the clock goes back to 02:00. */
#define AUTUMN_MS 1792890000000
#define MINUTE_MS 60000

static void test_file_order_decides(void **state)
{
    static const struct {
        int hour, minute;
        int after_change;
    } lines[] = {{1, 50, -70}, {2, 10, -50}, {2, 50, -10}, {2, 10, 10}, {2, 50, 50}, {3, 0, 60}};
    struct linetime time;
    struct linetime_doubts doubts = {0};
    enum linetime_basis basis;

    (void)state;
    assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
    tzset();
    linetime_open(&time, clock_zone, NULL);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct line_time line = {.form = LINE_TIME_LOCAL,
                                 .year = 2026,
                                 .month = 10,
                                 .day = 25,
                                 .hour = lines[i].hour,
                                 .minute = lines[i].minute};
        int64_t ms = linetime_next(&time, &line, AUTUMN_MS + 600 * MINUTE_MS, false, &basis);

        linetime_doubts_add(&doubts, basis, i + 1);
        assert_int_equal(ms, AUTUMN_MS + lines[i].after_change * MINUTE_MS);
    }
    assert_int_equal(doubts.repeated.count, 4);
    assert_int_equal(doubts.repeated.first_line, 2);
    assert_int_equal(doubts.repeated.last_line, 5);
    assert_int_equal(doubts.skipped.count + doubts.untold.count + doubts.impossible.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_order_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
