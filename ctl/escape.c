/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from outside made harmless, in one walk: each step takes one whole UTF-8 sequence or one
 * byte.
 *
 * Does not: print, quote, ask the locale what a character is (the output is UTF-8 whatever it
 * says); only how wide one is.
 */
#include "escape.h"

#include <stdbool.h>
#include <string.h>
#include <wchar.h>

static size_t plain_bytes(const unsigned char *bytes, size_t length);
static size_t harmless_sequence(const unsigned char *bytes, size_t length, enum escape_for where);
static size_t utf8_sequence(const unsigned char *bytes, size_t length);
static wchar_t character(const unsigned char *sequence, size_t length);
static bool is_terminal_control(const unsigned char *sequence, size_t length);

size_t escape_text(const char *bytes, size_t length, enum escape_for where, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *in = (const unsigned char *)bytes;
    size_t written = 0;
    for (size_t i = 0; i < length;) {
        size_t sequence = plain_bytes(in + i, length - i);
        if (sequence == 0)
            sequence = harmless_sequence(in + i, length - i, where);
        if (sequence > 0) {
            if (out)
                memcpy(out + written, in + i, sequence);
            written += sequence;
            i += sequence;
            continue;
        }
        if (out) {
            char hex[4] = {'\\', 'x', digits[in[i] >> 4], digits[in[i] & 15]};
            memcpy(out + written, hex, sizeof(hex));
        }
        written += 4;
        i++;
    }
    if (out)
        out[written] = '\0';
    return written;
}

size_t escape_columns(const char *text, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length;) {
        size_t bytes = escape_next(text + i);
        int width = 1;
        if (bytes > 1 && bytes <= length - i)
            width = wcwidth(character((const unsigned char *)text + i, bytes));
        columns += width < 0 ? 1 : (size_t)width;
        i += bytes > 0 ? bytes : 1;
    }
    return columns;
}

size_t escape_next(const char *text)
{
    size_t length = text[0] != '\0';
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length++;
    return length;
}

/* How many bytes from the first one on are printable ASCII, which most are. */
static size_t plain_bytes(const unsigned char *bytes, size_t length)
{
    size_t count = 0;
    while (count < length && bytes[count] >= 0x20 && bytes[count] < 0x7f)
        count++;
    return count;
}

/* Length of the sequence at bytes that may stay as it is; 0: its first byte must be escaped. */
static size_t harmless_sequence(const unsigned char *bytes, size_t length, enum escape_for where)
{
    if (bytes[0] < 0x80)
        return bytes[0] >= 0x20 && bytes[0] != 0x7f;
    size_t sequence = utf8_sequence(bytes, length);
    if (where == ESCAPE_TERMINAL && is_terminal_control(bytes, sequence))
        return 0;
    return sequence;
}

/* Length of the UTF-8 sequence of two to four bytes at bytes; 0 if there is none (RFC 3629: no
 * overlong form, no surrogate, nothing above U+10FFFF; the second byte alone decides all of these).
 */
static size_t utf8_sequence(const unsigned char *bytes, size_t length)
{
    unsigned char first = bytes[0];
    if (first < 0xc2 || first > 0xf4)
        return 0;
    size_t want = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length < want)
        return 0;
    unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (bytes[1] < least || bytes[1] > most)
        return 0;
    for (size_t i = 2; i < want; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    }
    return want;
}

/* The code point of a valid sequence of two to four bytes. */
static wchar_t character(const unsigned char *sequence, size_t length)
{
    wchar_t out = sequence[0] & (0x7f >> length);
    for (size_t i = 1; i < length; i++)
        out = out << 6 | (sequence[i] & 0x3f);
    return out;
}

/* C1 controls are C2 80 to C2 9F; the direction signs E2 80 AA to AE and E2 81 A6 to A9. */
static bool is_terminal_control(const unsigned char *sequence, size_t length)
{
    if (length == 2)
        return sequence[0] == 0xc2 && sequence[1] < 0xa0;
    if (length != 3 || sequence[0] != 0xe2)
        return false;
    if (sequence[1] == 0x80)
        return sequence[2] >= 0xaa && sequence[2] <= 0xae;
    return sequence[1] == 0x81 && sequence[2] >= 0xa6 && sequence[2] <= 0xa9;
}
