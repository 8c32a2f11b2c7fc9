/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A piece of a long text, see excerpt.h.
 *
 * Bytes that are no ASCII are shown as escapes, one by one: so each byte has its own columns.
 */
#include "excerpt.h"

#include <string.h>

#include "escape.h"

static const char dots[] = "...";
enum { DOTS = sizeof(dots) - 1, BEFORE_COLUMNS = 40 };

/* Writes the harmless form of one byte; returns its columns. */
static size_t print_byte(char byte, char text[5])
{
    return escape_text(&byte, 1, ESCAPE_TERMINAL, text);
}

/* Writes as many bytes as fit; returns how many those are. *used: columns. */
static size_t fill(const char *bytes, size_t length, size_t columns, char *text, size_t *used)
{
    size_t count = 0;
    *used = 0;
    text[0] = '\0';
    while (count < length) {
        char one[5];
        size_t width = print_byte(bytes[count], one);
        if (*used + width > columns)
            break;
        memcpy(text + *used, one, width + 1);
        *used += width;
        count++;
    }
    return count;
}

void excerpt_print(const char *bytes, size_t length, size_t columns, char text[EXCERPT_TEXT_SIZE])
{
    size_t used;
    if (fill(bytes, length, columns, text, &used) == length)
        return;
    fill(bytes, length, columns - DOTS, text, &used);
    memcpy(text + used, dots, sizeof(dots));
}

void excerpt_write(FILE *stream, const char *bytes, size_t length, size_t at)
{
    char text[EXCERPT_TEXT_SIZE];
    char one[5];
    size_t from = at;
    size_t before = 0; /* columns */
    while (from > 0) {
        size_t width = print_byte(bytes[from - 1], one);
        if (before + width > BEFORE_COLUMNS)
            break;
        before += width;
        from--;
    }
    size_t cut = from > 0 ? DOTS : 0;
    excerpt_print(bytes + from, length - from, EXCERPT_COLUMNS - cut, text);
    fprintf(stream, "%s%s\n%*s^\n", cut > 0 ? dots : "", text, (int)(cut + before), "");
}
