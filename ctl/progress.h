/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a long work has come, told on stderr if that is a terminal: as a bar where the end is
 * known, else in numbers.
 */
#ifndef BANSYNC_CTL_PROGRESS_H
#define BANSYNC_CTL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool is_shown;  /* stderr is a terminal, and it is wanted */
    bool is_drawn;  /* there is something on the line */
    int64_t due_ms; /* when it is drawn next, monotonic */
};

/* wanted: false: nothing is ever shown. wait_ms: what is done by then needs no bar. */
void progress_begin(struct progress *progress, bool wanted, int64_t wait_ms);

/* Cheap enough for every piece that was read; draws a few times a second. size 0: not known. */
void progress_show(struct progress *progress, uint64_t done, uint64_t size, uint64_t lines);

/* The same for a work of so many entries. */
void progress_show_entries(struct progress *progress, uint64_t done, uint64_t size,
                           uint64_t entries);

/* Takes it off the screen, before anything else is written there. It comes back with the next
 * progress_show that is due. */
void progress_hide(struct progress *progress);

/* The text for a line of so many columns, without the end of a line; room for 4 * columns + 1. A
 * bar needs 40 columns. */
void progress_print(uint64_t done, uint64_t size, uint64_t lines, size_t columns, char *text,
                    size_t text_size);

/* The same with "12,345 entries" behind the bar. */
void progress_print_entries(uint64_t done, uint64_t size, uint64_t entries, size_t columns,
                            char *text, size_t text_size);

#endif
