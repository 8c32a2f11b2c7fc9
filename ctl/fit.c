/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the columns of a table fit a width.
 *
 * Does not: cut the first column: a network that is not whole is another network, and so is a name.
 */
#include "fit.h"

#include <string.h>

#include "escape.h"

/* No network is wider than WHOLE. */
enum { CUT_MIN = 12, LAST_MIN = 8, LAST_WANTED = 20, WHOLE = 43, FIRST_MIN = 24 };

static size_t needed(const struct fit_column *columns, size_t count, bool least);
static size_t least_of(const struct fit_column *columns, size_t count, size_t index);
static struct fit_column *next_to_leave(struct fit_column *columns, size_t count);
static void cut_texts(struct fit_column *columns, size_t count, size_t room);
static size_t larger(size_t a, size_t b);

void fit_columns(struct fit_column *columns, size_t count, size_t room)
{
    for (size_t i = 0; i < count; i++)
        columns[i].width = larger(larger(columns[i].widest, columns[i].title), 1);
    struct fit_column *leaving;
    while (needed(columns, count, true) > room && (leaving = next_to_leave(columns, count)) != NULL)
        leaving->width = 0;
    struct fit_column *last = &columns[count - 1];
    size_t last_natural = last->width;
    last->width = least_of(columns, count, count - 1);
    cut_texts(columns, count, room);
    size_t used = needed(columns, count, false);
    size_t width = last->width + room;
    width = width > used + LAST_MIN ? width - used : LAST_MIN;
    if (!last->right && last_natural > 0)
        last->width = larger(width < last_natural ? width : last_natural, last->title);
}

void fit_cut(char *text, size_t width)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    size_t length = strlen(text);
    if (escape_columns(text, length) <= width)
        return;
    size_t kept = 0;
    size_t next = 0;
    do {
        kept = next;
        next += escape_next(text + next);
    } while (escape_columns(text, next) + 1 <= width);
    memcpy(text + kept, ellipsis, sizeof(ellipsis));
}

void fit_wrap(const char *text, size_t width, char *out)
{
    size_t used = 0;   /* columns of the line so far */
    size_t blank = 0;  /* where in out the line's last blank is; 0: it has none */
    size_t behind = 0; /* columns up to and with it */
    size_t slash = 0;  /* the same of a word's last "/": a path breaks behind it */
    size_t path = 0;
    size_t written = 0;
    while (*text != '\0') {
        size_t length = escape_next(text);
        size_t columns = escape_columns(text, length);
        while (used > 0 && used + columns > width && *text != ' ') {
            if (blank > 0) {
                out[blank] = '\n';
                used -= behind;
                path -= slash > 0 ? behind : 0;
            } else {
                size_t at = slash > 0 ? slash : written;
                memmove(out + at + 1, out + at, written - at);
                out[at] = '\n';
                written++;
                used -= slash > 0 ? path : used;
                slash = 0;
            }
            blank = 0;
        }
        if (*text == ' ' && used > 0) {
            blank = written;
            behind = used + 1;
        }
        memcpy(out + written, text, length);
        written += length;
        used += columns;
        if (*text == '/' && text[1] != '/' && used > 1) {
            slash = written;
            path = used;
        } else if (*text == ' ') {
            slash = 0;
        }
        text += length;
    }
    out[written] = '\0';
}

/* Width of the table, with its texts as they are or as narrow as they become. */
static size_t needed(const struct fit_column *columns, size_t count, bool least)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        size_t width = least ? least_of(columns, count, i) : columns[i].width;
        if (width > 0)
            sum += width + (sum > 0 ? FIT_GAP : 0);
    }
    return sum;
}

/* The last column may still become narrower than this, if nothing else helps. */
static size_t least_of(const struct fit_column *columns, size_t count, size_t index)
{
    const struct fit_column *column = &columns[index];
    size_t least = index + 1 == count ? LAST_WANTED
                   : index == 0       ? FIRST_MIN
                   : column->whole    ? WHOLE
                                      : CUT_MIN;
    bool is_fixed = column->right || (index == 0 && column->widest <= WHOLE);
    least = larger(least, column->title);
    return is_fixed || column->width < least ? column->width : least;
}

static struct fit_column *next_to_leave(struct fit_column *columns, size_t count)
{
    struct fit_column *found = NULL;
    for (size_t i = 0; i < count; i++) {
        struct fit_column *column = &columns[i];
        if (column->leave_out > 0 && column->width > 0 &&
            (!found || column->leave_out < found->leave_out))
            found = column;
    }
    return found;
}

/* One column from the widest text at a time: they end up alike. */
static void cut_texts(struct fit_column *columns, size_t count, size_t room)
{
    while (needed(columns, count, false) > room) {
        struct fit_column *widest = NULL;
        for (size_t i = 0; i + 1 < count; i++) {
            struct fit_column *column = &columns[i];
            if (column->width > least_of(columns, count, i) &&
                (!widest || column->width > widest->width))
                widest = column;
        }
        if (!widest)
            return;
        widest->width--;
    }
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}
