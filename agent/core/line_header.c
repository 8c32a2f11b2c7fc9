/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a log line (docs/DESIGN.md section 8):
 *
 * 2026-11-23 10:00:00.12345 [notice] #77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: ...
 * (rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: ...
 * #77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: ...
 *
 * or what line_syslog.h takes. Fraction and severity are optional (log_usec, log_severity); the
 * second and third form are those of the flag systemd. Colors may stand before the first; alone or
 * behind the syslog tag there may be an object of log_json instead. Does not: convert time zones:
 * the digits are taken as written.
 */
#include "line_header.h"

#include <string.h>

#include "line_date.h"
#include "line_function.h"
#include "line_json.h"
#include "line_process.h"
#include "line_syslog.h"

enum {
    SEVERITY_BYTES_MAX = 16,
    TAG_BYTES_MAX = 64, /* rspamd has made its length an option, of up to 32 */
    COLOR_BYTES_MAX = 8,
    COLORS_MAX = 2, /* the end of the line before's, and its own */
    RFC3339_T_AT = 10,
    FILE_HEADER_BYTES_MAX = 256, /* more than time, severity, pid, worker type and tag take */
    SYSLOG_LINE_BYTES_CUT =
        1000, /* RFC 3164 lets a daemon cut at 1024, with what is not in a line */
};

static bool take_prefix(struct line_cursor *cursor, struct line *line);
static bool take_file_header(struct line_cursor *cursor, struct line *line);
static enum line_kind take_function(struct line_cursor *cursor, struct line *line);
static void take_colors(struct line_cursor *cursor);

void line_header(const char *bytes, size_t length, char *scratch, struct line *line)
{
    struct line_cursor cursor = {bytes, bytes + length};
    memset(line, 0, sizeof(*line));
    if (length == 0)
        return;
    take_colors(&cursor);
    bool may_be_json = !line_header_is_file_form(cursor.at, (size_t)(cursor.end - cursor.at));
    bool has_prefix = take_prefix(&cursor, line);
    bool is_date = line_date_is_possible(&line->time);
    line->broken_at = has_prefix && !is_date ? bytes : cursor.at;
    if (!has_prefix || !is_date || cursor.at == cursor.end)
        return;
    if (may_be_json && *cursor.at == '{') {
        line->may_be_cut = false; /* or the object had no end */
        line_json(cursor, scratch, line);
        return;
    }
    line->kind = take_function(&cursor, line);
    line->broken_at = line->kind != LINE_OTHER ? NULL : cursor.at;
    line->message.bytes = cursor.at;
    line->message.length = (size_t)(cursor.end - cursor.at);
}

bool line_header_time(const char *bytes, size_t length, struct line_time *time)
{
    struct line_cursor cursor = {bytes, bytes + length};
    struct line line = {.kind = LINE_OTHER};
    take_colors(&cursor);
    if (!take_prefix(&cursor, &line) || !line_date_is_possible(&line.time) ||
        line.time.form == LINE_TIME_NONE)
        return false;
    *time = line.time;
    return true;
}

bool line_header_is_file_form(const char *bytes, size_t length)
{
    return length > RFC3339_T_AT && cursor_is_digit((unsigned char)*bytes) &&
           bytes[RFC3339_T_AT] == ' ';
}

enum line_kind line_header_guess(const char *bytes, size_t length)
{
    if (!line_header_is_file_form(bytes, length))
        return LINE_EVIDENCE;
    size_t searched = length < FILE_HEADER_BYTES_MAX ? length : FILE_HEADER_BYTES_MAX;
    const char *end = memchr(bytes, '>', searched);
    struct line_cursor cursor = {end, bytes + length};
    return end && cursor_take(&cursor, ">; ") ? line_function_guess(cursor) : LINE_OTHER;
}

/* Up to the tag, or to an object of log_json. */
static bool take_prefix(struct line_cursor *cursor, struct line *line)
{
    size_t left = (size_t)(cursor->end - cursor->at);
    if (left == 0)
        return false;
    if (*cursor->at == '{')
        return true;
    if (*cursor->at == '(' || *cursor->at == '#')
        return line_process_take(cursor, &line->task.pid);
    if (line_header_is_file_form(cursor->at, left))
        return take_file_header(cursor, line);
    line->may_be_cut = left >= SYSLOG_LINE_BYTES_CUT;
    return line_syslog_take(cursor, line);
}

static bool take_file_header(struct line_cursor *cursor, struct line *line)
{
    struct line_text severity;
    line->time.form = LINE_TIME_LOCAL;
    if (!line_date_take_day(cursor, &line->time) || !cursor_take(cursor, " ") ||
        !line_date_take_clock(cursor, &line->time) ||
        !cursor_take_fraction(cursor, &line->time.millisecond) || !cursor_take(cursor, " "))
        return false;
    if (cursor_take(cursor, "[")) {
        if (!cursor_take_run(cursor, cursor_is_letter, 1, SEVERITY_BYTES_MAX, &severity))
            return false;
        if (!cursor_take(cursor, "] "))
            return false;
    }
    return cursor->at < cursor->end && *cursor->at == '#' &&
           line_process_take(cursor, &line->task.pid);
}

/* "<TAG>; module; function: " */
static enum line_kind take_function(struct line_cursor *cursor, struct line *line)
{
    const char *tag = cursor->at;
    if (!cursor_take(cursor, "<") ||
        !cursor_take_run(cursor, cursor_is_plain, 1, TAG_BYTES_MAX, &line->task.tag) ||
        !cursor_take(cursor, ">; "))
        return LINE_OTHER;
    line->has_header = true;
    return line_function_take(cursor, tag);
}

/* "\033[0;37m": as many as rspamd can have put there. */
static void take_colors(struct line_cursor *cursor)
{
    for (int i = 0; i < COLORS_MAX; i++) {
        struct line_cursor at = *cursor;
        if (!cursor_take(&at, "\033["))
            return;
        while (at.at < at.end && at.at - cursor->at < COLOR_BYTES_MAX &&
               (cursor_is_digit((unsigned char)*at.at) || *at.at == ';'))
            at.at++;
        if (!cursor_take(&at, "m"))
            return;
        *cursor = at;
    }
}
