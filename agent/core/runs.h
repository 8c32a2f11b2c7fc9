/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many items sorted in slices: each slice is sorted when it has come, and what is handed out is the
 * least of their beginnings. To sort all at once would be one long turn of the agent.
 */
#ifndef BANSYNC_CORE_RUNS_H
#define BANSYNC_CORE_RUNS_H

#include <stddef.h>
#include <stdint.h>

/* As for qsort: < 0: a comes before b. */
typedef int runs_compare_fn(const void *a, const void *b);

struct run {
    size_t next, end; /* in the list */
};

struct runs {
    size_t size; /* of an item */
    runs_compare_fn *compare;
    uint8_t *list; /* owned; each run in order */
    size_t count, room;
    struct run *heap; /* owned; the run that begins with the least item is the first one */
    size_t run_count, run_room;
    size_t cut; /* what lies behind is of no run yet */
};

/* Empty; items of size bytes. */
void runs_begin(struct runs *runs, size_t size, runs_compare_fn *compare);

/* Keeps a copy of the item, for the run that runs_cut ends. 0, or -1 without memory, the runs as
 * they were. */
int runs_add(struct runs *runs, const void *item);

/* Sorts what came since the last one. 0, or -1 without memory: it is to be tried again, or all
 * given up. */
int runs_cut(struct runs *runs);

/* Hands out the first one of all that are left in runs that are cut, NULL behind the last: it stays
 * where it is until the next call. */
const void *runs_next(struct runs *runs);

/* Frees what it holds and empties it. */
void runs_clear(struct runs *runs);

#endif
