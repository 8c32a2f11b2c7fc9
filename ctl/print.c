/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text output: one growing text holds all cells of a table, a byte for the color before each and
 * NUL behind it, and widths are kept while it grows.
 *
 * Does not: know what is in the table.
 */
#include "print.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "grid.h"
#include "memory.h"

enum { PRINT_COLUMNS_MAX = GRID_COLUMNS_MAX, PRINT_CELL_SIZE = 256 };

/* The byte before a cell is this plus its color: it is never NUL. */
#define COLOR_BYTE '0'

struct print_table {
    const struct print_column *columns;
    size_t column_count;
    size_t cell_count;
    bool cuts_last;
    size_t widths[PRINT_COLUMNS_MAX];
    unsigned leave_out[PRINT_COLUMNS_MAX]; /* as in fit.h ... */
    bool whole[PRINT_COLUMNS_MAX];         /* ... likewise */
    char *text;
    size_t text_size;
    size_t text_room;
};

/* A row while rows are put in order. */
struct row {
    const char *text;
    size_t size; /* with every NUL */
    size_t index;
};

static size_t row_size(const struct print_table *table, const char *text);
static int compare_rows(const void *a, const void *b);
static void print_bytes(FILE *stream, const char *bytes, size_t length);
static void reserve(struct print_table *table, size_t size);
static bool write_grid(const struct print_table *table, FILE *stream, int indent, bool titles);
static void write_plain(const struct print_table *table, FILE *stream, int indent, bool titles);
static void write_cell(const struct print_table *table, FILE *stream, size_t column,
                       enum terminal_color color, const char *text);
static void write_blanks(FILE *stream, size_t count);

void print_text(FILE *stream, const char *text)
{
    print_bytes(stream, text, strlen(text));
}

void print_colored(FILE *stream, enum terminal_color color, const char *text)
{
    if (!terminal_has_colors(stream))
        color = TERMINAL_PLAIN;
    fputs(terminal_begin_color(color), stream);
    print_text(stream, text);
    fputs(terminal_end_color(color), stream);
}

struct print_table *print_table_new(const struct print_column *columns, size_t column_count)
{
    assert(column_count > 0 && column_count <= PRINT_COLUMNS_MAX);
    struct print_table *table = calloc(1, sizeof(*table));
    if (!table)
        memory_exhausted();
    table->columns = columns;
    table->column_count = column_count;
    for (size_t i = 0; i < column_count; i++)
        table->widths[i] = strlen(columns[i].title);
    return table;
}

void print_table_free(struct print_table **table)
{
    if (*table)
        free((*table)->text);
    free(*table);
    *table = NULL;
}

void print_cell(struct print_table *table, const char *text)
{
    print_cell_colored(table, TERMINAL_PLAIN, text);
}

void print_cell_colored(struct print_table *table, enum terminal_color color, const char *text)
{
    if (!text || text[0] == '\0')
        text = "-";
    size_t length = strlen(text);
    reserve(table, 4 * length + 2);
    char *cell = table->text + table->text_size;
    *cell++ = (char)(COLOR_BYTE + color);
    length = escape_text(text, length, ESCAPE_TERMINAL, cell);
    table->text_size += 1 + length + 1;
    size_t *width = &table->widths[table->cell_count % table->column_count];
    size_t columns = escape_columns(cell, length);
    if (columns > *width)
        *width = columns;
    table->cell_count++;
}

void print_cell_format(struct print_table *table, const char *format, ...)
{
    char text[PRINT_CELL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    print_cell(table, text);
}

void print_table_may_lack(struct print_table *table, const char *const *titles)
{
    for (unsigned order = 1; *titles; titles++, order++) {
        for (size_t i = 0; i < table->column_count; i++) {
            if (strcmp(table->columns[i].title, *titles) == 0)
                table->leave_out[i] = order;
        }
    }
}

void print_table_keep_whole(struct print_table *table, const char *title)
{
    for (size_t i = 0; i < table->column_count; i++)
        table->whole[i] |= strcmp(table->columns[i].title, title) == 0;
}

void print_table_cut_last(struct print_table *table)
{
    table->cuts_last = true;
}

void print_table_sort(struct print_table *table)
{
    size_t count = print_table_rows(table);
    struct row *rows = calloc(count + 1, sizeof(*rows));
    char *sorted = malloc(table->text_room + 1);
    if (!rows || !sorted)
        memory_exhausted();
    const char *text = table->text;
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct row){text, row_size(table, text), i};
        text += rows[i].size;
    }
    qsort(rows, count, sizeof(*rows), compare_rows);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(sorted + used, rows[i].text, rows[i].size);
        used += rows[i].size;
    }
    memcpy(sorted + used, text ? text : "", table->text_size - used); /* a row half filled */
    free(rows);
    free(table->text);
    table->text = sorted;
}

