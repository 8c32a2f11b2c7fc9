/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message of a rspamd_task_write_log line, judged from both ends (docs/DESIGN.md section 8).
 *
 * The end first: nearly every line stops there, after one comparison. The fields are read left to
 * right, without a step back: the address is the one directly behind message id and queue id, or
 * there is none. Everything behind it (account, sender, recipients) is text that a sender may have
 * written and is only ever copied.
 * Does not: look at headers.
 */
#include "line_message.h"

#include <bansync/limits.h>
#include <string.h>

#include "line_bucket.h"
#include "line_cursor.h"

#define LITERAL_LENGTH(text) (sizeof(text) - 1)

static const char set_by[] = "(set by ratelimit)";
static const char settings[] = "(set by ratelimit), settings_id: ";
static const char verdict_start[] = ">, forced: soft reject \"Ratelimit \"";
static const char verdict_end[] = "\" exceeded\"; score=nan (set by ratelimit)";

enum {
    MESSAGE_BYTES_CUT = 8190, /* rspamd cuts at 8,191: from here on the end may not be the end */
    SETTINGS_BYTES_MAX = 64,
    SEPARATOR_BYTES_CUT_MAX = 11, /* ", (default:": what a cut may leave of one */
};

static bool may_be_cut(const struct line *line);
static bool find_verdict_end(const char *text, size_t length, size_t *end);
static bool ends_with(const char *text, size_t length, const char *end, size_t end_length);
static const char *find_forced(const char *text, size_t length);
static const char *read_verdict(const char *text, size_t length, struct line_text *bucket);
static const char *read_fields(struct line_cursor *fields, bool is_cut, struct line *line);
static bool take_message_id(struct line_cursor *fields, struct line_text *message_id);
static bool take_qid(struct line_cursor *fields, struct line_text *qid);
static bool take_addr(struct line_cursor *fields, struct addr *addr);
static bool take_account(struct line_cursor *fields, bool is_cut, struct line_text *account);
static bool takes_separator(struct line_cursor *fields);
static bool is_cut_field(const struct line_cursor *fields);

void line_message_verdict(struct line *line)
{
    const char *text = line->message.bytes;
    size_t length = line->message.length;
    size_t end;
    line->verdict = LINE_NOT_LIMITED;
    if (!find_verdict_end(text, length, &end))
        return;
    if (memchr(text, '\0', length))
        line->verdict_broken = "the line holds a NUL byte";
    else if (may_be_cut(line))
        line->verdict_broken =
            "the message may be cut (8190 bytes or more; from a syslog daemon 1000)";
    else
        line->verdict_broken = read_verdict(text, end, &line->bucket);
    line->verdict = line->verdict_broken ? LINE_UNSURE : LINE_LIMITED;
    if (line->verdict_broken) /* what every verdict begins with, or what stands in its place */
        line->broken_at = find_forced(text, end);
}

void line_message_fields(struct line *line)
{
    struct line_cursor fields = {line->message.bytes, line->message.bytes + line->message.length};
    if (line->verdict == LINE_LIMITED) /* with the '>' that closes the list of recipients */
        fields.end = line->bucket.bytes - LITERAL_LENGTH(verdict_start) + 1;
    line->fields_broken = memchr(fields.at, '\0', line->message.length)
                              ? "the line holds a NUL byte"
                              : read_fields(&fields, may_be_cut(line), line);
    if (!line->fields_broken)
        return;
    if (!line->verdict_broken)
        line->broken_at = fields.at;
    line->has_addr = false;
    line->message_id = line->qid = line->account = (struct line_text){0};
}

bool line_message_may_be_limited(const char *bytes, size_t length)
{
    size_t end;
    if (length > 0 && bytes[length - 1] == '\r')
        length--;
    return find_verdict_end(bytes, length, &end);
}

static bool may_be_cut(const struct line *line)
{
    return line->may_be_cut || line->message.length >= MESSAGE_BYTES_CUT;
}

/* True if the text ends as one that names ratelimit does; *end is where the verdict ends, before ",
 * settings_id: WORD". */
