/* SPDX-License-Identifier: Apache-2.0 */
#include "reference_text.h"

#include <string.h>

struct line_text text_of(const char *constant)
{
    return (struct line_text){constant, strlen(constant)};
}

bool text_is(struct line_text text, const char *constant)
{
    return text_same(text, text_of(constant));
}

bool text_begins(struct line_text text, const char *constant)
{
    return text.length >= strlen(constant) && text_is(text_first(text, strlen(constant)), constant);
}

bool text_ends(struct line_text text, const char *constant)
{
    size_t length = strlen(constant);
    return text.length >= length && text_is(text_behind(text, text.length - length), constant);
}

struct line_text text_first(struct line_text text, size_t count)
{
    return (struct line_text){text.bytes, count};
}

struct line_text text_behind(struct line_text text, size_t count)
{
    return (struct line_text){text.bytes + count, text.length - count};
}

size_t text_find(struct line_text text, const char *constant)
{
    const char *at =
        text.length > 0 ? memmem(text.bytes, text.length, constant, strlen(constant)) : NULL;
    return at ? (size_t)(at - text.bytes) : text.length + 1;
}

bool text_take(struct line_text *text, const char *constant)
{
    if (!text_begins(*text, constant))
        return false;
    *text = text_behind(*text, strlen(constant));
    return true;
}

bool text_take_until(struct line_text *text, const char *constant, struct line_text *taken)
{
    size_t at = text_find(*text, constant);
    if (at > text->length)
        return false;
    *taken = text_first(*text, at);
    *text = text_behind(*text, at + strlen(constant));
    return true;
}

struct line_text text_take_all(struct line_text *text, bool (*is_one)(char byte))
{
    size_t count = 0;
    while (count < text->length && is_one(text->bytes[count]))
        count++;
    struct line_text taken = text_first(*text, count);
    *text = text_behind(*text, count);
    return taken;
}

bool text_all(struct line_text text, bool (*is_one)(char byte))
{
    return text_take_all(&text, is_one).length > 0 && text.length == 0;
}

bool text_same(struct line_text a, struct line_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

bool byte_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

bool byte_is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool byte_is_graph(char byte)
{
    return byte > 0x20 && byte < 0x7f;
}

bool byte_is_word(char byte)
{
    return byte_is_letter(byte) || byte_is_digit(byte) || byte == '.' || byte == '_' || byte == '-';
}
