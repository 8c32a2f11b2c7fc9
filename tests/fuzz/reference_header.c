/* SPDX-License-Identifier: Apache-2.0 */
#include "reference_header.h"

#include <stdlib.h>
#include <string.h>

#include "reference_text.h"

/* rspamd writes "<tag>; module; function: " into a buffer of 64 bytes; if it does not fit, its last
 * byte becomes a blank. */
#define MODULE_BYTES_MAX 63
#define FUNCTION_BYTES_MIN 13 /* of a name that was cut; less could be another function */

/* Bounds of rspamd are lower. */
#define WORD_BYTES_MAX 64
#define SEVERITY_BYTES_MAX 16
#define HOST_BYTES_MAX 255
#define PRIORITY_DIGITS_MAX 3
#define MESSAGE_ID_BYTES_MAX 32
#define COLOUR_BYTES_MAX 6

#define SYSLOG_CUT_BYTES 1000 /* of a line: a daemon may have cut it */
#define DIGITS_MAX 9          /* of a fraction of a second, of a line of Lua */
#define PID_DIGITS_MAX 10
#define EPOCH_DIGITS_MAX 12

static bool no_prefix(struct line_text *line, struct line *out);
static bool file_prefix(struct line_text *line, struct line *out);
static bool systemd_prefix(struct line_text *line, struct line *out);
static bool syslog_prefix(struct line_text *line, struct line *out);
static bool rfc5424_prefix(struct line_text *line, struct line *out);
static bool take_process_of_systemd(struct line_text *line, struct line *out);
static bool take_host(struct line_text *line);
static bool take_priority(struct line_text *line);
static bool take_message_id(struct line_text *line);
static bool take_structured_data(struct line_text *line);
static bool is_length(struct line_text text, size_t least, size_t most);
static void take_colour(struct line_text *line);
static bool is_colour_byte(char byte);
static bool json_form(struct line_text line, char *scratch, struct line *out);
static bool take_severity(struct line_text *line);
static bool take_process(struct line_text *line, struct line *out);
static bool take_file_time(struct line_text *line, struct line_time *time);
static bool take_traditional_time(struct line_text *line, struct line_time *time);
static bool take_rfc3339_time(struct line_text *line, struct line_time *time);
static bool take_date(struct line_text *line, struct line_time *time);
static bool take_clock(struct line_text *line, struct line_time *time);
static void take_fraction(struct line_text *line, int *millisecond);
static bool take_offset(struct line_text *line, int *offset_min);
static bool take_number(struct line_text *line, size_t digits, int least, int most, int *out);
static bool take_pid(struct line_text *line, uint32_t *pid);
static bool take_task(struct line_text line, struct line *out);
static bool take_whole_function(struct line_text behind_tag, struct line *out);
static bool take_cut_function(struct line_text line, struct line_text behind_tag, struct line *out);
static enum line_kind kind_of(struct line_text module, struct line_text function);
static enum line_kind kind_of_cut(struct line_text module, struct line_text function);
static bool is_front_of(struct line_text text, const char *whole);
static bool take_epoch(struct line_text *line, struct line_time *time);
static bool take_json_text(struct line_text *line, const char *key, struct line_text *out);
static bool is_json_plain(char byte);
static bool decode(struct line_text escaped, char *scratch, struct line_text *out);

enum line_kind reference_header(struct line_text line, char *scratch, struct line *out)
{
    static bool (*const forms[])(struct line_text * line, struct line * out) = {
        no_prefix, file_prefix, systemd_prefix, syslog_prefix, rfc5424_prefix,
    };
    take_colour(&line);
    take_colour(&line);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct line_text rest = line;
        memset(out, 0, sizeof(*out));
        if (!forms[i](&rest, out))
            continue;
        bool may_be_json = forms[i] != file_prefix;
        if ((may_be_json && json_form(rest, scratch, out)) || take_task(rest, out))
            return out->kind;
    }
    memset(out, 0, sizeof(*out));
    return LINE_OTHER;
}

/* Of log_json; what is no object has none but where it should not be. */
static bool no_prefix(struct line_text *line, struct line *out)
{
    (void)out;
    return text_begins(*line, "{");
}

/* 2026-11-23 10:00:00.12345 [info] #77(rspamd_proxy) */
static bool file_prefix(struct line_text *line, struct line *out)
{
    return take_file_time(line, &out->time) && text_take(line, " ") && take_severity(line) &&
           text_begins(*line, "#") && take_process(line, out);
}

