/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text output: harmless text, and tables whose columns are aligned.
 *
 * A table is filled cell by cell and written at once, because the widths need all rows. Every cell
 * is made harmless for a terminal (escape.h) on its way in. On a terminal a table fits its width
 * (grid.h); elsewhere, and with more than PRINT_FITTED_ROWS_MAX rows, nothing is ever cut.
 * Does not: decide whether there are colors (terminal.h).
 */
#ifndef BANSYNC_CTL_PRINT_H
#define BANSYNC_CTL_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "terminal.h"

/* Fitting more rows to a terminal takes seconds, and nobody reads them there. */
#define PRINT_FITTED_ROWS_MAX 5000

/* Writes text (NUL-terminated, any bytes) in its harmless form. */
void print_text(FILE *stream, const char *text);

/* The same in a color, where there are colors. */
void print_colored(FILE *stream, enum terminal_color color, const char *text);

struct print_column {
    const char *title;
    bool right; /* align right, for numbers */
};

struct print_table;

/* A new table; columns is kept, not copied. Without memory the process ends. */
struct print_table *print_table_new(const struct print_column *columns, size_t column_count);
void print_table_free(struct print_table **table);

/* Adds the next cell, row by row from the left; NULL or "" is shown as "-". */
void print_cell(struct print_table *table, const char *text);
void print_cell_format(struct print_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The next cell in a color. */
void print_cell_colored(struct print_table *table, enum terminal_color color, const char *text);

/* Leaves the columns of these titles (NULL ends the list) out of a table that does not fit the
 * terminal, the first one first. */
void print_table_may_lack(struct print_table *table, const char *const *titles);

/* Does not cut the networks in the column of this title, as those of the first column are not. */
void print_table_keep_whole(struct print_table *table, const char *title);

/* Cuts the texts of the last column, too, where the others are: each row is one line. */
void print_table_cut_last(struct print_table *table);

/* Puts the complete rows in ascending order of their first cells; equal ones stay in theirs. */
void print_table_sort(struct print_table *table);

/* Rows that are complete. */
size_t print_table_rows(const struct print_table *table);

/* Writes the table, titles bold where there are colors, each line indented by indent blanks, two
 * blanks between columns, none at the end of a line; with a line of titles, if titles. Only
 * complete rows are written. */
void print_table_write(const struct print_table *table, FILE *stream, int indent, bool titles);

#endif
