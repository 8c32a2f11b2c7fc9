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

#include <bansync/limits.h>

#include "line_header.h"

#define FUNCTION "<aa0001>; proxy; rspamd_task_write_log: "

struct header_case {
    const char *header;
    struct line_time time;
    uint32_t pid;
    const char *tag;
};

/* Offset of the message, or -1. The line is scanned in an allocation of its exact size; texts of
 * *line that point into it are gone then, but for lengths. */
static long scan(const char *bytes, size_t length, struct line *line)
{
    static char scratch[LINE_BYTES_MAX];
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    line_header(copy, length, scratch, line);
    long offset = line->kind != LINE_OTHER ? (long)(line->message.bytes - copy) : -1;
    if (offset >= 0)
        assert_int_equal(line->message.length, length - (size_t)offset);
    if (line->kind != LINE_OTHER)
        assert_int_not_equal(line_header_guess(copy, length), LINE_OTHER);
    free(copy);
    return offset;
}

static void expect_time(const struct line_time *is, const struct line_time *expected)
{
    assert_int_equal(is->form, expected->form);
    assert_int_equal(is->year, expected->year);
    assert_int_equal(is->month, expected->month);
    assert_int_equal(is->day, expected->day);
    assert_int_equal(is->hour, expected->hour);
    assert_int_equal(is->minute, expected->minute);
    assert_int_equal(is->second, expected->second);
    assert_int_equal(is->millisecond, expected->millisecond);
    assert_int_equal(is->offset_min, expected->offset_min);
}

#define LOCAL(...)                         \
    {                                      \
        LINE_TIME_LOCAL, __VA_ARGS__, 0, 0 \
    }
#define OFFSET(...)                      \
    {                                    \
        LINE_TIME_OFFSET, __VA_ARGS__, 0 \
    }

