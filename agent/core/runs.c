/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many items sorted in slices, see runs.h: a binary heap of runs, so that there may be many.
 */
#include "runs.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64

void runs_begin(struct runs *runs, size_t size, runs_compare_fn *compare)
{
    *runs = (struct runs){.size = size, .compare = compare};
}

/* Room for one more of count items. 0 or -1. */
static int reserve(void **list, size_t count, size_t *room, size_t size)
{
    size_t more = *room > 0 ? 2 * *room : ROOM_FIRST;
    void *grown;

    if (count < *room)
        return 0;
    grown = realloc(*list, more * size);
    if (grown == NULL)
        return -1;
    *list = grown;
    *room = more;
    return 0;
}

int runs_add(struct runs *runs, const void *item)
{
    void *list = runs->list;

    if (reserve(&list, runs->count, &runs->room, runs->size) != 0)
        return -1;
    runs->list = list;
    memcpy(runs->list + runs->count++ * runs->size, item, runs->size);
    return 0;
}

/* True if the run at a begins with what comes before the beginning of that at b. */
static int is_before(const struct runs *runs, size_t a, size_t b)
{
    return runs->compare(runs->list + runs->heap[a].next * runs->size,
                         runs->list + runs->heap[b].next * runs->size) < 0;
}

static void swap(struct runs *runs, size_t a, size_t b)
{
    struct run kept = runs->heap[a];

    runs->heap[a] = runs->heap[b];
    runs->heap[b] = kept;
}

/* The run at the end goes up to where it belongs. */
static void rise(struct runs *runs)
{
    for (size_t place = runs->run_count - 1, parent; place > 0; place = parent) {
        parent = (place - 1) / 2;
        if (!is_before(runs, place, parent))
            return;
        swap(runs, place, parent);
    }
}

/* The first run goes down. */
static void sink(struct runs *runs)
{
    for (size_t place = 0, child; (child = 2 * place + 1) < runs->run_count; place = child) {
        if (child + 1 < runs->run_count && is_before(runs, child + 1, child))
            child++;
        if (!is_before(runs, child, place))
            return;
        swap(runs, place, child);
    }
}

int runs_cut(struct runs *runs)
{
    void *heap = runs->heap;

    if (runs->cut == runs->count)
        return 0;
    if (reserve(&heap, runs->run_count, &runs->run_room, sizeof(*runs->heap)) != 0)
        return -1;
    runs->heap = heap;
    qsort(runs->list + runs->cut * runs->size, runs->count - runs->cut, runs->size, runs->compare);
    runs->heap[runs->run_count++] = (struct run){runs->cut, runs->count};
    runs->cut = runs->count;
    rise(runs);
    return 0;
}

const void *runs_next(struct runs *runs)
{
    const void *item;

    if (runs->run_count == 0)
        return NULL;
    item = runs->list + runs->heap[0].next++ * runs->size;
    if (runs->heap[0].next == runs->heap[0].end)
        runs->heap[0] = runs->heap[--runs->run_count];
    sink(runs);
    return item;
}

void runs_clear(struct runs *runs)
{
    free(runs->list);
    free(runs->heap);
    *runs = (struct runs){.size = runs->size, .compare = runs->compare};
}