/* (rspamd_proxy), or with the process: #77(rspamd_proxy) */
static bool systemd_prefix(struct line_text *line, struct line *out)
{
    return take_process(line, out);
}

/* Nov 23 10:00:00 host rspamd[77]: */
static bool syslog_prefix(struct line_text *line, struct line *out)
{
    struct line_text rest = *line;
    if (!take_traditional_time(&rest, &out->time)) {
        rest = *line;
        memset(out, 0, sizeof(*out));
        if (!take_rfc3339_time(&rest, &out->time))
            return false;
    }
    if (!take_host(&rest) || !text_take(&rest, "rspamd[") || !take_pid(&rest, &out->task.pid) ||
        !text_take(&rest, "]: "))
        return false;
    out->may_be_cut = line->length >= SYSLOG_CUT_BYTES;
    *line = rest;
    return take_process_of_systemd(line, out);
}

/* <22>1 2026-11-23T10:00:00Z host rspamd 77 - - */
static bool rfc5424_prefix(struct line_text *line, struct line *out)
{
    out->may_be_cut = line->length >= SYSLOG_CUT_BYTES;
    if (!take_priority(line) || !text_take(line, "1 ") || !take_rfc3339_time(line, &out->time) ||
        !take_host(line) || !text_take(line, "rspamd ") || !take_pid(line, &out->task.pid) ||
        !text_take(line, " ") || !take_message_id(line) || !take_structured_data(line) ||
        !text_take(line, " "))
        return false;
    text_take(line, " "); /* daemons that keep the one behind "rspamd[77]:" */
    return take_process_of_systemd(line, out);
}

/* Nothing, or what comes through the journal. */
static bool take_process_of_systemd(struct line_text *line, struct line *out)
{
    return (!text_begins(*line, "(") && !text_begins(*line, "#")) || take_process(line, out);
}

static bool take_host(struct line_text *line)
{
    return text_take(line, " ") &&
           is_length(text_take_all(line, byte_is_graph), 1, HOST_BYTES_MAX) && text_take(line, " ");
}

static bool take_priority(struct line_text *line)
{
    return !text_take(line, "<") ||
           (is_length(text_take_all(line, byte_is_digit), 1, PRIORITY_DIGITS_MAX) &&
            text_take(line, ">"));
}

static bool take_message_id(struct line_text *line)
{
    return is_length(text_take_all(line, byte_is_graph), 1, MESSAGE_ID_BYTES_MAX) &&
           text_take(line, " ");
}

/* "-", or elements in brackets, in which a backslash takes the next byte its meaning. */
static bool take_structured_data(struct line_text *line)
{
    if (text_take(line, "-"))
        return true;
    if (!text_begins(*line, "["))
        return false;
    while (text_take(line, "[")) {
        while (line->length > 0 && !text_begins(*line, "]"))
            *line = text_behind(*line, text_begins(*line, "\\") && line->length > 1 ? 2 : 1);
        if (!text_take(line, "]"))
            return false;
    }
    return true;
}

static bool is_length(struct line_text text, size_t least, size_t most)
{
    return text.length >= least && text.length <= most;
}

/* Of the line, or the end of the one before it, which comes behind that one's LF. */
static void take_colour(struct line_text *line)
{
    struct line_text rest = *line;
    if (text_take(&rest, "\033[") &&
        text_take_all(&rest, is_colour_byte).length <= COLOUR_BYTES_MAX && text_take(&rest, "m"))
        *line = rest;
}

static bool is_colour_byte(char byte)
{
    return byte_is_digit(byte) || byte == ';';
}

static bool take_severity(struct line_text *line)
{
    if (!text_take(line, "["))
        return true;
    return is_length(text_take_all(line, byte_is_letter), 1, SEVERITY_BYTES_MAX) &&
           text_take(line, "] ");
}

/* #77(rspamd_proxy), where the process may be left out */
static bool take_process(struct line_text *line, struct line *out)
{
    struct line_text worker;
    if (text_take(line, "#") && !take_pid(line, &out->task.pid))
        return false;
    return text_take(line, "(") && text_take_until(line, ") ", &worker) &&
           worker.length <= WORD_BYTES_MAX && text_all(worker, byte_is_word);
}

static bool take_file_time(struct line_text *line, struct line_time *time)
{
    time->form = LINE_TIME_LOCAL;
    if (!take_date(line, time) || !text_take(line, " ") || !take_clock(line, time))
        return false;
    take_fraction(line, &time->millisecond);
    return true;
}

