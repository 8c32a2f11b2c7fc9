/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A position in a log line that only moves forward.
 *
 * Bytes are judged as ASCII, whatever the locale.
 * Does not: know what a log line looks like.
 */
#include "line_cursor.h"

#include <assert.h>
#include <string.h>

bool cursor_take(struct line_cursor *cursor, const char *text)
{
    size_t length = strlen(text);
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, text, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

bool cursor_take_digits(struct line_cursor *cursor, size_t count, int *value)
{
    assert(count >= 1 && count <= 9);
    if ((size_t)(cursor->end - cursor->at) < count)
        return false;
    int taken = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned char byte = (unsigned char)*cursor->at++;
        if (!cursor_is_digit(byte))
            return false;
        taken = taken * 10 + (byte - '0');
    }
    *value = taken;
    return true;
}

bool cursor_take_run(struct line_cursor *cursor, bool (*is_member)(unsigned char byte), size_t min,
                     size_t max, struct line_text *run)
{
    const char *start = cursor->at;
    while (cursor->at < cursor->end && is_member((unsigned char)*cursor->at))
        cursor->at++;
    run->bytes = start;
    run->length = (size_t)(cursor->at - start);
    return run->length >= min && run->length <= max;
}

bool cursor_is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

bool cursor_is_letter(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool cursor_is_plain(unsigned char byte)
{
    return cursor_is_letter(byte) || cursor_is_digit(byte) || byte == '.' || byte == '_' ||
           byte == '-';
}

bool cursor_is_graph(unsigned char byte)
{
    return byte > 0x20 && byte < 0x7f;
}
