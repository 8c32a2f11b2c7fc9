/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of numbers, see keyset.h: open addressing, half of the places free. 0 marks a free place;
 * as a number it is the same as 1, which two hashes may be as well.
 */
#include "keyset.h"

#include <assert.h>
#include <stdlib.h>

#include "memory.h"

enum { PLACES_MIN = 4 };

struct keyset {
    uint64_t *places;
    size_t room; /* of places, a power of two */
    size_t count;
    size_t max;
};

static uint64_t *new_places(size_t room)
{
    uint64_t *places = calloc(room, sizeof(*places));
    if (!places)
        memory_exhausted();
    return places;
}

struct keyset *keyset_new(size_t max)
{
    assert(max >= 2 && (max & (max - 1)) == 0);
    struct keyset *set = calloc(1, sizeof(*set));
    if (!set)
        memory_exhausted();
    set->max = max;
    set->room = PLACES_MIN;
    set->places = new_places(set->room);
    return set;
}

void keyset_free(struct keyset **set)
{
    if (!*set)
        return;
    free((*set)->places);
    free(*set);
    *set = NULL;
}

/* The place of the key, or the free one where it belongs. */
static uint64_t *find(uint64_t *places, size_t room, uint64_t key)
{
    size_t at = (size_t)key & (room - 1);
    while (places[at] != 0 && places[at] != key)
        at = (at + 1) & (room - 1);
    return &places[at];
}

static void grow(struct keyset *set)
{
    uint64_t *places = new_places(set->room * 2);
    for (size_t i = 0; i < set->room; i++) {
        if (set->places[i] != 0)
            *find(places, set->room * 2, set->places[i]) = set->places[i];
    }
    free(set->places);
    set->places = places;
    set->room *= 2;
}

enum keyset_result keyset_add(struct keyset *set, uint64_t key)
{
    key += key == 0;
    if (*find(set->places, set->room, key) == key)
        return KEYSET_THERE;
    if (set->count == set->max)
        return KEYSET_FULL;
    if (2 * (set->count + 1) > set->room)
        grow(set);
    *find(set->places, set->room, key) = key;
    set->count++;
    return KEYSET_ADDED;
}
