/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of rspamd's log.
 *
 * The header from byte 0, then what its function writes; most lines are of other functions and stop
 * there.
 * Does not: join lines, keep state, convert time zones.
 */
#include "line.h"

#include <string.h>

#include "line_bucket.h"
#include "line_cursor.h"
#include "line_header.h"
#include "line_message.h"

static bool read_evidence(struct line *line);

bool line_may_matter(const char *bytes, size_t length, bool any_message)
{
    enum line_kind kind = line_header_guess(bytes, length);
    return kind == LINE_EVIDENCE ||
           (kind == LINE_MESSAGE && (any_message || line_message_may_be_limited(bytes, length)));
}

enum line_kind line_read(const char *bytes, size_t length, char *scratch, struct line *line)
{
    if (length > 0 && bytes[length - 1] == '\r')
        length--;
    line_header(bytes, length, scratch, line);
    if (line->kind == LINE_MESSAGE) {
        line_message_verdict(line);
        if (line->verdict != LINE_NOT_LIMITED)
            line_message_fields(line);
    } else if (line->kind == LINE_EVIDENCE && !read_evidence(line)) {
        line->kind = LINE_OTHER;
    }
    return line->kind;
}

void line_fields(struct line *line)
{
    line_message_fields(line);
}

/* "ratelimit "NAME(": what the limit was looked up by stands behind it, text that a sender may have
 * written. */
static bool read_evidence(struct line *line)
{
    struct line_cursor cursor = {line->message.bytes, line->message.bytes + line->message.length};
    cursor_take(&cursor, "set_symbol_only: ");
    line->broken_at = cursor.at;
    if (!cursor_take(&cursor, "ratelimit \""))
        return false;
    line->broken_at = cursor.at;
    size_t left = (size_t)(cursor.end - cursor.at);
    const char *name_end = left > 0 ? memchr(cursor.at, '(', left) : NULL;
    if (!name_end || !line_bucket_is_name(cursor.at, (size_t)(name_end - cursor.at)))
        return false;
    line->bucket.bytes = cursor.at;
    line->bucket.length = (size_t)(name_end - cursor.at);
    line->broken_at = NULL;
    return true;
}