static bool take_traditional_time(struct line_text *line, struct line_time *time)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time->form = LINE_TIME_LOCAL;
    time->year = -1;
    for (int i = 0; i < 12 && time->month == 0; i++) {
        if (text_take(line, months[i]))
            time->month = i + 1;
    }
    if (time->month == 0 || !text_take(line, " "))
        return false;
    size_t digits = text_take(line, " ") ? 1 : 2;
    if (!take_number(line, digits, 1, 31, &time->day) || !text_take(line, " ") ||
        !take_clock(line, time))
        return false;
    take_fraction(line, &time->millisecond);
    return true;
}

static bool take_rfc3339_time(struct line_text *line, struct line_time *time)
{
    time->form = LINE_TIME_OFFSET;
    if (!take_date(line, time) || !text_take(line, "T") || !take_clock(line, time))
        return false;
    take_fraction(line, &time->millisecond);
    return take_offset(line, &time->offset_min);
}

static bool take_date(struct line_text *line, struct line_time *time)
{
    return take_number(line, 4, 0, 9999, &time->year) && text_take(line, "-") &&
           take_number(line, 2, 1, 12, &time->month) && text_take(line, "-") &&
           take_number(line, 2, 1, 31, &time->day);
}

static bool take_clock(struct line_text *line, struct line_time *time)
{
    return take_number(line, 2, 0, 23, &time->hour) && text_take(line, ":") &&
           take_number(line, 2, 0, 59, &time->minute) && text_take(line, ":") &&
           take_number(line, 2, 0, 60, &time->second);
}

/* Nothing, or a point and digits, of which three count. */
static void take_fraction(struct line_text *line, int *millisecond)
{
    struct line_text rest = *line;
    *millisecond = 0;
    if (!text_take(&rest, "."))
        return;
    struct line_text digits = text_take_all(&rest, byte_is_digit);
    if (digits.length == 0 || digits.length > DIGITS_MAX)
        return;
    for (size_t i = 0; i < 3; i++)
        *millisecond = *millisecond * 10 + (i < digits.length ? digits.bytes[i] - '0' : 0);
    *line = rest;
}

/* Z, +01:00 or +0100 */
static bool take_offset(struct line_text *line, int *offset_min)
{
    int hours;
    int minutes;
    *offset_min = 0;
    if (text_take(line, "Z"))
        return true;
    bool east = text_take(line, "+");
    if (!east && !text_take(line, "-"))
        return false;
    if (!take_number(line, 2, 0, 23, &hours))
        return false;
    text_take(line, ":");
    if (!take_number(line, 2, 0, 59, &minutes))
        return false;
    *offset_min = (east ? 1 : -1) * (hours * 60 + minutes);
    return true;
}

static bool take_number(struct line_text *line, size_t digits, int least, int most, int *out)
{
    if (line->length < digits || !text_all(text_first(*line, digits), byte_is_digit))
        return false;
    *out = 0;
    for (size_t i = 0; i < digits; i++)
        *out = *out * 10 + line->bytes[i] - '0';
    *line = text_behind(*line, digits);
    return *out >= least && *out <= most;
}

static bool take_pid(struct line_text *line, uint32_t *pid)
{
    struct line_text digits = text_take_all(line, byte_is_digit);
    if (digits.length == 0 || digits.length > PID_DIGITS_MAX)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < digits.length; i++)
        value = value * 10 + (uint64_t)(digits.bytes[i] - '0');
    *pid = (uint32_t)value;
    return value <= UINT32_MAX;
}

/* <tag>; module; function: message */
static bool take_task(struct line_text line, struct line *out)
{
    struct line_text rest = line;
    if (!text_take(&rest, "<"))
        return false;
    out->task.tag = text_take_all(&rest, byte_is_word);
    if (!is_length(out->task.tag, 1, WORD_BYTES_MAX) || !text_take(&rest, ">; "))
        return false;
    return take_whole_function(rest, out) || take_cut_function(line, rest, out);
}

static bool take_whole_function(struct line_text behind_tag, struct line *out)
{
    struct line_text module;
    struct line_text function;
    if (!text_take_until(&behind_tag, "; ", &module) ||
        !text_take_until(&behind_tag, ": ", &function))
        return false;
    out->kind = kind_of(module, function);
    out->message = behind_tag;
    return out->kind != LINE_OTHER;
}

static bool take_cut_function(struct line_text line, struct line_text behind_tag, struct line *out)
{
    struct line_text module;
    if (line.length < MODULE_BYTES_MAX || line.bytes[MODULE_BYTES_MAX - 1] != ' ')
        return false;
    const char *end = line.bytes + MODULE_BYTES_MAX - 1;
    if (behind_tag.bytes > end)
        return false;
    struct line_text head = {behind_tag.bytes, (size_t)(end - behind_tag.bytes)};
    if (!text_take_until(&head, "; ", &module))
        return false;
    out->kind = kind_of_cut(module, head);
    out->message = text_behind(line, MODULE_BYTES_MAX);
    return out->kind != LINE_OTHER;
}

