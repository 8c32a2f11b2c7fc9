/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a log, explained.
 *
 * What it is and where it breaks is what core's scanner says; there is no second reading that could
 * differ from it.
 */
#include "replay_line.h"

#include <bansync/control.h>
#include <bansync/limits.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect.h"
#include "excerpt.h"
#include "json.h"
#include "memory.h"
#include "print.h"

struct explained {
    struct line line;
    enum detect_result result; /* of this line alone */
    const char *verdict;       /* for programs */
    const char *sentence;      /* for people; the reason of what is refused stands in why */
    const char *why;           /* NULL: there is nothing to say */
    size_t broken_at;          /* byte in shown; SIZE_MAX: nothing is wrong */
    struct line_text shown;    /* the line, or the text of the message of log_json */
};

static void judge_message(struct explained *explained, const struct detect_hit *hit);
static void look_at_end(struct explained *explained);
static void judge_other(struct explained *explained);
static const char *header_form(const char *text, const struct line *line);
static bool begins_with_month(const char *text);
static const char *kind_name(enum line_kind kind);
static void print_time(const struct line_time *time, char text[64]);
static void write_text(const char *text, const struct explained *explained);
static void write_json(const char *text, const struct explained *explained);

int replay_line(const char *text, bool json)
{
    static char scratch[LINE_BYTES_MAX];
    size_t length = strlen(text);
    struct explained explained = {.broken_at = SIZE_MAX, .shown = {text, length}};
    struct line *line = &explained.line;
    struct detect_hit hit;
    struct detect *detect = detect_open();
    if (!detect)
        memory_exhausted();
    explained.result = detect_line(detect, text, length, 0, 0, &hit);
    if (line_read(text, length, scratch, line) == LINE_MESSAGE)
        judge_message(&explained, &hit);
    else
        judge_other(&explained);
    const char *at = line->broken_at;
    if (at && line->message.bytes == scratch && at >= scratch && at <= scratch + sizeof(scratch))
        explained.shown = line->message;
    if (at)
        explained.broken_at = (size_t)(at - explained.shown.bytes);
    if (json)
        write_json(text, &explained);
    else
        write_text(text, &explained);
    detect_close(&detect);
    return EXIT_DONE;
}

/* hit is set unless the result is DETECT_NOTHING. */
static void judge_message(struct explained *explained, const struct detect_hit *hit)
{
    struct line *line = &explained->line;
    if (explained->result == DETECT_NOTHING) {
        line_fields(line);
        explained->verdict = "nothing";
        explained->sentence = "no hit by itself, but one if ratelimit.lua named its task before";
        explained->why = line->fields_broken;
        if (line->fields_broken)
            explained->sentence = "no hit by itself; with evidence before it a hit of nobody known";
        else
            look_at_end(explained);
        return;
    }
    explained->why = hit->reason;
    if (explained->result == DETECT_REFUSED) {
        explained->verdict = "refused";
        explained->sentence = "refused: like a hit, but breaking a rule";
    } else if (explained->result == DETECT_UNATTRIBUTABLE) {
        explained->verdict = "unattributable";
        explained->sentence = "a hit of nobody known";
    } else if (!addr_is_countable(&line->addr)) {
        explained->verdict = "uncounted";
        explained->sentence = "a hit, but such an address never counts";
    } else {
        explained->verdict = "hit";
        explained->sentence = "a hit";
    }
}

/* A verdict stands at the very end or is none. Who sees one in the line wants to know why not. */
static void look_at_end(struct explained *explained)
{
    static const char begin[] = "forced: soft reject \"Ratelimit \"";
    static const char end[] = "(set by ratelimit)";
    struct line *line = &explained->line;
    const char *text = line->message.bytes, *behind = text + line->message.length;
    const char *found = NULL;
    for (const char *at = text; (at = memmem(at, (size_t)(behind - at), begin, strlen(begin)));)
        found = at++;
    if (!found)
        return;
    const char *closing = memmem(found, (size_t)(behind - found), end, strlen(end));
    line->broken_at = closing ? closing + strlen(end) : behind;
    explained->why = closing ? "a verdict is one only at the end of its line; this follows it"
                             : "the line ends before its verdict does: it was cut";
}

static void judge_other(struct explained *explained)
{
    const struct line *line = &explained->line;
    explained->verdict = "nothing";
    if (line->kind == LINE_EVIDENCE) {
        explained->verdict = "evidence";
        explained->sentence = "evidence: the next message line of this process and tag is a hit";
    } else if (line->has_header) {
        explained->sentence = "nothing: rspamd writes no limit so";
        explained->why = "neither rspamd_task_write_log nor ratelimit.lua with a bucket";
    } else {
        explained->sentence = "nothing: the header is none of rspamd's";
        explained->why = "not what rspamd, syslog or the journal write here";
    }
}

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* The form that a line begins as; core decides whether it is one. */
static const char *header_form(const char *text, const struct line *line)
{
    while (begins_with(text, "\033["))
        text += strcspn(text, "m") + (strchr(text, 'm') != NULL);
    if (line->time.form == LINE_TIME_EPOCH || text[0] == '{')
        return "log_json";
    if (text[0] == '(')
        return "systemd flag (no time)";
    if (text[0] == '<' || begins_with(text, "1 "))
        return "syslog, RFC 5424";
    if (line->time.form == LINE_TIME_OFFSET)
        return "syslog, precise";
    if (text[0] >= '0' && text[0] <= '9')
        return "file";
    return begins_with_month(text) ? "syslog, traditional" : "unknown";
}

