/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers of log lines: the forms that are taken, and that nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "line_header.h"

#define FUNCTION "<aa0001>; proxy; rspamd_task_write_log: "

struct header_case {
    const char *header;
    struct line_time time;
};

/* Offset of the message, or -1. The line is scanned in an allocation of its exact size. */
static long scan(const char *line, size_t length, struct line_time *time)
{
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, line, length);
    const char *message = line_header(copy, length, time);
    long offset = message ? (long)(message - copy) : -1;
    free(copy);
    return offset;
}

static void expect_time(const struct line_time *is, const struct line_time *expected)
{
    assert_int_equal(is->year, expected->year);
    assert_int_equal(is->month, expected->month);
    assert_int_equal(is->day, expected->day);
    assert_int_equal(is->hour, expected->hour);
    assert_int_equal(is->minute, expected->minute);
    assert_int_equal(is->second, expected->second);
    assert_int_equal(is->millisecond, expected->millisecond);
}

static void all_forms_are_taken(void **state)
{
    (void)state;
    static const struct header_case cases[] = {
        {"2026-11-23 10:00:00 #77(rspamd_proxy) " FUNCTION, {2026, 11, 23, 10, 0, 0, 0}},
        {"2026-01-02 03:04:05.67891 #1(rspamd_proxy) " FUNCTION, {2026, 1, 2, 3, 4, 5, 678}},
        {"2026-01-02 03:04:05.5 [notice] #1(rspamd_proxy) " FUNCTION, {2026, 1, 2, 3, 4, 5, 500}},
        {"2026-01-02 03:04:05.06 [notice] #1(rspamd_proxy) " FUNCTION, {2026, 1, 2, 3, 4, 5, 60}},
        {"2026-12-31 23:59:60 [notice] #4194304(rspamd_proxy) " FUNCTION,
         {2026, 12, 31, 23, 59, 60, 0}},
        {"2026-01-02 03:04:05 #1(normal) <a>; task; rspamd_task_write_log: ",
         {2026, 1, 2, 3, 4, 5, 0}},
        {"2026-01-02 03:04:05 #1(x) <0123456789abcdef0123456789abcdef>; proxy; "
         "rspamd_task_write_log: ",
         {2026, 1, 2, 3, 4, 5, 0}},
        {"Nov 23 09:51:48 mx1 rspamd[22099]: " FUNCTION, {-1, 11, 23, 9, 51, 48, 0}},
        {"Feb  3 09:51:48 mx1.example.org rspamd[1]: " FUNCTION, {-1, 2, 3, 9, 51, 48, 0}},
        {"Feb 03 09:51:48 2001:db8::1 rspamd[1]: " FUNCTION, {-1, 2, 3, 9, 51, 48, 0}},
        {"Dec 31 09:51:48 mx1 rspamd[1]: (rspamd_proxy) " FUNCTION, {-1, 12, 31, 9, 51, 48, 0}},
        {"2026-11-23T09:51:48.123456+01:00 mx1 rspamd[1]: " FUNCTION,
         {2026, 11, 23, 9, 51, 48, 123}},
        {"2026-11-23T09:51:48-11:30 mx1 rspamd[1]: (normal) " FUNCTION,
         {2026, 11, 23, 9, 51, 48, 0}},
        {"2026-11-23T09:51:48Z mx1 rspamd[1]: " FUNCTION, {2026, 11, 23, 9, 51, 48, 0}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct line_time time;
        size_t length = strlen(cases[i].header);
        if (scan(cases[i].header, length, &time) != (long)length)
            fail_msg("not taken: %s", cases[i].header);
        expect_time(&time, &cases[i].time);
        /* With a byte less there is no header, wherever the line ends. */
        for (size_t shorter = 0; shorter < length; shorter++)
            assert_int_equal(scan(cases[i].header, shorter, &time), -1);
    }
}

static void what_follows_is_not_looked_at(void **state)
{
    (void)state;
    struct line_time time;
    const char *line =
        "2026-11-23 10:00:00 #77(rspamd_proxy) " FUNCTION "2026-11-23 10:00:01 #7(x) " FUNCTION "x";
    assert_int_equal(scan(line, strlen(line), &time), 38 + (long)strlen(FUNCTION));
}

static void every_month_has_its_number(void **state)
{
    (void)state;
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; i < 12; i++) {
        char line[] = "... 10 09:51:48 mx1 rspamd[1]: " FUNCTION;
        struct line_time time;
        memcpy(line, names[i], 3);
        assert_int_equal(scan(line, strlen(line), &time), (long)strlen(line));
        assert_int_equal(time.month, i + 1);
    }
}

static void expect_none(const char *line)
{
    struct line_time time;
    if (scan(line, strlen(line), &time) != -1)
        fail_msg("taken: %s", line);
}

