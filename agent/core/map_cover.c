/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which entry of a map covers an address, see map_cover.h.
 *
 * Bans may lie inside one another, so an entry that covers the address need not be the one before
 * it: each length is looked for by itself, by halving the text.
 */
#include "map_cover.h"

#include <string.h>

#include <bansync/limits.h>

#include "map.h"

/* Where the line begins that the byte at place is of. */
static size_t line_begin(const char *bytes, size_t place)
{
    while (place > 0 && bytes[place - 1] != '\n')
        place--;
    return place;
}

static size_t line_length(const char *bytes, size_t size, size_t begin)
{
    const char *end = memchr(bytes + begin, '\n', size - begin);

    return end != NULL ? (size_t)(end - (bytes + begin)) : size - begin;
}

/* Is wanted one of the lines? What is no entry is damage, and found by nobody. */
static bool has_entry(const char *bytes, size_t size, const struct addr *wanted)
{
    size_t low = 0, high = size;

    while (low < high) {
        size_t begin = line_begin(bytes, low + (high - low) / 2);
        size_t length = line_length(bytes, size, begin);
        struct addr addr;
        int order;

        if (addr_parse(bytes + begin, length, false, &addr) != 0)
            return false;
        order = addr_compare(&addr, wanted);
        if (order == 0)
            return true;
        if (order < 0)
            low = begin + length + 1;
        else
            high = begin;
    }
    return false;
}

bool map_cover(const char *bytes, size_t size, const struct addr *addr, unsigned shortest,
               struct addr *entry)
{
    unsigned widest = addr_widest(addr);
    size_t header = strlen(MAP_HEADER);

    if (size <= header)
        return false;
    for (unsigned length = shortest > widest ? shortest : widest; length <= addr->length;
         length++) {
        *entry = *addr;
        addr_widen(entry, length);
        if (has_entry(bytes + header, size - header, entry))
            return true;
    }
    return false;
}
