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

bool cursor_take_digits(struct line_cursor *cursor, size_t count, int *value)
{
    assert(count >= 1 && count <= 9);
    if ((size_t)(cursor->end - cursor->at) < count)
        return false;
    int taken = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned char byte = (unsigned char)*cursor->at;
        if (!cursor_is_digit(byte))
            return false;
        cursor->at++;
        taken = taken * 10 + (byte - '0');
    }
    *value = taken;
    return true;
}

bool cursor_take_number(struct line_cursor *cursor, size_t max, uint64_t *value)
{
    struct line_text digits;
    assert(max >= 1 && max <= 18);
    if (!cursor_take_run(cursor, cursor_is_digit, 1, max, &digits))
        return false;
    *value = 0;
    for (size_t i = 0; i < digits.length; i++)
        *value = *value * 10 + (uint64_t)(digits.bytes[i] - '0');
    return true;
}

bool cursor_take_fraction(struct line_cursor *cursor, int *millisecond)
{
    struct line_text digits;
    *millisecond = 0;
    if (!cursor_take(cursor, "."))
        return true;
    if (!cursor_take_run(cursor, cursor_is_digit, 1, 9, &digits))
        return false;
    for (size_t i = 0; i < 3; i++)
        *millisecond = *millisecond * 10 + (i < digits.length ? digits.bytes[i] - '0' : 0);
    return true;
}
