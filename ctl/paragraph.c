/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of prose, see paragraph.h.
 */
#include "paragraph.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "fit.h"
#include "memory.h"

enum { NARROWEST = 20 };

static size_t room_behind(size_t columns, size_t taken);
static void print_lines_of(FILE *stream, enum terminal_color color, const char *rest,
                           const char *lines);
static size_t trimmed(const char *line, size_t length);

void paragraph_print(FILE *stream, enum terminal_color color, size_t taken, const char *rest,
                     const char *text)
{
    size_t columns = terminal_columns(stream), indent = strlen(rest);
    if (columns > 0 && taken > 0 && columns < taken + NARROWEST) {
        fprintf(stream, "\n%s", rest);
        taken = indent;
        text += strspn(text, " ");
    }
    size_t length = strlen(text);
    char *harmless = malloc(4 * length + 1);
    char *wrapped = malloc(8 * length + 1);
    if (!harmless || !wrapped)
        memory_exhausted();
    length = escape_text(text, length, ESCAPE_TERMINAL, harmless);
    size_t blanks = strspn(harmless, " "); /* no place to break the line at */
    size_t first = taken + blanks;
    memcpy(wrapped, harmless, length + 1);
    if (columns > 0 && first + escape_columns(harmless + blanks, length - blanks) > columns)
        fit_wrap(harmless + blanks, room_behind(columns, first > indent ? first : indent),
                 wrapped + blanks);
    if (!terminal_has_colors(stream))
        color = TERMINAL_PLAIN;
    print_lines_of(stream, color, rest, wrapped);
    free(harmless);
    free(wrapped);
}

void paragraph_print_lines(FILE *stream, size_t taken, const char *first, const char *text)
{
    const char *indent = first;
    taken += strlen(first);
    do {
        size_t length = strcspn(text, "\n");
        char *line = malloc(length + 1);
        if (!line)
            memory_exhausted();
        memcpy(line, text, length);
        line[length] = '\0';
        fputs(indent, stream);
        paragraph_print(stream, TERMINAL_PLAIN, taken, "  ", line);
        free(line);
        text += length + (text[length] == '\n');
        indent = "  ";
        taken = strlen(indent);
    } while (*text != '\0');
}

static size_t room_behind(size_t columns, size_t taken)
{
    return columns > taken + NARROWEST ? columns - taken : NARROWEST;
}

/* rest is in no color: it may be the sign of a comment. */
static void print_lines_of(FILE *stream, enum terminal_color color, const char *rest,
                           const char *lines)
{
    for (;;) {
        size_t length = strcspn(lines, "\n");
        bool last = lines[length] == '\0';
        fprintf(stream, "%s%.*s%s\n", terminal_begin_color(color),
                (int)(last ? length : trimmed(lines, length)), lines, terminal_end_color(color));
        if (last)
            return;
        lines += length + 1;
        fputs(rest, stream);
    }
}

/* Where it breaks there may have been more than one blank. */
static size_t trimmed(const char *line, size_t length)
{
    while (length > 0 && line[length - 1] == ' ')
        length--;
    return length;
}
