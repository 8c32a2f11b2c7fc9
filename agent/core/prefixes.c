/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted list of prefixes, see prefixes.h.
 *
 * In the order of the map whatever covers a prefix stands before it, so one walk along two lists
 * compares them.
 */
#include "prefixes.h"

#include <assert.h>
#include <stdlib.h>

int prefixes_append(struct prefixes *prefixes, const struct addr *addr)
{
    if (prefixes->count == prefixes->room) {
        size_t room = prefixes->room == 0 ? 256 : prefixes->room * 2;
        struct addr *list = realloc(prefixes->list, room * sizeof(*list));

        if (list == NULL)
            return -1;
        prefixes->list = list;
        prefixes->room = room;
    }
    prefixes->list[prefixes->count++] = *addr;
    return 0;
}

static int compare(const void *a, const void *b)
{
    return addr_compare(a, b);
}

void prefixes_sort(struct prefixes *prefixes)
{
    size_t kept = 0;

    if (prefixes->count > 0)
        qsort(prefixes->list, prefixes->count, sizeof(*prefixes->list), compare);
    for (size_t i = 0; i < prefixes->count; i++)
        if (kept == 0 || addr_compare(&prefixes->list[kept - 1], &prefixes->list[i]) != 0)
            prefixes->list[kept++] = prefixes->list[i];
    prefixes->count = kept;
}

size_t prefixes_place(const struct prefixes *prefixes, const struct addr *addr)
{
    size_t low = 0, high = prefixes->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (addr_compare(&prefixes->list[middle], addr) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void prefixes_clear(struct prefixes *prefixes)
{
    free(prefixes->list);
    *prefixes = (struct prefixes){0};
}

void prefixes_walk_begin(struct prefixes_walk *walk, const struct prefixes *prefixes)
{
    walk->prefixes = prefixes;
    walk->next = walk->depth = 0;
}

static void leave(struct prefixes_walk *walk, const struct addr *addr)
{
    while (walk->depth > 0 && !addr_covers(walk->inside[walk->depth - 1], addr))
        walk->depth--;
}

bool prefixes_walk_covers(struct prefixes_walk *walk, const struct addr *addr)
{
    const struct prefixes *prefixes = walk->prefixes;

    for (; walk->next < prefixes->count; walk->next++) {
        const struct addr *prefix = &prefixes->list[walk->next];

        if (addr_compare(prefix, addr) > 0)
            break;
        leave(walk, prefix);
        assert(walk->depth < PREFIXES_DEPTH_MAX);
        walk->inside[walk->depth++] = prefix;
    }
    leave(walk, addr);
    return walk->depth > 0;
}
