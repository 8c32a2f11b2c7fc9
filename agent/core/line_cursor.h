/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A position in a log line that only moves forward.
 *
 * Each cursor_take_... either takes what it names and moves behind it, or returns false; after
 * false the position means nothing, unless the function says that it stays. Nothing is ever read at
 * or behind the end.
 * Does not: know what a log line looks like.
 */
#ifndef BANSYNC_CORE_LINE_CURSOR_H
#define BANSYNC_CORE_LINE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "line.h"

struct line_cursor {
    const char *at;
    const char *end;
};

/* Takes exactly this text; without it the position stays. */
bool cursor_take(struct line_cursor *cursor, const char *text);

/* Takes exactly count decimal digits, 1 to 9. */
bool cursor_take_digits(struct line_cursor *cursor, size_t count, int *value);

/* Takes min to max bytes that satisfy is_member, as many as there are; more than max of them:
 * false. */
bool cursor_take_run(struct line_cursor *cursor, bool (*is_member)(unsigned char byte), size_t min,
                     size_t max, struct line_text *run);

/* Members for cursor_take_run: digits; letters; letters, digits, '.', '_' and '-'; all that is
 * printed and no blank. */
bool cursor_is_digit(unsigned char byte);
bool cursor_is_letter(unsigned char byte);
bool cursor_is_plain(unsigned char byte);
bool cursor_is_graph(unsigned char byte);

#endif
