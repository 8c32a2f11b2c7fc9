/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log line in the form of rspamd's option log_json:
 *
 * {"ts": 1795435200.123456, "pid": 77, "severity": "info", "worker_type": "rspamd_proxy",
 *  "id": "aa0001", "module": "proxy", "function": "rspamd_task_write_log", "message": "id: ..."}
 *
 * on one line, from rspamd 3.8 on; syslog has whole seconds. A JSON library would take any order of
 * members, doubled ones, and a second object behind the first: more than what rspamd writes, and so
 * more than can be trusted.
 * Does not: decode what rspamd does not escape.
 */
#include "line_json.h"

#include <bansync/limits.h>
#include <string.h>

#include "line_function.h"
#include "line_process.h"

enum {
    TS_DIGITS_MAX = 12,
    WORD_BYTES_MAX = 64, /* rspamd's own names of severities, workers, modules and functions */
};

static bool take_members(struct line_cursor *cursor, struct line *line, struct line_text *module,
                         struct line_text *function);
static bool take_ts(struct line_cursor *cursor, struct line_time *time);
static bool take_name(struct line_cursor *cursor, const char *member, struct line_text *name);
static bool is_name_byte(unsigned char byte);
static bool decode(struct line_cursor *cursor, char *scratch, struct line_text *message);
static bool decode_escape(struct line_cursor *cursor, char *byte);

void line_json(struct line_cursor cursor, char *scratch, struct line *line)
{
    struct line_text module;
    struct line_text function;
    line->kind = LINE_OTHER;
    line->has_header = take_members(&cursor, line, &module, &function);
    line->broken_at = cursor.at;
    if (!line->has_header)
        return;
    enum line_kind kind = line_function_of(module, function);
    if (kind == LINE_OTHER)
        return;
    bool is_whole = decode(&cursor, scratch, &line->message);
    line->kind = is_whole ? kind : LINE_OTHER;
    line->broken_at = is_whole ? NULL : cursor.at;
}

/* All up to the text of the message. */
static bool take_members(struct line_cursor *cursor, struct line *line, struct line_text *module,
                         struct line_text *function)
{
    struct line_text severity;
    struct line_text worker;
    return cursor_take(cursor, "{\"ts\": ") && take_ts(cursor, &line->time) &&
           cursor_take(cursor, ", \"pid\": ") && line_process_take_pid(cursor, &line->task.pid) &&
           take_name(cursor, ", \"severity\": \"", &severity) &&
           take_name(cursor, ", \"worker_type\": \"", &worker) &&
           take_name(cursor, ", \"id\": \"", &line->task.tag) &&
           take_name(cursor, ", \"module\": \"", module) &&
           take_name(cursor, ", \"function\": \"", function) &&
           cursor_take(cursor, ", \"message\": \"");
}

/* Seconds since the epoch, whole or with a fraction. */
static bool take_ts(struct line_cursor *cursor, struct line_time *time)
{
    uint64_t seconds;
    int millisecond;
    if (!cursor_take_number(cursor, TS_DIGITS_MAX, &seconds) ||
        !cursor_take_fraction(cursor, &millisecond))
        return false;
    time->form = LINE_TIME_EPOCH;
    time->epoch_ms = (int64_t)seconds * 1000 + millisecond;
    return true;
}

/* member, a name and its closing quote; the name may be empty. */
static bool take_name(struct line_cursor *cursor, const char *member, struct line_text *name)
{
    return cursor_take(cursor, member) &&
           cursor_take_run(cursor, is_name_byte, 0, WORD_BYTES_MAX, name) &&
           cursor_take(cursor, "\"");
}

static bool is_name_byte(unsigned char byte)
{
    return cursor_is_graph(byte) && byte != '"' && byte != '\\';
}

/* The message up to its closing quote, which the end of the object must follow. */
static bool decode(struct line_cursor *cursor, char *scratch, struct line_text *message)
{
    size_t length = 0;
    while (cursor->at < cursor->end && *cursor->at != '"') {
        if (*cursor->at != '\\')
            scratch[length] = *cursor->at++;
        else if (!decode_escape(cursor, scratch + length))
            return false;
        length++;
    }
    message->bytes = scratch;
    message->length = length;
    return cursor_take(cursor, "\"}") && cursor->at == cursor->end;
}

/* One of the escapes that rspamd writes. */
static bool decode_escape(struct line_cursor *cursor, char *byte)
{
    static const struct {
        const char *escape;
        char byte;
    } escapes[] = {
        {"\\\"", '"'}, {"\\\\", '\\'}, {"\\n", '\n'},     {"\\r", '\r'},     {"\\b", '\b'},
        {"\\t", '\t'}, {"\\f", '\f'},  {"\\u0000", '\0'}, {"\\u000B", '\v'},
    };
    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
        if (!cursor_take(cursor, escapes[i].escape))
            continue;
        *byte = escapes[i].byte;
        return true;
    }
    return false;
}