static void all_forms_are_taken(void **state)
{
    (void)state;
    static const struct header_case cases[] = {
        {"2026-11-23 10:00:00 #77(rspamd_proxy) " FUNCTION, LOCAL(2026, 11, 23, 10, 0, 0, 0), 77,
         "aa0001"},
        {"2026-01-02 03:04:05.67891 #1(rspamd_proxy) " FUNCTION, LOCAL(2026, 1, 2, 3, 4, 5, 678), 1,
         "aa0001"},
        {"2026-01-02 03:04:05.5 [notice] #1(rspamd_proxy) " FUNCTION,
         LOCAL(2026, 1, 2, 3, 4, 5, 500), 1, "aa0001"},
        {"2026-01-02 03:04:05.06 [notice] #1(rspamd_proxy) " FUNCTION,
         LOCAL(2026, 1, 2, 3, 4, 5, 60), 1, "aa0001"},
        {"2026-12-31 23:59:60 [notice] #4194304(rspamd_proxy) " FUNCTION,
         LOCAL(2026, 12, 31, 23, 59, 60, 0), 4194304, "aa0001"},
        {"2026-01-02 03:04:05 #1(normal) <a>; task; rspamd_task_write_log: ",
         LOCAL(2026, 1, 2, 3, 4, 5, 0), 1, "a"},
        {"2026-01-02 03:04:05 #1(x) <0123456789abcdef0123456789abc>; proxy; "
         "rspamd_task_write_log: ",
         LOCAL(2026, 1, 2, 3, 4, 5, 0), 1, "0123456789abcdef0123456789abc"},
        /* With a long tag rspamd has no room for the whole name of the function. */
        {"2026-01-02 03:04:05 #1(x) <0123456789abcdef0123456789abcdef>; proxy; "
         "rspamd_task_write_l ",
         LOCAL(2026, 1, 2, 3, 4, 5, 0), 1, "0123456789abcdef0123456789abcdef"},
        {"2026-01-02 03:04:05 #1(x) <0123456789abcdef0123456789abcde>; task; "
         "rspamd_task_write_log ",
         LOCAL(2026, 1, 2, 3, 4, 5, 0), 1, "0123456789abcdef0123456789abcde"},
        {"2026-01-02 03:04:05 #1(x) <0123456789abcdef0123456789abcdef>; lua; ratelimit.lua:424: ",
         LOCAL(2026, 1, 2, 3, 4, 5, 0), 1, "0123456789abcdef0123456789abcdef"},
        {"\033[0;37m2026-11-23 10:00:00 #77(rspamd_proxy) " FUNCTION,
         LOCAL(2026, 11, 23, 10, 0, 0, 0), 77, "aa0001"},
        {"\033[0m\033[0;37m2026-11-23 10:00:00 #77(rspamd_proxy) " FUNCTION,
         LOCAL(2026, 11, 23, 10, 0, 0, 0), 77, "aa0001"},
        {"(rspamd_proxy) " FUNCTION, {LINE_TIME_NONE, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, "aa0001"},
        {"#77(rspamd_proxy) " FUNCTION, {LINE_TIME_NONE, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 77, "aa0001"},
        {"Nov 23 09:51:48 mx1 rspamd[22099]: " FUNCTION, LOCAL(-1, 11, 23, 9, 51, 48, 0), 22099,
         "aa0001"},
        {"Nov 23 09:51:48.123456 mx1 rspamd[1]: " FUNCTION, LOCAL(-1, 11, 23, 9, 51, 48, 123), 1,
         "aa0001"},
        {"Feb  3 09:51:48 mx1.example.org rspamd[1]: " FUNCTION, LOCAL(-1, 2, 3, 9, 51, 48, 0), 1,
         "aa0001"},
        {"Feb 03 09:51:48 2001:db8::1 rspamd[1]: " FUNCTION, LOCAL(-1, 2, 3, 9, 51, 48, 0), 1,
         "aa0001"},
        {"Dec 31 09:51:48 mx1 rspamd[1]: (rspamd_proxy) " FUNCTION, LOCAL(-1, 12, 31, 9, 51, 48, 0),
         1, "aa0001"},
        {"Dec 31 09:51:48 mx1 rspamd[1]: #77(normal) " FUNCTION, LOCAL(-1, 12, 31, 9, 51, 48, 0),
         77, "aa0001"},
        {"2026-11-23T09:51:48.123456+01:00 mx1 rspamd[1]: " FUNCTION,
         OFFSET(2026, 11, 23, 9, 51, 48, 123, 60), 1, "aa0001"},
        {"2026-11-23T09:51:48-11:30 mx1 rspamd[1]: (normal) " FUNCTION,
         OFFSET(2026, 11, 23, 9, 51, 48, 0, -690), 1, "aa0001"},
        {"2026-11-23T09:51:48+0545 mx1 rspamd[1]: " FUNCTION,
         OFFSET(2026, 11, 23, 9, 51, 48, 0, 345), 1, "aa0001"},
        {"2026-11-23T09:51:48Z mx1 rspamd[1]: " FUNCTION, OFFSET(2026, 11, 23, 9, 51, 48, 0, 0), 1,
         "aa0001"},
        {"<22>1 2026-11-23T09:51:48.003Z mx1 rspamd 77 - - " FUNCTION,
         OFFSET(2026, 11, 23, 9, 51, 48, 3, 0), 77, "aa0001"},
        {"<22>1 2026-11-23T09:51:48.003Z mx1 rspamd 77 - -  " FUNCTION,
         OFFSET(2026, 11, 23, 9, 51, 48, 3, 0), 77, "aa0001"},
        {"1 2026-11-23T09:51:48Z mx1 rspamd 77 id7 [a@1 b=\"c \\] d\"][e] (normal) " FUNCTION,
         OFFSET(2026, 11, 23, 9, 51, 48, 0, 0), 77, "aa0001"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct line line;
        size_t length = strlen(cases[i].header);
        if (scan(cases[i].header, length, &line) != (long)length)
            fail_msg("not taken: %s", cases[i].header);
        expect_time(&line.time, &cases[i].time);
        assert_int_equal(line.task.pid, cases[i].pid);
        assert_int_equal(line.task.tag.length, strlen(cases[i].tag));
        /* With a byte less there is no header, wherever the line ends. */
        for (size_t shorter = 0; shorter < length; shorter++)
            assert_int_equal(scan(cases[i].header, shorter, &line), -1);
    }
}

static void what_follows_is_not_looked_at(void **state)
{
    (void)state;
    struct line line;
    const char *text =
        "2026-11-23 10:00:00 #77(rspamd_proxy) " FUNCTION "2026-11-23 10:00:01 #7(x) " FUNCTION "x";
    assert_int_equal(scan(text, strlen(text), &line), 38 + (long)strlen(FUNCTION));
}

static void every_month_has_its_number(void **state)
{
    (void)state;
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; i < 12; i++) {
        char text[] = "... 10 09:51:48 mx1 rspamd[1]: " FUNCTION;
        struct line line;
        memcpy(text, names[i], 3);
        assert_int_equal(scan(text, strlen(text), &line), (long)strlen(text));
        assert_int_equal(line.time.month, i + 1);
    }
}

static void expect_none(const char *text)
{
    struct line line;
    if (scan(text, strlen(text), &line) != -1)
        fail_msg("taken: %s", text);
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
    expect_none("2026-11-23T10:00:00+010" SYSLOG_REST);
    expect_none("2026-11-23T10:00:00+24:00" SYSLOG_REST);
    expect_none("2026-11-23T10:00:00+01:60" SYSLOG_REST);
    expect_none("\033[0m\033[0m\033[0;37m2026-11-23 10:00:00" FILE_REST);
    expect_none("\033[0;37;0;37;0m2026-11-23 10:00:00" FILE_REST);
    expect_none("\033[1A2026-11-23 10:00:00" FILE_REST);
    expect_none("\033[1;m 2026-11-23 10:00:00" FILE_REST);
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
    expect_none(SYSLOG_TIME "mx1 rspamd[1]: #(rspamd_proxy) " FUNCTION);
    expect_none("#77 " FUNCTION);
    expect_none("#(rspamd_proxy) " FUNCTION);
    expect_none("<22>1 2026-11-23T09:51:48Z mx1 rspamd 77 - -   " FUNCTION);
    expect_none(FILE_TIME "#4294967296(rspamd_proxy) " FUNCTION);
    expect_none("() " FUNCTION);
    expect_none("(a b) " FUNCTION);
    expect_none("1 2026-11-23T09:51:48Z mx1 rspamd2 77 - - " FUNCTION);
    expect_none("2 2026-11-23T09:51:48Z mx1 rspamd 77 - - " FUNCTION);
    expect_none("<1234>1 2026-11-23T09:51:48Z mx1 rspamd 77 - - " FUNCTION);
    expect_none("<22>1 2026-11-23T09:51:48Z mx1 rspamd 77 - x " FUNCTION);
    expect_none("<22>1 2026-11-23T09:51:48Z mx1 rspamd 77 - [x\\] " FUNCTION);
    expect_none("<22>1 2026-11-23T09:51:48Z mx1 rspamd - - - " FUNCTION);
    expect_none("<22>1 Nov 23 09:51:48 mx1 rspamd[77]: " FUNCTION);
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
    expect_none(FILE_START "<aa0001>; lua; ratelimit.lua: ratelimit ");
    expect_none(FILE_START "<aa0001>; lua; ratelimit.luax617: ratelimit ");
    expect_none(FILE_START "<aa0001>; lua; xratelimit.lua:617: ratelimit ");
    expect_none(FILE_START "<aa0001>; proxy; rspamd_task_write_ ");
    expect_none(FILE_START "<0123456789abcdef0123456789abcdef>; proxy; rspamd_task_write ");
    expect_none(FILE_START "<0123456789abcdef0123456789abcdef>; proxy; rspamd_task_write_lo ");
    expect_none(FILE_START "<0123456789abcdef0123456789abcdef>; proxy; rspamd_task_wrote_ ");
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