static bool begins_with_month(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (size_t i = 0; i + 3 < sizeof(months); i += 3) {
        if (strncmp(text, months + i, 3) == 0 && text[3] == ' ')
            return true;
    }
    return false;
}

static const char *kind_name(enum line_kind kind)
{
    return kind == LINE_MESSAGE ? "message" : kind == LINE_EVIDENCE ? "evidence" : "other";
}

/* As the line tells it; "" if it does not. */
static void print_time(const struct line_time *time, char text[64])
{
    text[0] = '\0';
    if (time->form == LINE_TIME_EPOCH) {
        snprintf(text, 64, "%" PRId64 ".%03d", time->epoch_ms / 1000, (int)(time->epoch_ms % 1000));
        return;
    }
    if (time->form == LINE_TIME_NONE)
        return;
    char year[16] = "";
    char offset[16] = "";
    if (time->year >= 0)
        snprintf(year, sizeof(year), "%04d-", time->year);
    if (time->form == LINE_TIME_OFFSET)
        snprintf(offset, sizeof(offset), "%c%02d:%02d", time->offset_min < 0 ? '-' : '+',
                 abs(time->offset_min) / 60, abs(time->offset_min) % 60);
    snprintf(text, 64, "%s%02d-%02d %02d:%02d:%02d.%03d%s", year, time->month, time->day,
             time->hour, time->minute, time->second, time->millisecond, offset);
}

static void write_field(const char *name, const char *bytes, size_t length)
{
    char text[EXCERPT_TEXT_SIZE];
    if (!bytes)
        return;
    excerpt_print(bytes, length, EXCERPT_COLUMNS - 12, text);
    printf("%-12s%s\n", name, text);
}

static void write_fields(const struct line *line)
{
    char address[ADDR_TEXT_SIZE];
    write_field("message-id", line->message_id.bytes, line->message_id.length);
    write_field("queue-id", line->qid.bytes, line->qid.length);
    if (line->has_addr) {
        addr_print(&line->addr, address);
        write_field("address", address, strlen(address));
    }
    write_field("account", line->account.bytes, line->account.length);
    write_field("bucket", line->bucket.bytes, line->bucket.length);
}

static void write_text(const char *text, const struct explained *explained)
{
    const struct line *line = &explained->line;
    const char *form = header_form(text, line);
    char number[64];
    write_field("header", form, strlen(form));
    if (line->has_header) {
        print_time(&line->time, number);
        write_field("time", number[0] != '\0' ? number : NULL, strlen(number));
        snprintf(number, sizeof(number), "%" PRIu32, line->task.pid);
        write_field("process", line->task.pid != 0 ? number : NULL, strlen(number));
        write_field("tag", line->task.tag.bytes, line->task.tag.length);
    }
    write_field("line", kind_name(line->kind), strlen(kind_name(line->kind)));
    write_fields(line);
    printf("%-12s", "verdict");
    print_text(stdout, explained->sentence);
    putchar('\n');
    if (explained->broken_at != SIZE_MAX && explained->why) {
        putchar('\n');
        excerpt_write(stdout, explained->shown.bytes, explained->shown.length,
                      explained->broken_at);
    }
    if (explained->why)
        printf("%s\n", explained->why);
}

static void add_text(const char *name, const char *bytes, size_t length)
{
    char *value = ctl_json_string(bytes, length);
    if (!value)
        memory_exhausted();
    printf(",\"%s\":%s", name, value);
    free(value);
}

static void add_word(const char *name, const char *text)
{
    add_text(name, text, text ? strlen(text) : 0);
}

static void write_json(const char *text, const struct explained *explained)
{
    const struct line *line = &explained->line;
    char address[ADDR_TEXT_SIZE];
    char time[64];
    printf("{\"schema\":\"banctl.replay/1\",\"item\":\"line\"");
    add_word("verdict", explained->verdict);
    add_word("reason", explained->why);
    if (explained->broken_at != SIZE_MAX && explained->why)
        printf(",\"column\":%zu", explained->broken_at + 1);
    else
        printf(",\"column\":null");
    printf(",\"column_of\":\"%s\"", explained->shown.bytes == text ? "line" : "message");
    add_word("header", header_form(text, line));
    print_time(&line->time, time);
    add_word("time", line->has_header && time[0] != '\0' ? time : NULL);
    printf(",\"pid\":");
    printf(line->task.pid != 0 ? "%" PRIu32 : "null", line->task.pid);
    add_text("tag", line->task.tag.bytes, line->task.tag.length);
    add_word("kind", kind_name(line->kind));
    add_text("message_id", line->message_id.bytes, line->message_id.length);
    add_text("qid", line->qid.bytes, line->qid.length);
    if (line->has_addr)
        addr_print(&line->addr, address);
    add_word("address", line->has_addr ? address : NULL);
    add_text("account", line->account.bytes, line->account.length);
    add_text("bucket", line->bucket.bytes, line->bucket.length);
    puts("}");
}
