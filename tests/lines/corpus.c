/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labelled log lines, see corpus.h.
 */
#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
    char *bytes;
    size_t length;
};

struct corpus {
    struct text log;
    struct text labels;
    struct text log_rest;
    struct text labels_rest;
    size_t lines;
    bool is_broken; /* a line without its label */
};

static bool read_whole(const char *folder, const char *name, const char *ending, struct text *file);
static bool next_line(struct text *rest, struct line_text *line);
static bool split_row(struct line_text row, struct line_text columns[CORPUS_COLUMNS]);

struct corpus *corpus_open(const char *folder, const char *name)
{
    struct corpus *corpus = calloc(1, sizeof(*corpus));
    if (!corpus)
        abort();
    if (!read_whole(folder, name, ".log", &corpus->log) ||
        !read_whole(folder, name, ".tsv", &corpus->labels)) {
        corpus_close(&corpus);
        return NULL;
    }
    struct line_text names;
    corpus->log_rest = corpus->log;
    corpus->labels_rest = corpus->labels;
    corpus->is_broken = !next_line(&corpus->labels_rest, &names);
    return corpus;
}

void corpus_close(struct corpus **corpus)
{
    free((*corpus)->log.bytes);
    free((*corpus)->labels.bytes);
    free(*corpus);
    *corpus = NULL;
}

bool corpus_next(struct corpus *corpus, struct corpus_row *row)
{
    struct line_text label;
    row->place = corpus->log.length - corpus->log_rest.length;
    if (corpus->is_broken || !next_line(&corpus->log_rest, &row->line))
        return false;
    corpus->lines++;
    corpus->is_broken = !next_line(&corpus->labels_rest, &label) || !split_row(label, row->label) ||
                        strtoul(row->label[CORPUS_LINE].bytes, NULL, 10) != corpus->lines;
    if (corpus->is_broken)
        printf("line %zu: no label for it\n", corpus->lines);
    return !corpus->is_broken;
}

bool corpus_is_whole(const struct corpus *corpus)
{
    return !corpus->is_broken && corpus->lines > 0 && corpus->log_rest.length == 0 &&
           corpus->labels_rest.length == 0;
}

bool corpus_says(struct line_text label, const char *text)
{
    return label.length == strlen(text) && memcmp(label.bytes, text, label.length) == 0;
}

static bool read_whole(const char *folder, const char *name, const char *ending, struct text *file)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s%s", folder, name, ending);
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        perror(path);
        return false;
    }
    size_t room = 0;
    size_t taken = 1;
    while (taken > 0) {
        if (file->length == room) {
            room = room * 2 + 4096;
            file->bytes = realloc(file->bytes, room);
            if (!file->bytes)
                abort();
        }
        taken = fread(file->bytes + file->length, 1, room - file->length, stream);
        file->length += taken;
    }
    bool good = !ferror(stream);
    fclose(stream);
    return good;
}

/* Takes the first line, without its LF, off the rest. False if there is no LF left. */
static bool next_line(struct text *rest, struct line_text *line)
{
    char *end = rest->length > 0 ? memchr(rest->bytes, '\n', rest->length) : NULL;
    if (!end)
        return false;
    line->bytes = rest->bytes;
    line->length = (size_t)(end - rest->bytes);
    rest->bytes = end + 1;
    rest->length -= line->length + 1;
    return true;
}

static bool split_row(struct line_text row, struct line_text columns[CORPUS_COLUMNS])
{
    const char *start = row.bytes;
    const char *end = row.bytes + row.length;
    for (size_t i = 0; i < CORPUS_COLUMNS; i++) {
        const char *tab = memchr(start, '\t', (size_t)(end - start));
        if ((tab == NULL) != (i == CORPUS_COLUMNS - 1))
            return false;
        columns[i].bytes = start;
        columns[i].length = (size_t)((tab ? tab : end) - start);
        start = tab ? tab + 1 : end;
    }
    return true;
}
