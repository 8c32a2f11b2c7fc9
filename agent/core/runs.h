/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many items of one size that are found in slices and handed out in order: each slice is sorted
 * when it is over, and what is handed out is the least of their beginnings. To sort all at once
 * would be one long turn.
 */
#ifndef BANSYNC_CORE_RUNS_H
#define BANSYNC_CORE_RUNS_H

#include <stddef.h>

struct runs {
    size_t item_bytes;
    int (*compare)(const void *a, const void *b); /* as for qsort */
    unsigned char *items;                         /* owned; ascending in each run */
    size_t count, room;                           /* in items */
    struct run *list;                             /* owned; one a slice that found something */
    size_t run_count, run_room;
    size_t first; /* of the slice at hand */
};

/* Empty. */
void runs_open(struct runs *runs, size_t item_bytes, int (*compare)(const void *, const void *));

/* Room for so many more items, and for the end of their slice. 0, or -1 without memory: nothing is
 * lost. */
int runs_reserve(struct runs *runs, size_t count);

/* Adds a copy of the item to the slice at hand; there is room. */
void runs_add(struct runs *runs, const void *item);

/* The slice is over; there is room for its end. */
void runs_end(struct runs *runs);

/* The least item of all slices that are over, NULL if all are handed out; valid until the next
 * runs_reserve. It costs a comparison for each slice. */
const void *runs_next(struct runs *runs);

/* Frees what it holds; runs_open makes it usable again. */
void runs_clear(struct runs *runs);

#endif