static bool find_verdict_end(const char *text, size_t length, size_t *end)
{
    *end = length;
    if (ends_with(text, length, set_by, LITERAL_LENGTH(set_by)))
        return true;
    size_t reach = length < SETTINGS_BYTES_MAX + 1 ? length : SETTINGS_BYTES_MAX + 1;
    const char *blank = reach > 0 ? memrchr(text + length - reach, ' ', reach) : NULL;
    if (!blank)
        return false;
    size_t before = (size_t)(blank + 1 - text);
    if (!ends_with(text, before, settings, LITERAL_LENGTH(settings)))
        return false;
    struct line_cursor cursor = {text + before, text + length};
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

/* The last "forced: " of the text, or its end. */
static const char *find_forced(const char *text, size_t length)
{
    static const char forced[] = "forced: ";
    for (size_t at = length; at >= LITERAL_LENGTH(forced); at--) {
        if (text[at - 1] == ' ' && ends_with(text, at, forced, LITERAL_LENGTH(forced)))
            return text + at - LITERAL_LENGTH(forced);
    }
    return text + length;
}

/* Reads the verdict at the end of the text. The '>' before it closes the list of recipients: text
 * inside that list always has one behind it, so no recipient can end a message as a verdict does.
 * Returns NULL, or the rule that it breaks. */
static const char *read_verdict(const char *text, size_t length, struct line_text *bucket)
{
    static const char *const not_plain =
        "the verdict is not 'soft reject \"Ratelimit \"NAME\" exceeded\"' behind '>'";
    if (!ends_with(text, length, verdict_end, LITERAL_LENGTH(verdict_end)))
        return not_plain;
    size_t name_end = length - LITERAL_LENGTH(verdict_end);
    const char *quote = name_end > 0 ? memrchr(text, '"', name_end) : NULL;
    if (!quote)
        return not_plain;
    size_t name = (size_t)(quote + 1 - text);
    if (!ends_with(text, name, verdict_start, LITERAL_LENGTH(verdict_start)))
        return not_plain;
    if (!line_bucket_is_name(text + name, name_end - name))
        return "the bucket name is empty, too long or not plain";
    bucket->bytes = text + name;
    bucket->length = name_end - name;
    return NULL;
}

/* Returns NULL, or the rule that the fields break. */
static const char *read_fields(struct line_cursor *fields, bool is_cut, struct line *line)
{
    if (!take_message_id(fields, &line->message_id))
        return "the message does not begin with 'id: <...>,'";
    if (cursor_take(fields, " qid: <") && !take_qid(fields, &line->qid))
        return "the queue id is not plain";
    line->has_addr = cursor_take(fields, " ip: ");
    if (line->has_addr && !take_addr(fields, &line->addr))
        return "the address is malformed";
    if (cursor_take(fields, " user: "))
        return take_account(fields, is_cut, &line->account) ? NULL : "the account has no end";
    return takes_separator(fields) || (is_cut && is_cut_field(fields))
               ? NULL
               : "an unknown field stands behind the ids and the address";
}

/* "id: <...>,": rspamd writes a message id without blanks, so the first blank ends it. */
static bool take_message_id(struct line_cursor *fields, struct line_text *message_id)
{
    struct line_text id;
    if (!cursor_take(fields, "id: <") ||
        !cursor_take_run(fields, cursor_is_graph, 2, MESSAGE_BYTES_CUT, &id) ||
        !ends_with(id.bytes, id.length, ">,", 2) || fields->at == fields->end)
        return false; /* at the end of a cut message it may go on */
    message_id->bytes = id.bytes;
    message_id->length = id.length - 2;
    return true;
}

static bool take_qid(struct line_cursor *fields, struct line_text *qid)
{
    return cursor_take_run(fields, cursor_is_plain, 1, QID_BYTES_MAX, qid) &&
           cursor_take(fields, ">,");
}

static bool take_addr(struct line_cursor *fields, struct addr *addr)
{
    const char *comma = memchr(fields->at, ',', (size_t)(fields->end - fields->at));
    if (!comma || addr_parse_host(fields->at, (size_t)(comma - fields->at), addr) != 0)
        return false;
    fields->at = comma + 1;
    return true;
}

/* The account ends at the first separator of its field. It may hold such a text itself: then it is
 * too short, and nothing else is changed by it. Of a cut message that has lost that end it is known
 * only if it is longer than what is kept of one: what is left could be somebody else's. */
static bool take_account(struct line_cursor *fields, bool is_cut, struct line_text *account)
{
    const char *start = fields->at;
    const char *end = NULL;
    while (!end) {
        size_t left = (size_t)(fields->end - fields->at);
        const char *comma = left > 0 ? memchr(fields->at, ',', left) : NULL;
        if (!comma)
            break;
        fields->at = comma + 1;
        if (takes_separator(fields))
            end = comma;
    }
    if (!end && !is_cut)
        return false;
    account->length = end ? (size_t)(end - start) : (size_t)(fields->end - start);
    if (!end && account->length < ACCOUNT_BYTES_MAX + SEPARATOR_BYTES_CUT_MAX)
        account->length = 0;
    if (account->length > ACCOUNT_BYTES_MAX)
        account->length = ACCOUNT_BYTES_MAX;
    account->bytes = account->length > 0 ? start : NULL;
    return true;
}

/* What follows ids, address and account: the sender, or the verdict of a message without one. */
static bool takes_separator(struct line_cursor *fields)
{
    return cursor_take(fields, " from: <") || cursor_take(fields, " (default: ");
}

/* True if all that is left is the beginning of a field that may follow the address. */
static bool is_cut_field(const struct line_cursor *fields)
{
    static const char *const starts[] = {" user: ", " from: <", " (default: "};
    size_t left = (size_t)(fields->end - fields->at);
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (left < strlen(starts[i]) && memcmp(fields->at, starts[i], left) == 0)
            return true;
    }
    return false;
}