size_t print_table_rows(const struct print_table *table)
{
    return table->cell_count / table->column_count;
}

void print_table_write(const struct print_table *table, FILE *stream, int indent, bool titles)
{
    if (!write_grid(table, stream, indent, titles))
        write_plain(table, stream, indent, titles);
}

static void print_bytes(FILE *stream, const char *bytes, size_t length)
{
    char *harmless = malloc(4 * length + 1);
    if (!harmless)
        memory_exhausted();
    escape_text(bytes, length, ESCAPE_TERMINAL, harmless);
    fputs(harmless, stream);
    free(harmless);
}

static void reserve(struct print_table *table, size_t size)
{
    if (table->text_room - table->text_size >= size)
        return;
    size_t room = 2 * table->text_room + size + 4096;
    char *text = realloc(table->text, room);
    if (!text)
        memory_exhausted();
    table->text = text;
    table->text_room = room;
}

/* False, and nothing is written: this is no terminal, or the table is too long for it. */
static bool write_grid(const struct print_table *table, FILE *stream, int indent, bool titles)
{
    struct grid_column columns[PRINT_COLUMNS_MAX];
    size_t room = terminal_columns(stream);
    size_t rows = print_table_rows(table);
    if (room == 0 || rows == 0 || rows > PRINT_FITTED_ROWS_MAX)
        return false;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct print_column *column = &table->columns[i];
        columns[i] = (struct grid_column){column->title,    column->right,       table->whole[i],
                                          table->cuts_last, table->leave_out[i], table->widths[i]};
    }
    struct grid *grid = grid_new(columns, table->column_count, room, (size_t)indent, titles,
                                 terminal_has_colors(stream));
    if (!grid)
        return false;
    const char *cell = table->text;
    for (size_t i = 0; i < rows * table->column_count; i++) {
        grid_cell(grid, (enum terminal_color)(cell[0] - COLOR_BYTE), cell + 1);
        cell += strlen(cell) + 1;
    }
    grid_write(grid, stream);
    grid_free(&grid);
    return true;
}

static void write_plain(const struct print_table *table, FILE *stream, int indent, bool titles)
{
    bool colors = terminal_has_colors(stream);
    if (titles) {
        write_blanks(stream, (size_t)indent);
        for (size_t i = 0; i < table->column_count; i++)
            write_cell(table, stream, i, colors ? TERMINAL_BOLD : TERMINAL_PLAIN,
                       table->columns[i].title);
    }
    const char *cell = table->text;
    for (size_t row = 0; row < print_table_rows(table); row++) {
        write_blanks(stream, (size_t)indent);
        for (size_t i = 0; i < table->column_count; i++) {
            enum terminal_color color = (enum terminal_color)(cell[0] - COLOR_BYTE);
            write_cell(table, stream, i, colors ? color : TERMINAL_PLAIN, cell + 1);
            cell += strlen(cell) + 1;
        }
    }
}

static void write_cell(const struct print_table *table, FILE *stream, size_t column,
                       enum terminal_color color, const char *text)
{
    bool last = column + 1 == table->column_count;
    size_t padding = table->widths[column] - escape_columns(text, strlen(text));
    if (table->columns[column].right)
        write_blanks(stream, padding);
    fputs(terminal_begin_color(color), stream);
    fputs(text, stream);
    fputs(terminal_end_color(color), stream);
    if (!table->columns[column].right && !last)
        write_blanks(stream, padding);
    fputs(last ? "\n" : "  ", stream);
}

/* A long list has more of them than of anything else. */
static void write_blanks(FILE *stream, size_t count)
{
    static const char blanks[] = "                                ";
    for (size_t some; count > 0; count -= some) {
        some = count < sizeof(blanks) - 1 ? count : sizeof(blanks) - 1;
        fwrite(blanks, 1, some, stream);
    }
}

static size_t row_size(const struct print_table *table, const char *text)
{
    const char *end = text;
    for (size_t i = 0; i < table->column_count; i++)
        end += strlen(end) + 1;
    return (size_t)(end - text);
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;
    int order = strcmp(left->text + 1, right->text + 1); /* whatever their colors */
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}
