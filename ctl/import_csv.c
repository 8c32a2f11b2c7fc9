/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists in columns (RFC 4180), see import_format.h.
 *
 * Does not: guess a column by what is in it; the first row names them.
 */
#include "import_format.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { COLUMNS_MAX = 32 };

/* The column of each part of a row. */
enum part { PART_NET, PART_ACCOUNT, PART_UNTIL, PART_REASON, PART_ACTOR, PART_SINCE, PARTS };

static const struct {
    const char *name;
    enum part part;
} names[] = {
    {"net", PART_NET},         {"ip", PART_NET},      {"prefix", PART_NET},
    {"account", PART_ACCOUNT}, {"until", PART_UNTIL}, {"expires", PART_UNTIL},
    {"reason", PART_REASON},   {"actor", PART_ACTOR}, {"since", PART_SINCE},
};

struct csv {
    const char *bytes;
    size_t size, at;
    uint32_t line; /* of the next byte */
    char separator;
    char *fields; /* the row's, without their quotes; owned */
    size_t used;
    struct import_text columns[COLUMNS_MAX];
    size_t count;         /* columns of the row, also those that are too many */
    bool is_open;         /* a quote of it has no end */
    size_t places[PARTS]; /* COLUMNS_MAX: none */
};

static void next_row(struct csv *csv);
static void read_field(struct csv *csv);
static void read_quoted(struct csv *csv);
static bool skip_empty(struct csv *csv);
static char find_separator(const struct csv *csv);
static int find_columns(struct csv *csv, struct failure *failure);
static void take_row(const struct csv *csv, uint32_t line, struct import_list *list);
static struct import_text part_of(const struct csv *csv, enum part part);

int import_read_csv(const char *bytes, size_t size, struct import_list *list,
                    struct failure *failure)
{
    struct csv csv = {.bytes = bytes, .size = size, .line = 1};
    static const char mark[] = "\xef\xbb\xbf";
    if (size >= 3 && memcmp(bytes, mark, 3) == 0)
        csv.at = 3;
    csv.fields = malloc(size + 1);
    if (!csv.fields)
        memory_exhausted();
    if (skip_empty(&csv)) {
        csv.separator = find_separator(&csv);
        next_row(&csv);
        if (find_columns(&csv, failure) < 0) {
            free(csv.fields);
            return -1;
        }
    }
    size_t columns = csv.count;
    while (!list->is_full && skip_empty(&csv)) {
        uint32_t line = csv.line;
        size_t begin = csv.at;
        next_row(&csv);
        if (csv.is_open)
            import_list_bad(list, line, bytes + begin, csv.at - begin, "bad_row",
                            "a quote has no end");
        else if (csv.count > columns)
            import_list_bad(list, line, bytes + begin, csv.at - begin, "bad_row",
                            "it has more fields than the first row");
        else
            take_row(&csv, line, list);
    }
    free(csv.fields);
    return 0;
}

/* Reads the row that begins here. */
static void next_row(struct csv *csv)
{
    csv->used = 0;
    csv->count = 0;
    csv->is_open = false;
    for (;;) {
        size_t begin = csv->used;
        read_field(csv);
        if (csv->count < COLUMNS_MAX)
            csv->columns[csv->count] = (struct import_text){csv->fields + begin, csv->used - begin};
        csv->count++;
        if (csv->at >= csv->size)
            return;
        if (csv->bytes[csv->at++] == '\n') {
            csv->line++;
            return;
        }
    }
}

/* Up to a separator, the end of the line or of all. */
static void read_field(struct csv *csv)
{
    while (csv->at < csv->size && csv->bytes[csv->at] == ' ')
        csv->at++;
    bool quoted = csv->at < csv->size && csv->bytes[csv->at] == '"';
    size_t begin = csv->used;
    if (quoted)
        read_quoted(csv);
    while (csv->at < csv->size && csv->bytes[csv->at] != csv->separator &&
           csv->bytes[csv->at] != '\n') {
        if (!quoted) /* behind a quote there is nothing */
            csv->fields[csv->used++] = csv->bytes[csv->at];
        csv->at++;
    }
    while (!quoted && csv->used > begin &&
           (csv->fields[csv->used - 1] == '\r' || csv->fields[csv->used - 1] == ' '))
        csv->used--;
}

/* Up to behind the closing quote; two of them are one that is meant. */
static void read_quoted(struct csv *csv)
{
    while (++csv->at < csv->size) {
        char byte = csv->bytes[csv->at];
        if (byte == '"') {
            csv->at++;
            if (csv->at >= csv->size || csv->bytes[csv->at] != '"')
                return;
        }
        csv->line += byte == '\n';
        csv->fields[csv->used++] = byte;
    }
    csv->is_open = true;
}

/* Over what is empty or a comment. False: that was all. */
static bool skip_empty(struct csv *csv)
{
    while (csv->at < csv->size) {
        const char *line = csv->bytes + csv->at;
        const char *end = memchr(line, '\n', csv->size - csv->at);
        size_t length = end ? (size_t)(end - line) : csv->size - csv->at;
        bool is_empty = length == 0 || (length == 1 && line[0] == '\r');
        if (!is_empty && line[0] != '#')
            return true;
        csv->at += length + (end != NULL);
        csv->line++;
    }
    return false;
}

/* The one that the first row has most of. */
static char find_separator(const struct csv *csv)
{
    static const char separators[] = ",;\t";
    size_t counts[sizeof(separators)] = {0};
    size_t best = 0;
    for (size_t at = csv->at; at < csv->size && csv->bytes[at] != '\n'; at++) {
        for (size_t i = 0; separators[i] != '\0'; i++)
            counts[i] += csv->bytes[at] == separators[i];
    }
    for (size_t i = 1; separators[i] != '\0'; i++) {
        if (counts[i] > counts[best])
            best = i;
    }
    return separators[best];
}

/* Of two columns for one part the first one counts. */
static int find_columns(struct csv *csv, struct failure *failure)
{
    for (size_t part = 0; part < PARTS; part++)
        csv->places[part] = COLUMNS_MAX;
    for (size_t i = csv->count < COLUMNS_MAX ? csv->count : COLUMNS_MAX; i-- > 0;) {
        const struct import_text *column = &csv->columns[i];
        for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
            if (column->length == strlen(names[k].name) &&
                strncasecmp(column->bytes, names[k].name, column->length) == 0)
                csv->places[names[k].part] = i;
        }
    }
    if (csv->places[PART_NET] < COLUMNS_MAX || csv->places[PART_ACCOUNT] < COLUMNS_MAX)
        return 0;
    failure_set(failure, "no_column", EXIT_REJECTED,
                "the first row names no column \"net\", \"ip\", \"prefix\" or \"account\"");
    return failure_hint(failure, "add one, such as:  ip,until,reason");
}

static void take_row(const struct csv *csv, uint32_t line, struct import_list *list)
{
    struct import_row row = {
        .line = line,
        .net = part_of(csv, PART_NET),
        .account = part_of(csv, PART_ACCOUNT),
        .until = part_of(csv, PART_UNTIL),
        .reason = part_of(csv, PART_REASON),
        .actor = part_of(csv, PART_ACTOR),
        .since = part_of(csv, PART_SINCE),
    };
    import_list_row(list, &row);
}

/* Empty if the row, or every row, has none. */
static struct import_text part_of(const struct csv *csv, enum part part)
{
    size_t place = csv->places[part];
    return place < csv->count && place < COLUMNS_MAX ? csv->columns[place]
                                                     : (struct import_text){NULL, 0};
}
