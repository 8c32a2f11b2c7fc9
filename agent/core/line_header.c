/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a log line (docs/DESIGN.md section 8):
 *
 * 2026-11-23 10:00:00.12345 [notice] #77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: ...
 * Nov 23 10:00:00 mx1 rspamd[77]: <aa0001>; proxy; rspamd_task_write_log: ...
 * 2026-11-23T10:00:00.123456+01:00 mx1 rspamd[77]: (rspamd_proxy) <aa0001>; task;
 * rspamd_task_write_log: ...
 *
 * Fraction, severity and, behind the syslog tag, worker type are optional (log_usec, log_severity,
 * systemd).
 * Does not: convert time zones: the digits are taken as written, the offset of the third form is
 * left out.
 */
#include "line_header.h"

#include <string.h>

#include "line_cursor.h"

enum {
    FRACTION_DIGITS_MAX = 9,
    PID_DIGITS_MAX = 10,
    SEVERITY_BYTES_MAX = 16,
    WORKER_BYTES_MAX = 64,
    HOST_BYTES_MAX = 255,
    TAG_BYTES_MAX = 64, /* rspamd has made its length an option */
};

static bool take_file_header(struct line_cursor *cursor, struct line_time *time);
static bool take_syslog_header(struct line_cursor *cursor, struct line_time *time);
static bool take_function(struct line_cursor *cursor);
static bool take_date(struct line_cursor *cursor, struct line_time *time);
static bool take_month_and_day(struct line_cursor *cursor, struct line_time *time);
static bool take_clock(struct line_cursor *cursor, struct line_time *time);
static bool take_fraction(struct line_cursor *cursor, struct line_time *time);
static bool take_offset(struct line_cursor *cursor);
static bool take_pid(struct line_cursor *cursor);
static bool take_worker(struct line_cursor *cursor);
static bool is_possible(const struct line_time *time);

const char *line_header(const char *line, size_t length, struct line_time *time)
{
    struct line_cursor cursor = {line, line + length};
    struct line_time found = {.form = LINE_TIME_LOCAL};
    if (length == 0)
        return NULL;
    /* The file form has a blank between date and time, the third form a T. */
    bool is_file = length > 10 && cursor_is_digit((unsigned char)line[0]) && line[10] == ' ';
    bool taken = is_file ? take_file_header(&cursor, &found) : take_syslog_header(&cursor, &found);
    if (!taken || !is_possible(&found) || !take_function(&cursor))
        return NULL;
    *time = found;
    return cursor.at;
}

static bool take_file_header(struct line_cursor *cursor, struct line_time *time)
{
    struct line_text severity;
    if (!take_date(cursor, time) || !cursor_take(cursor, " ") || !take_clock(cursor, time))
        return false;
    if (!take_fraction(cursor, time) || !cursor_take(cursor, " "))
        return false;
    if (cursor_take(cursor, "[")) {
        if (!cursor_take_run(cursor, cursor_is_letter, 1, SEVERITY_BYTES_MAX, &severity))
            return false;
        if (!cursor_take(cursor, "] "))
            return false;
    }
    return cursor_take(cursor, "#") && take_pid(cursor) && take_worker(cursor);
}

static bool take_syslog_header(struct line_cursor *cursor, struct line_time *time)
{
    struct line_text host;
    if (cursor_is_digit((unsigned char)*cursor->at)) {
        if (!take_date(cursor, time) || !cursor_take(cursor, "T") || !take_clock(cursor, time))
            return false;
        if (!take_fraction(cursor, time) || !take_offset(cursor))
            return false;
    } else if (!take_month_and_day(cursor, time) || !take_clock(cursor, time)) {
        return false;
    }
    if (!cursor_take(cursor, " "))
        return false;
    if (!cursor_take_run(cursor, cursor_is_graph, 1, HOST_BYTES_MAX, &host))
        return false;
    if (!cursor_take(cursor, " rspamd[") || !take_pid(cursor) || !cursor_take(cursor, "]: "))
        return false;
    return cursor->at == cursor->end || *cursor->at != '(' || take_worker(cursor);
}

