/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of rspamd's log, judged from both ends (docs/DESIGN.md section 8).
 *
 * The end first: nearly every line stops there, after one comparison. Then the header from byte 0,
 * then the fields left to right, without a step back: the address is the one directly behind
 * message id and queue id, or there is none. Everything behind it (account, sender, recipients) is
 * text that a sender may have written and is only ever copied.
 * Does not: join lines, keep state, convert time zones.
 */
#include "line.h"

#include <assert.h>
#include <bansync/limits.h>
#include <stdbool.h>
#include <string.h>

#include "line_cursor.h"
#include "line_header.h"

#define LITERAL_LENGTH(text) (sizeof(text) - 1)

static const char set_by[] = "(set by ratelimit)";
static const char settings[] = "(set by ratelimit), settings_id: ";
static const char verdict_start[] = ">, forced: soft reject \"Ratelimit \"";
static const char verdict_end[] = "\" exceeded\"; score=nan (set by ratelimit)";

enum {
    MESSAGE_BYTES_CUT = 8190, /* rspamd cuts at 8,191: from here on the end may not be the end */
    SETTINGS_BYTES_MAX = 64,
};

static bool find_verdict_end(const char *line, size_t length, size_t *end);
static bool ends_with(const char *text, size_t length, const char *end, size_t end_length);
static const char *scan_message(struct line_cursor message, const char *end, struct line_hit *hit,
                                bool *has_addr);
static const char *scan_verdict(struct line_cursor *fields, struct line_text *bucket);
static const char *scan_fields(struct line_cursor fields, struct line_hit *hit, bool *has_addr);
static bool take_message_id(struct line_cursor *fields);
static bool take_qid(struct line_cursor *fields, struct line_text *qid);
static bool take_addr(struct line_cursor *fields, struct addr *addr);
static bool take_account(struct line_cursor *fields, struct line_text *account);
static bool is_bucket_name(const char *name, size_t length);

enum line_verdict line_scan(const char *line, size_t length, struct line_hit *hit,
                            const char **reason)
{
    if (reason)
        *reason = NULL;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    size_t end;
    if (!find_verdict_end(line, length, &end))
        return LINE_OTHER;

    struct line_hit found = {0};
    const char *message = line_header(line, length, &found.time);
    if (!message)
        return LINE_OTHER;
    found.message.bytes = message;
    found.message.length = (size_t)(line + length - message);

    bool has_addr = false;
    const char *broken = "the line holds a NUL byte";
    if (!memchr(line, '\0', length))
        broken = scan_message((struct line_cursor){message, line + length}, line + end, &found,
                              &has_addr);
    if (broken) {
        if (reason)
            *reason = broken;
        return LINE_REFUSED;
    }
    *hit = found;
    return has_addr ? LINE_HIT : LINE_UNATTRIBUTABLE;
}

/* True if the line ends as one that names ratelimit does; *end is where the verdict ends, before ",
 * settings_id: WORD". */
static bool find_verdict_end(const char *line, size_t length, size_t *end)
{
    *end = length;
    if (ends_with(line, length, set_by, LITERAL_LENGTH(set_by)))
        return true;
    size_t reach = length < SETTINGS_BYTES_MAX + 1 ? length : SETTINGS_BYTES_MAX + 1;
    const char *blank = reach > 0 ? memrchr(line + length - reach, ' ', reach) : NULL;
    if (!blank)
        return false;
    size_t before = (size_t)(blank + 1 - line);
    if (!ends_with(line, before, settings, LITERAL_LENGTH(settings)))
        return false;
    struct line_cursor cursor = {line + before, line + length};
    struct line_text word;
    if (!cursor_take_run(&cursor, cursor_is_plain, 1, SETTINGS_BYTES_MAX, &word))
        return false;
    *end = before - LITERAL_LENGTH(settings) + LITERAL_LENGTH(set_by);
    return cursor.at == cursor.end;
}

static bool ends_with(const char *text, size_t length, const char *end, size_t end_length)
{
    return length >= end_length && memcmp(text + length - end_length, end, end_length) == 0;
}

/* Scans the message, whose verdict ends at end. Returns NULL, or the rule that it breaks. */
static const char *scan_message(struct line_cursor message, const char *end, struct line_hit *hit,
                                bool *has_addr)
{
    if (message.end - message.at >= MESSAGE_BYTES_CUT)
        return "the message may be cut (8190 bytes or more)";
    assert(end > message.at); /* no header ends as a verdict does */
    struct line_cursor fields = {message.at, end};
    const char *broken = scan_verdict(&fields, &hit->bucket);
    if (!broken)
        broken = scan_fields(fields, hit, has_addr);
    return broken;
}

