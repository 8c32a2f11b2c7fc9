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
#include <string.h>

#include "prefixes_sort.h"

int prefixes_append(struct prefixes *prefixes, const struct addr *addr)
{
    if (prefixes->count == prefixes->room) {
        size_t room = prefixes->room == 0 ? 256 : prefixes->room * 2;
        struct prefix *list = realloc(prefixes->list, room * sizeof(*list));

        if (list == NULL)
            return -1;
        prefixes->list = list;
        prefixes->room = room;
    }
    prefixes->list[prefixes->count++] = addr_to_prefix(addr);
    return 0;
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
    int order;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
    return order != 0 ? order : (int)a->length - (int)b->length;
}

static int compare(const void *a, const void *b)
{
    return prefix_compare(a, b);
}

struct addr prefixes_at(const struct prefixes *prefixes, size_t index)
{
    return addr_of_prefix(&prefixes->list[index]);
}

/* Of equal neighbours one stays. */
static void drop_equal(struct prefixes *prefixes)
{
    size_t kept = 0;

    for (size_t i = 0; i < prefixes->count; i++)
        if (kept == 0 || compare(&prefixes->list[kept - 1], &prefixes->list[i]) != 0)
            prefixes->list[kept++] = prefixes->list[i];
    prefixes->count = kept;
}

void prefixes_sort(struct prefixes *prefixes)
{
    if (prefixes->count > 0 && prefixes_sort_many(prefixes) != 0)
        qsort(prefixes->list, prefixes->count, sizeof(*prefixes->list), compare);
    drop_equal(prefixes);
}

size_t prefixes_place(const struct prefixes *prefixes, const struct addr *addr)
{
    struct prefix prefix = addr_to_prefix(addr);
    size_t low = 0, high = prefixes->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(&prefixes->list[middle], &prefix) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void prefixes_lengths(const struct prefixes *prefixes, struct prefixes_lengths *lengths)
{
    *lengths = (struct prefixes_lengths){.of4 = {false}};
    for (size_t i = 0; i < prefixes->count; i++)
        if (prefixes->list[i].kind == ADDR_IPV4)
            lengths->of4[prefixes->list[i].length] = true;
        else
            lengths->of6[prefixes->list[i].length] = true;
}

bool prefixes_cover(const struct prefixes *prefixes, const struct prefixes_lengths *lengths,
                    const struct addr *addr)
{
    const bool *of = addr->kind == ADDR_IPV4 ? lengths->of4 : lengths->of6;
    struct addr wide = *addr;
    unsigned longest = addr->length < addr_bits(addr) ? addr->length : addr_bits(addr);

    for (unsigned length = longest + 1; length-- > 0;) {
        size_t place;
        struct prefix prefix;

        if (!of[length])
            continue;
        addr_widen(&wide, length);
        prefix = addr_to_prefix(&wide);
        place = prefixes_place(prefixes, &wide);
        if (place < prefixes->count && compare(&prefixes->list[place], &prefix) == 0)
            return true;
    }
    return false;
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

/* As addr_covers. */
static bool covers(const struct prefix *outer, const struct prefix *inner)
{
    unsigned whole = outer->length / 8, rest = outer->length % 8;

    if (outer->kind != inner->kind || outer->length > inner->length ||
        memcmp(outer->bytes, inner->bytes, whole) != 0)
        return false;
    return rest == 0 || (outer->bytes[whole] ^ inner->bytes[whole]) >> (8 - rest) == 0;
}

static void leave(struct prefixes_walk *walk, const struct prefix *prefix)
{
    while (walk->depth > 0 && !covers(walk->inside[walk->depth - 1], prefix))
        walk->depth--;
}

bool prefixes_walk_covers(struct prefixes_walk *walk, const struct addr *addr)
{
    const struct prefixes *prefixes = walk->prefixes;
    struct prefix asked = addr_to_prefix(addr);

    for (; walk->next < prefixes->count; walk->next++) {
        const struct prefix *prefix = &prefixes->list[walk->next];

        if (compare(prefix, &asked) > 0)
            break;
        leave(walk, prefix);
        assert(walk->depth < PREFIXES_DEPTH_MAX);
        walk->inside[walk->depth++] = prefix;
    }
    leave(walk, &asked);
    return walk->depth > 0;
}

/* What is inside addr comes right behind it. */
bool prefixes_walk_touches(struct prefixes_walk *walk, const struct addr *addr)
{
    const struct prefixes *prefixes = walk->prefixes;
    struct prefix asked = addr_to_prefix(addr);

    return prefixes_walk_covers(walk, addr) ||
           (walk->next < prefixes->count && covers(&asked, &prefixes->list[walk->next]));
}
