/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table that fits the terminal: fit.c chooses the widths, libsmartcols lays it out.
 *
 * Its own escaping is off: it would escape our escapes again.
 * Does not: use its JSON, its choice of widths (it squeezes one column to nothing first).
 */
#include "grid.h"

#include <langinfo.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "fit.h"
#include "memory.h"

struct grid {
    struct libscols_table *table;
    struct libscols_line *line;
    struct fit_column columns[GRID_COLUMNS_MAX];
    size_t count;
    size_t indent;
    size_t cells;
    bool cuts_last;
    bool colors;
};

static void add_columns(struct grid *grid, const struct grid_column *columns);
static void set_cell(struct grid *grid, size_t column, enum terminal_color color, const char *text);

struct grid *grid_new(const struct grid_column *columns, size_t count, size_t room, size_t indent,
                      bool titles, bool colors)
{
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return NULL;
    struct grid *grid = calloc(1, sizeof(*grid));
    if (!grid || !(grid->table = scols_new_table()))
        memory_exhausted();
    grid->count = count;
    grid->indent = indent;
    grid->colors = colors;
    grid->cuts_last = columns[count - 1].cut;
    room = room > indent ? room - indent : 1;
    for (size_t i = 0; i < count; i++)
        grid->columns[i] =
            (struct fit_column){strlen(columns[i].title), columns[i].widest,    columns[i].right,
                                columns[i].whole,         columns[i].leave_out, 0};
    fit_columns(grid->columns, count, room);
    scols_table_enable_noencoding(grid->table, 1);
    scols_table_enable_noheadings(grid->table, !titles);
    scols_table_enable_colors(grid->table, colors);
    scols_table_set_column_separator(grid->table, "  ");
    scols_table_set_termforce(grid->table, SCOLS_TERMFORCE_NEVER);
    add_columns(grid, columns);
    return grid;
}

void grid_free(struct grid **grid)
{
    if (*grid)
        scols_unref_table((*grid)->table);
    free(*grid);
    *grid = NULL;
}

void grid_cell(struct grid *grid, enum terminal_color color, const char *text)
{
    size_t column = grid->cells++ % grid->count;
    const struct fit_column *fit = &grid->columns[column];
    if (column == 0 && !(grid->line = scols_table_new_line(grid->table, NULL)))
        memory_exhausted();
    if (fit->width == 0)
        return;
    char *cell = malloc(2 * strlen(text) + 4);
    if (!cell)
        memory_exhausted();
    bool goes_on = !grid->cuts_last && (column == 0 || column + 1 == grid->count);
    if (goes_on && !fit->right)
        fit_wrap(text, fit->width, cell);
    else
        memcpy(cell, text, strlen(text) + 1);
    if (!goes_on && !fit->right)
        fit_cut(cell, fit->width);
    set_cell(grid, column, color, cell);
    free(cell);
}

void grid_write(const struct grid *grid, FILE *stream)
{
    char *text = NULL;
    if (scols_print_table_to_string(grid->table, &text) != 0)
        memory_exhausted();
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        size_t shown = length;
        while (shown > 0 && line[shown - 1] == ' ')
            shown--;
        fprintf(stream, "%*s%.*s\n", (int)grid->indent, "", (int)shown, line);
        line += length + (line[length] == '\n');
    }
    free(text);
}

static void add_columns(struct grid *grid, const struct grid_column *columns)
{
    for (size_t i = 0; i < grid->count; i++) {
        bool wraps = i == 0 || i + 1 == grid->count;
        int flags = columns[i].right ? SCOLS_FL_RIGHT : wraps ? SCOLS_FL_WRAP : 0;
        if (grid->columns[i].width == 0)
            flags |= SCOLS_FL_HIDDEN;
        struct libscols_column *column =
            scols_table_new_column(grid->table, columns[i].title, 0, flags);
        if (!column)
            memory_exhausted();
        if (wraps)
            scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
        if (grid->colors)
            scols_cell_set_color(scols_column_get_header(column),
                                 terminal_begin_color(TERMINAL_BOLD));
    }
}

/* A character that the C library does not know has no width there, and one column here. */
static void set_cell(struct grid *grid, size_t column, enum terminal_color color, const char *text)
{
    static const char unknown[] = "\xef\xbf\xbd";
    char *known = malloc(sizeof(unknown) * strlen(text) + 1);
    mbstate_t state = {0};
    wchar_t character;
    size_t written = 0;
    if (!known)
        memory_exhausted();
    for (size_t length; *text != '\0'; text += length) {
        length = mbrtowc(&character, text, strlen(text), &state);
        bool is_known = length <= strlen(text) && (character == '\n' || wcwidth(character) >= 0);
        if (length > strlen(text)) { /* no character at all */
            length = 1;
            state = (mbstate_t){0};
        }
        memcpy(known + written, is_known ? text : unknown, is_known ? length : strlen(unknown));
        written += is_known ? length : strlen(unknown);
    }
    known[written] = '\0';
    if (scols_line_set_data(grid->line, column, known) != 0)
        memory_exhausted();
    if (grid->colors && color != TERMINAL_PLAIN)
        scols_cell_set_color(scols_line_get_cell(grid->line, column), terminal_begin_color(color));
    free(known);
}