/* Reads the verdict at the end of the message and takes it off. The '>' before it closes the list
 * of recipients: text inside that list always has one behind it, so no recipient can end a message
 * as a verdict does. */
static const char *scan_verdict(struct line_cursor *fields, struct line_text *bucket)
{
    static const char *const not_plain =
        "the verdict is not 'soft reject \"Ratelimit \"NAME\" exceeded\"' behind '>'";
    size_t length = (size_t)(fields->end - fields->at);
    if (!ends_with(fields->at, length, verdict_end, LITERAL_LENGTH(verdict_end)))
        return not_plain;
    const char *name_end = fields->end - LITERAL_LENGTH(verdict_end);
    const char *quote =
        name_end > fields->at ? memrchr(fields->at, '"', (size_t)(name_end - fields->at)) : NULL;
    if (!quote)
        return not_plain;
    const char *name = quote + 1;
    if (!ends_with(fields->at, (size_t)(name - fields->at), verdict_start,
                   LITERAL_LENGTH(verdict_start)))
        return not_plain;
    if (!is_bucket_name(name, (size_t)(name_end - name)))
        return "the bucket name is empty, too long or not plain";
    bucket->bytes = name;
    bucket->length = (size_t)(name_end - name);
    fields->end = name - LITERAL_LENGTH(verdict_start) + 1;
    return NULL;
}

static const char *scan_fields(struct line_cursor fields, struct line_hit *hit, bool *has_addr)
{
    if (!take_message_id(&fields))
        return "the message does not begin with 'id: <...>,'";
    if (cursor_take(&fields, " qid: <") && !take_qid(&fields, &hit->qid))
        return "the queue id is not plain";
    *has_addr = cursor_take(&fields, " ip: ");
    if (*has_addr && !take_addr(&fields, &hit->addr))
        return "the address is malformed";
    if (cursor_take(&fields, " user: "))
        return take_account(&fields, &hit->account) ? NULL : "the account has no end";
    if (cursor_take(&fields, " from: <") || cursor_take(&fields, " (default: "))
        return NULL;
    return "an unknown field stands behind the ids and the address";
}

/* "id: <...>,": rspamd writes a message id without blanks, so the first blank ends it. */
static bool take_message_id(struct line_cursor *fields)
{
    struct line_text id;
    if (!cursor_take(fields, "id: <"))
        return false;
    if (!cursor_take_run(fields, cursor_is_graph, 2, MESSAGE_BYTES_CUT, &id))
        return false;
    return ends_with(id.bytes, id.length, ">,", 2);
}

static bool take_qid(struct line_cursor *fields, struct line_text *qid)
{
    return cursor_take_run(fields, cursor_is_plain, 1, QID_BYTES_MAX, qid) &&
           cursor_take(fields, ">,");
}

static bool take_addr(struct line_cursor *fields, struct addr *addr)
{
    struct line_text text;
    text.bytes = fields->at;
    const char *comma = memchr(fields->at, ',', (size_t)(fields->end - fields->at));
    if (!comma)
        return false;
    text.length = (size_t)(comma - fields->at);
    fields->at = comma + 1;
    return addr_parse_host(text.bytes, text.length, addr) == 0;
}

/* The account ends at the first separator of its field. It may hold such a text itself: then it is
 * too short, and nothing else is changed by it. */
static bool take_account(struct line_cursor *fields, struct line_text *account)
{
    const char *start = fields->at;
    for (;;) {
        const char *comma = memchr(fields->at, ',', (size_t)(fields->end - fields->at));
        if (!comma)
            return false;
        fields->at = comma + 1;
        if (!cursor_take(fields, " from: <") && !cursor_take(fields, " (default: "))
            continue;
        account->length = (size_t)(comma - start);
        if (account->length > ACCOUNT_BYTES_MAX)
            account->length = ACCOUNT_BYTES_MAX;
        account->bytes = account->length > 0 ? start : NULL;
        return true;
    }
}

/* A configuration key, as far as it can be told: no quote (the search for it ended there),
 * backslash or control byte. */
static bool is_bucket_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)name[i];
        if (byte < 0x20 || byte == 0x7f || byte == '\\')
            return false;
    }
    return length >= 1 && length <= BUCKET_BYTES_MAX;
}
