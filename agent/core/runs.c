/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items in sorted slices, see runs.h.
 */
#include "runs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 1024
#define RUNS_FIRST 16

struct run {
    size_t next, end; /* in the items */
};

void runs_open(struct runs *runs, size_t item_bytes, int (*compare)(const void *, const void *))
{
    *runs = (struct runs){.item_bytes = item_bytes, .compare = compare};
}

static int reserve_items(struct runs *runs, size_t count)
{
    size_t room = runs->room > 0 ? runs->room : ROOM_FIRST;
    unsigned char *items;

    if (runs->room - runs->count >= count)
        return 0;
    while (room - runs->count < count)
        room *= 2;
    items = realloc(runs->items, room * runs->item_bytes);
    if (items == NULL)
        return -1;
    runs->items = items;
    runs->room = room;
    return 0;
}

/* Room for the end of the slice at hand. */
static int reserve_end(struct runs *runs)
{
    size_t room = runs->run_room > 0 ? 2 * runs->run_room : RUNS_FIRST;
    struct run *list;

    if (runs->run_count < runs->run_room)
        return 0;
    list = realloc(runs->list, room * sizeof(*list));
    if (list == NULL)
        return -1;
    runs->list = list;
    runs->run_room = room;
    return 0;
}

int runs_reserve(struct runs *runs, size_t count)
{
    if (count == 0)
        return 0;
    return reserve_end(runs) == 0 ? reserve_items(runs, count) : -1;
}

static void *item_at(const struct runs *runs, size_t index)
{
    return runs->items + index * runs->item_bytes;
}

void runs_add(struct runs *runs, const void *item)
{
    assert(runs->count < runs->room);
    memcpy(item_at(runs, runs->count++), item, runs->item_bytes);
}

void runs_end(struct runs *runs)
{
    if (runs->count == runs->first)
        return;
    qsort(item_at(runs, runs->first), runs->count - runs->first, runs->item_bytes, runs->compare);
    runs->list[runs->run_count++] = (struct run){runs->first, runs->count};
    runs->first = runs->count;
}

const void *runs_next(struct runs *runs)
{
    struct run *found = NULL;

    for (size_t i = 0; i < runs->run_count; i++) {
        struct run *run = &runs->list[i];

        if (run->next < run->end &&
            (found == NULL ||
             runs->compare(item_at(runs, run->next), item_at(runs, found->next)) < 0))
            found = run;
    }
    return found != NULL ? item_at(runs, found->next++) : NULL;
}

void runs_clear(struct runs *runs)
{
    free(runs->items);
    free(runs->list);
    runs_open(runs, runs->item_bytes, runs->compare);
}