/* "<TAG>; module; function: ", where only a scanned message's own line is let through. */
static bool take_function(struct line_cursor *cursor)
{
    struct line_text tag;
    if (!cursor_take(cursor, "<"))
        return false;
    if (!cursor_take_run(cursor, cursor_is_plain, 1, TAG_BYTES_MAX, &tag))
        return false;
    if (!cursor_take(cursor, ">; "))
        return false;
    if (!cursor_take(cursor, "proxy; ") && !cursor_take(cursor, "task; "))
        return false;
    return cursor_take(cursor, "rspamd_task_write_log: ");
}

static bool take_date(struct line_cursor *cursor, struct line_time *time)
{
    return cursor_take_digits(cursor, 4, &time->year) && cursor_take(cursor, "-") &&
           cursor_take_digits(cursor, 2, &time->month) && cursor_take(cursor, "-") &&
           cursor_take_digits(cursor, 2, &time->day);
}

/* "Nov  3 " or "Nov 23 " */
static bool take_month_and_day(struct line_cursor *cursor, struct line_time *time)
{
    static const char *const names[] = {"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
                                        "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};
    time->year = -1;
    for (int i = 0; i < 12 && time->month == 0; i++) {
        if (cursor_take(cursor, names[i]))
            time->month = i + 1;
    }
    if (time->month == 0)
        return false;
    size_t digits = cursor_take(cursor, " ") ? 1 : 2;
    return cursor_take_digits(cursor, digits, &time->day) && cursor_take(cursor, " ");
}

static bool take_clock(struct line_cursor *cursor, struct line_time *time)
{
    return cursor_take_digits(cursor, 2, &time->hour) && cursor_take(cursor, ":") &&
           cursor_take_digits(cursor, 2, &time->minute) && cursor_take(cursor, ":") &&
           cursor_take_digits(cursor, 2, &time->second);
}

/* Nothing, or a point and digits. */
static bool take_fraction(struct line_cursor *cursor, struct line_time *time)
{
    struct line_text digits;
    if (!cursor_take(cursor, "."))
        return true;
    if (!cursor_take_run(cursor, cursor_is_digit, 1, FRACTION_DIGITS_MAX, &digits))
        return false;
    for (size_t i = 0; i < 3; i++)
        time->millisecond =
            time->millisecond * 10 + (i < digits.length ? digits.bytes[i] - '0' : 0);
    return true;
}

/* "Z" or "+01:00" */
static bool take_offset(struct line_cursor *cursor)
{
    int part;
    if (cursor_take(cursor, "Z"))
        return true;
    if (!cursor_take(cursor, "+") && !cursor_take(cursor, "-"))
        return false;
    return cursor_take_digits(cursor, 2, &part) && cursor_take(cursor, ":") &&
           cursor_take_digits(cursor, 2, &part);
}

static bool take_pid(struct line_cursor *cursor)
{
    struct line_text pid;
    return cursor_take_run(cursor, cursor_is_digit, 1, PID_DIGITS_MAX, &pid);
}

/* "(rspamd_proxy) ": any worker; which of them write this line is decided by the function. */
static bool take_worker(struct line_cursor *cursor)
{
    struct line_text worker;
    return cursor_take(cursor, "(") &&
           cursor_take_run(cursor, cursor_is_plain, 1, WORKER_BYTES_MAX, &worker) &&
           cursor_take(cursor, ") ");
}

/* Within the bounds line.h promises; whether the month has that day is the reader's to judge. */
static bool is_possible(const struct line_time *time)
{
    return time->month >= 1 && time->month <= 12 && time->day >= 1 && time->day <= 31 &&
           time->hour <= 23 && time->minute <= 59 && time->second <= 60;
}
