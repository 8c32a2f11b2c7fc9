/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of rspamd whose lines matter.
 *
 * Does not: look at anything else of a line.
 */
#include "line_function.h"

#include <assert.h>
#include <string.h>

/* rspamd writes "<TAG>; module; function: " into 64 bytes: with a long tag the name of the function
 * loses its end, and the last byte is a blank. */
enum { PREFIX_BYTES_MAX = 63, NAME_BYTES_MIN = 13 }; /* no name is shorter */
enum { GUESS_BYTES = 16 }; /* a constant: then comparing them is no call */

struct known {
    const char *module;
    const char *function;
    bool is_begin; /* a line number follows */
    enum line_kind kind;
    const char *both; /* "MODULE; FUNCTION" */
};

#define KNOWN(module, function, is_begin, kind)                \
    {                                                          \
        module, function, is_begin, kind, module "; " function \
    }
static const struct known known[] = {
    KNOWN("proxy", "rspamd_task_write_log", false, LINE_MESSAGE),
    KNOWN("task", "rspamd_task_write_log", false, LINE_MESSAGE),
    KNOWN("lua", "ratelimit.lua:", true, LINE_EVIDENCE),
};
static_assert(sizeof("lua; ") - 1 + NAME_BYTES_MIN >= GUESS_BYTES,
              "the shortest module, with a name that is cut");
enum { KNOWN_COUNT = sizeof(known) / sizeof(known[0]) };

static bool take_number(struct line_cursor *cursor)
{
    struct line_text digits;
    return cursor_take_run(cursor, cursor_is_digit, 1, 9, &digits);
}

/* Takes as much of name as rspamd had room for, and the blank that stands for the rest. */
static bool take_cut(struct line_cursor *cursor, const char *name, const char *tag)
{
    size_t room = (size_t)(cursor->at - tag);
    if (room >= PREFIX_BYTES_MAX)
        return false;
    room = PREFIX_BYTES_MAX - room - 1;
    if (room < NAME_BYTES_MIN || room > strlen(name))
        return false;
    if ((size_t)(cursor->end - cursor->at) <= room || cursor->at[room] != ' ' ||
        memcmp(cursor->at, name, room) != 0)
        return false;
    cursor->at += room + 1;
    return true;
}

enum line_kind line_function_take(struct line_cursor *cursor, const char *tag)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        struct line_cursor at = *cursor;
        if (!cursor_take(&at, known[i].module) || !cursor_take(&at, "; "))
            continue;
        struct line_cursor function = at;
        bool taken = cursor_take(&at, known[i].function) &&
                     (!known[i].is_begin || take_number(&at)) && cursor_take(&at, ": ");
        if (!taken && !known[i].is_begin) {
            at = function;
            taken = take_cut(&at, known[i].function, tag);
        }
        if (!taken)
            continue;
        *cursor = at;
        return known[i].kind;
    }
    return LINE_OTHER;
}

enum line_kind line_function_guess(struct line_cursor cursor)
{
    if ((size_t)(cursor.end - cursor.at) < GUESS_BYTES)
        return LINE_OTHER;
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (memcmp(cursor.at, known[i].both, GUESS_BYTES) == 0)
            return known[i].kind;
    return LINE_OTHER;
}

enum line_kind line_function_of(struct line_text module, struct line_text function)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        struct line_cursor at = {function.bytes, function.bytes + function.length};
        if (!line_text_is(module, known[i].module))
            continue;
        if (known[i].is_begin
                ? cursor_take(&at, known[i].function) && take_number(&at) && at.at == at.end
                : line_text_is(function, known[i].function))
            return known[i].kind;
    }
    return LINE_OTHER;
}
