/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labelled log lines: NAME.log and NAME.tsv, read side by side (README.md tells the columns).
 *
 * Does not: judge lines. Ends the program without memory.
 */
#ifndef BANSYNC_TESTS_LINES_CORPUS_H
#define BANSYNC_TESTS_LINES_CORPUS_H

#include <stdbool.h>
#include <stddef.h>

#include "line.h"

enum corpus_column {
    CORPUS_LINE,
    CORPUS_ORIGIN,
    CORPUS_KIND,
    CORPUS_IP,
    CORPUS_BUCKET,
    CORPUS_USER,
    CORPUS_QID,
    CORPUS_CORR_IP,
    CORPUS_NOTE,
    CORPUS_COLUMNS
};

struct corpus_row {
    struct line_text line; /* without its LF */
    size_t place;          /* of its first byte in the log */
    struct line_text label[CORPUS_COLUMNS];
};

struct corpus;

/* Both files of folder/name, or NULL, and says why. */
struct corpus *corpus_open(const char *folder, const char *name);
void corpus_close(struct corpus **corpus);

/* The next row, which points into the corpus; false at the end. */
bool corpus_next(struct corpus *corpus, struct corpus_row *row);

/* After the last row: whether every line had its label, and every label its line. */
bool corpus_is_whole(const struct corpus *corpus);

/* Whether the label is this text. */
bool corpus_says(struct line_text label, const char *text);

#endif
