/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A position in a log line that only moves forward.
 *
 * Each cursor_take_... either takes what it names and moves behind it, or returns false; after
 * false the position is where a person would point at, unless the function says that it stays.
 * Nothing is ever read at or behind the end. What is asked of every line is inline: a big log has
 * millions. Does not: know what a log line looks like.
 */
#ifndef BANSYNC_CORE_LINE_CURSOR_H
#define BANSYNC_CORE_LINE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "line.h"

struct line_cursor {
    const char *at;
    const char *end;
};

/* Members for cursor_take_run: digits; letters; letters, digits, '.', '_' and '-'; all that is
 * printed and no blank. ASCII, whatever the locale. */
static inline bool cursor_is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline bool cursor_is_letter(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static inline bool cursor_is_plain(unsigned char byte)
{
    return cursor_is_letter(byte) || cursor_is_digit(byte) || byte == '.' || byte == '_' ||
           byte == '-';
}

static inline bool cursor_is_graph(unsigned char byte)
{
    return byte > 0x20 && byte < 0x7f;
}

/* Takes exactly this text; without it the position stays. */
static inline bool cursor_take(struct line_cursor *cursor, const char *text)
{
    size_t length = strlen(text);

    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, text, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

/* Takes exactly count decimal digits, 1 to 9. */
bool cursor_take_digits(struct line_cursor *cursor, size_t count, int *value);

/* Takes a decimal number of 1 to max digits; max up to 18. */
bool cursor_take_number(struct line_cursor *cursor, size_t max, uint64_t *value);

/* Takes nothing, or a point and 1 to 9 digits, of which it keeps the first three. */
bool cursor_take_fraction(struct line_cursor *cursor, int *millisecond);

/* Takes min to max bytes that satisfy is_member, as many as there are; more than max of them:
 * false. */
static inline bool cursor_take_run(struct line_cursor *cursor,
                                   bool (*is_member)(unsigned char byte), size_t min, size_t max,
                                   struct line_text *run)
{
    const char *start = cursor->at;
    while (cursor->at < cursor->end && is_member((unsigned char)*cursor->at))
        cursor->at++;
    run->bytes = start;
    run->length = (size_t)(cursor->at - start);
    return run->length >= min && run->length <= max;
}

#endif