static enum line_kind kind_of(struct line_text module, struct line_text function)
{
    if ((text_is(module, "proxy") || text_is(module, "task")) &&
        text_is(function, "rspamd_task_write_log"))
        return LINE_MESSAGE;
    if (text_is(module, "lua") && text_take(&function, "ratelimit.lua:") &&
        function.length <= DIGITS_MAX && text_all(function, byte_is_digit))
        return LINE_EVIDENCE;
    return LINE_OTHER;
}

/* A line of ratelimit.lua is never cut: its name is short, and tags have 32 bytes at most. */
static enum line_kind kind_of_cut(struct line_text module, struct line_text function)
{
    if (function.length < FUNCTION_BYTES_MIN)
        return LINE_OTHER;
    if ((text_is(module, "proxy") || text_is(module, "task")) &&
        is_front_of(function, "rspamd_task_write_log"))
        return LINE_MESSAGE;
    return LINE_OTHER;
}

static bool is_front_of(struct line_text text, const char *whole)
{
    return text.length <= strlen(whole) && text_same(text, text_first(text_of(whole), text.length));
}

/* {"ts": 1.5, "pid": 77, "severity": "info", "worker_type": "x", "id": "tag", "module": "m",
 * "function": "f", "message": "escaped"} */
static bool json_form(struct line_text line, char *scratch, struct line *out)
{
    struct line_text unused;
    struct line_text module;
    struct line_text function;
    if (!text_take(&line, "{\"ts\": ") || !take_epoch(&line, &out->time) ||
        !text_take(&line, ", \"pid\": ") || !take_pid(&line, &out->task.pid) ||
        !take_json_text(&line, "severity", &unused) ||
        !take_json_text(&line, "worker_type", &unused) ||
        !take_json_text(&line, "id", &out->task.tag) || !take_json_text(&line, "module", &module) ||
        !take_json_text(&line, "function", &function) || !text_take(&line, ", \"message\": \"") ||
        !text_ends(line, "\"}"))
        return false;
    out->may_be_cut = false; /* or its end were not there */
    out->kind = kind_of(module, function);
    return decode(text_first(line, line.length - 2), scratch, &out->message);
}

static bool take_epoch(struct line_text *line, struct line_time *time)
{
    int millisecond = 0;
    struct line_text digits = text_take_all(line, byte_is_digit);
    if (digits.length == 0 || digits.length > EPOCH_DIGITS_MAX)
        return false;
    memset(time, 0, sizeof(*time));
    time->form = LINE_TIME_EPOCH;
    for (size_t i = 0; i < digits.length; i++)
        time->epoch_ms = time->epoch_ms * 10 + (digits.bytes[i] - '0');
    take_fraction(line, &millisecond);
    time->epoch_ms = time->epoch_ms * 1000 + millisecond;
    return true;
}

/* , "key": "text" with nothing in it that is escaped. */
static bool take_json_text(struct line_text *line, const char *key, struct line_text *out)
{
    return text_take(line, ", \"") && text_take(line, key) && text_take(line, "\": \"") &&
           text_take_until(line, "\"", out) && out->length <= WORD_BYTES_MAX &&
           (out->length == 0 || text_all(*out, is_json_plain));
}

static bool is_json_plain(char byte)
{
    return byte_is_graph(byte) && byte != '\\';
}

static bool decode(struct line_text escaped, char *scratch, struct line_text *out)
{
    static const char *const escapes[] = {"\\n",  "\\r",  "\\b",     "\\t",    "\\f",
                                          "\\\\", "\\\"", "\\u0000", "\\u000B"};
    static const char meanings[] = {'\n', '\r', '\b', '\t', '\f', '\\', '"', '\0', '\v'};
    *out = (struct line_text){scratch, 0};
    while (escaped.length > 0) {
        size_t i = 0;
        while (i < sizeof(meanings) && !text_take(&escaped, escapes[i]))
            i++;
        if (i < sizeof(meanings)) {
            scratch[out->length++] = meanings[i];
        } else if (escaped.bytes[0] == '"' || escaped.bytes[0] == '\\') {
            return false;
        } else {
            scratch[out->length++] = escaped.bytes[0];
            escaped = text_behind(escaped, 1);
        }
    }
    return true;
}
