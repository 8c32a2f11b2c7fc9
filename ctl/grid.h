/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table that fits the terminal. The only file that uses libsmartcols.
 *
 * Columns are left out and cells cut as fit.h says; text of the last column goes on below itself.
 * Does not: escape; what it is given is harmless already (escape.h).
 */
#ifndef BANSYNC_CTL_GRID_H
#define BANSYNC_CTL_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "terminal.h"

#define GRID_COLUMNS_MAX 12

struct grid_column {
    const char *title;
    bool right;
    bool whole;         /* as in fit.h */
    bool cut;           /* the last one: it is cut, too, and does not go on below itself */
    unsigned leave_out; /* as in fit.h */
    size_t widest;      /* columns of the widest cell */
};

struct grid;

/* A new table for room columns, each line indented. colors: are there any? NULL if this C library
 * does not know UTF-8 (terminal_begin): then the table is to be written without. */
struct grid *grid_new(const struct grid_column *columns, size_t count, size_t room, size_t indent,
                      bool titles, bool colors);
void grid_free(struct grid **grid);

/* Adds the next cell, harmless text, row by row from the left. */
void grid_cell(struct grid *grid, enum terminal_color color, const char *text);

/* Writes the rows. */
void grid_write(const struct grid *grid, FILE *stream);

#endif
