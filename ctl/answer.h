/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of an answer, one by one, to a page or to one JSON document, and to an exit code.
 */
#ifndef BANSYNC_CTL_ANSWER_H
#define BANSYNC_CTL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "page.h"

struct answer {
    const struct page *page;
    bool json;
    struct page_state state;
    char *items; /* with json: the items so far, as the text of a JSON array without its brackets */
    size_t items_size;
    size_t items_room;
    int exit; /* valid once a line was the last */
    const char
        *forced; /* the command line with --force, for a hint that asks for it; may be NULL */
};

/* Begins; now_ms is the wall clock. */
void answer_begin(struct answer *answer, const struct page *page, bool json, int64_t now_ms);

/* Takes the next line (client_line_fn; context is the struct answer). What is no item, result or
 * error is told as a failure, exit code EXIT_INTERNAL. Returns true if it was the last. */
bool answer_line(void *context, const char *line, size_t length);

/* Frees what the answer holds. */
void answer_end(struct answer *answer);

#endif
