/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a log line that came by syslog or the journal:
 *
 * Nov 23 10:00:00 mx1 rspamd[77]:                        traditional; with a fraction: journalctl
 * -o short-precise 2026-11-23T10:00:00.123456+01:00 mx1 rspamd[77]:       precise, and journalctl
 * -o short-iso <22>1 2026-11-23T10:00:00.123456+01:00 mx1 rspamd 77 - -   RFC 5424; the priority is
 * optional
 *
 * each with a blank behind it and, from the journal, rspamd's worker type.
 * Does not: keep the host: a shared log of several hosts cannot be told from one.
 */
#include "line_syslog.h"

#include "line_date.h"
#include "line_process.h"

enum { HOST_BYTES_MAX = 255, PRIORITY_DIGITS_MAX = 3, MESSAGE_ID_BYTES_MAX = 32 };

static bool take_precise_time(struct line_cursor *cursor, struct line_time *time);
static bool take_traditional_time(struct line_cursor *cursor, struct line_time *time);
static bool take_rfc5424(struct line_cursor *cursor, struct line *line);
static bool take_second_blank(struct line_cursor *cursor);
static bool take_structured_data(struct line_cursor *cursor);
static bool take_host(struct line_cursor *cursor);

bool line_syslog_take(struct line_cursor *cursor, struct line *line)
{
    struct line_cursor rfc5424 = *cursor;
    bool taken = take_rfc5424(&rfc5424, line);
    bool is_rfc5424 = rfc5424.at > cursor->at; /* no other form begins so */
    if (taken || is_rfc5424) {
        *cursor = rfc5424;
    } else {
        bool is_precise = cursor->at < cursor->end && cursor_is_digit((unsigned char)*cursor->at);
        taken = (is_precise ? take_precise_time(cursor, &line->time)
                            : take_traditional_time(cursor, &line->time)) &&
                take_host(cursor) && cursor_take(cursor, "rspamd[") &&
                line_process_take_pid(cursor, &line->task.pid) && cursor_take(cursor, "]: ");
    }
    if (!taken || cursor->at == cursor->end || (*cursor->at != '(' && *cursor->at != '#'))
        return taken;
    return line_process_take(cursor, &line->task.pid);
}

static bool take_precise_time(struct line_cursor *cursor, struct line_time *time)
{
    time->form = LINE_TIME_OFFSET;
    return line_date_take_day(cursor, time) && cursor_take(cursor, "T") &&
           line_date_take_clock(cursor, time) && cursor_take_fraction(cursor, &time->millisecond) &&
           line_date_take_offset(cursor, time);
}

static bool take_traditional_time(struct line_cursor *cursor, struct line_time *time)
{
    time->form = LINE_TIME_LOCAL;
    return line_date_take_month_and_day(cursor, time) && line_date_take_clock(cursor, time) &&
           cursor_take_fraction(cursor, &time->millisecond);
}

static bool take_rfc5424(struct line_cursor *cursor, struct line *line)
{
    uint64_t priority;
    struct line_text message_id;
    if (cursor_take(cursor, "<") &&
        (!cursor_take_number(cursor, PRIORITY_DIGITS_MAX, &priority) || !cursor_take(cursor, ">")))
        return false;
    return cursor_take(cursor, "1 ") && take_precise_time(cursor, &line->time) &&
           take_host(cursor) && cursor_take(cursor, "rspamd ") &&
           line_process_take_pid(cursor, &line->task.pid) && cursor_take(cursor, " ") &&
           cursor_take_run(cursor, cursor_is_graph, 1, MESSAGE_ID_BYTES_MAX, &message_id) &&
           cursor_take(cursor, " ") && take_structured_data(cursor) && cursor_take(cursor, " ") &&
           take_second_blank(cursor);
}

/* rsyslog writes the blank that RFC 3164 has before a message, too. */
static bool take_second_blank(struct line_cursor *cursor)
{
    cursor_take(cursor, " ");
    return true;
}

/* "-", or elements in brackets: what is in them does not matter, but where they end. */
static bool take_structured_data(struct line_cursor *cursor)
{
    if (cursor_take(cursor, "-"))
        return true;
    bool taken = false;
    while (cursor_take(cursor, "[")) {
        bool is_escaped = false;
        while (cursor->at < cursor->end && (is_escaped || *cursor->at != ']')) {
            is_escaped = !is_escaped && *cursor->at == '\\';
            cursor->at++;
        }
        taken = cursor_take(cursor, "]");
        if (!taken)
            return false;
    }
    return taken;
}

/* " mx1 " */
static bool take_host(struct line_cursor *cursor)
{
    struct line_text host;
    return cursor_take(cursor, " ") &&
           cursor_take_run(cursor, cursor_is_graph, 1, HOST_BYTES_MAX, &host) &&
           cursor_take(cursor, " ");
}