static void other_times_are_refused(void **state)
{
    (void)state;
#define FILE_REST " #77(rspamd_proxy) " FUNCTION
#define SYSLOG_REST " mx1 rspamd[1]: " FUNCTION
    expect_none(FUNCTION);
    expect_none(FILE_REST);
    expect_none(" 2026-11-23 10:00:00" FILE_REST);
    expect_none("x2026-11-23 10:00:00" FILE_REST);
    expect_none("2026-11-23  10:00:00" FILE_REST);
    expect_none("2026-11-23 10:00:00 " FILE_REST);
    expect_none("2026-11-23T10:00:00" FILE_REST);
    expect_none("2026-11-23 10:00" FILE_REST);
    expect_none("2026/11/23 10:00:00" FILE_REST);
    expect_none("26-11-23 10:00:00" FILE_REST);
    expect_none("2026-13-23 10:00:00" FILE_REST);
    expect_none("2026-00-23 10:00:00" FILE_REST);
    expect_none("2026-11-32 10:00:00" FILE_REST);
    expect_none("2026-11-00 10:00:00" FILE_REST);
    expect_none("2026-11-23 24:00:00" FILE_REST);
    expect_none("2026-11-23 10:60:00" FILE_REST);
    expect_none("2026-11-23 10:00:61" FILE_REST);
    expect_none("2026-11-23 10:00:00." FILE_REST);
    expect_none("2026-11-23 10:00:00.1234567890" FILE_REST);
    expect_none("Nov 23 10:00:00" FILE_REST);
    expect_none("2026-11-23 10:00:00" SYSLOG_REST);
    expect_none("2026-11-23T10:00:00" SYSLOG_REST);
    expect_none("2026-11-23T10:00:00+0100" SYSLOG_REST);
    expect_none("Nuv 23 10:00:00" SYSLOG_REST);
    expect_none("nov 23 10:00:00" SYSLOG_REST);
    expect_none("Nov 3 10:00:00" SYSLOG_REST);
    expect_none("Nov   3 10:00:00" SYSLOG_REST);
    expect_none("Nov 00 10:00:00" SYSLOG_REST);
}

static void other_writers_are_refused(void **state)
{
    (void)state;
#define FILE_TIME "2026-11-23 10:00:00 "
#define SYSLOG_TIME "Nov 23 10:00:00 "
    expect_none(FILE_TIME FUNCTION);
    expect_none(FILE_TIME "[] #77(rspamd_proxy) " FUNCTION);
    expect_none(FILE_TIME "[no tice] #77(rspamd_proxy) " FUNCTION);
    expect_none(FILE_TIME "#(rspamd_proxy) " FUNCTION);
    expect_none(FILE_TIME "#12345678901(rspamd_proxy) " FUNCTION);
    expect_none(FILE_TIME "#77() " FUNCTION);
    expect_none(FILE_TIME "#77(a b) " FUNCTION);
    expect_none(FILE_TIME "#77 " FUNCTION);
    expect_none(FILE_TIME "77(rspamd_proxy) " FUNCTION);
    expect_none(SYSLOG_TIME "mx1 rspamd: " FUNCTION);
    expect_none(SYSLOG_TIME "mx1 notrspamd[1]: " FUNCTION);
    expect_none(SYSLOG_TIME "mx1 rspamd2[1]: " FUNCTION);
    expect_none(SYSLOG_TIME "mx1 rspamd[]: " FUNCTION);
    expect_none(SYSLOG_TIME "mx1 rspamd[x]: " FUNCTION);
    expect_none(SYSLOG_TIME "mx1 a rspamd[1]: " FUNCTION);
    expect_none(SYSLOG_TIME "rspamd[1]: " FUNCTION);
    expect_none(SYSLOG_TIME "mx1 rspamd[1]: #77(rspamd_proxy) " FUNCTION);
    expect_none(SYSLOG_TIME "mx1 postfix/smtpd[1]: " FILE_TIME "#77(rspamd_proxy) " FUNCTION);
}

static void other_functions_are_refused(void **state)
{
    (void)state;
#define FILE_START "2026-11-23 10:00:00 #77(rspamd_proxy) "
    expect_none(FILE_START "<aa0001>; lua; rspamd_task_write_log: ");
    expect_none(FILE_START "<aa0001>; proxy; rspamd_add_passthrough_result: ");
    expect_none(FILE_START "<aa0001>; proxy; rspamd_task_write_log2: ");
    expect_none(FILE_START "<aa0001>; proxy; x; rspamd_task_write_log: ");
    expect_none(FILE_START "<aa0001>; proxy;rspamd_task_write_log: ");
    expect_none(FILE_START "<>; proxy; rspamd_task_write_log: ");
    expect_none(FILE_START "<a a>; proxy; rspamd_task_write_log: ");
    expect_none(FILE_START "aa0001; proxy; rspamd_task_write_log: ");
    expect_none(FILE_START "<aa0001> proxy; rspamd_task_write_log: ");
    expect_none(FILE_START "<aa0001>; ratelimit.lua:617: ratelimit ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_forms_are_taken),
        cmocka_unit_test(what_follows_is_not_looked_at),
        cmocka_unit_test(every_month_has_its_number),
        cmocka_unit_test(other_times_are_refused),
        cmocka_unit_test(other_writers_are_refused),
        cmocka_unit_test(other_functions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
