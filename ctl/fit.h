/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the columns of a table fit a width: which are left out, which are cut, how wide the last
 * one becomes; and the text of one cell.
 *
 * Does not: write, know terminals.
 */
#ifndef BANSYNC_CTL_FIT_H
#define BANSYNC_CTL_FIT_H

#include <stdbool.h>
#include <stddef.h>

/* Columns between two columns of a table. */
#define FIT_GAP 2

struct fit_column {
    size_t title;       /* width of the title: never less than this */
    size_t widest;      /* width of the widest cell */
    bool right;         /* numbers: never cut */
    bool whole;         /* networks: as the first one */
    unsigned leave_out; /* 0: it stays; else those with the lowest number go first */
    size_t width;       /* out: 0: left out */
};

/* Sets the width of each. If room is not enough, columns are left out in their order until the
 * others can be made to fit: texts, but for the first, the whole ones and the last, are cut down to
 * 12 at the narrowest, the widest first, and the last one is not cut but goes on in further lines
 * of 20 columns or more. So does the first one, of 24 or more, if it is wider than any network; a
 * whole one is cut then, but not so that a network would be. Where that does not fit either the
 * last one becomes narrower, down to 8. */
void fit_columns(struct fit_column *columns, size_t count, size_t room);

/* Cuts harmless text to width columns, one at least; a cut one ends in an ellipsis, for which there
 * is room for 3 bytes more. */
void fit_cut(char *text, size_t width);

/* Copies harmless text to out (room for 2 * strlen(text) + 1), with LF in place of a blank, or
 * in a word longer than width behind a "/", or else between two characters, so that each line has
 * at most width columns (one character at least). */
void fit_wrap(const char *text, size_t width, char *out);

#endif
