/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map: a pure function of (state, tick), the same bytes on every node (docs/DESIGN.md section
 * 9).
 *
 * One comment line by which we know our own, then one prefix a line: each banned prefix minus the
 * live allow entries inside it, split into the fewest prefixes, sorted, hosts without /32 or /128.
 * No time, no host name.
 */
#ifndef BANSYNC_CORE_MAP_H
#define BANSYNC_CORE_MAP_H

#include <stddef.h>

#include "addrs.h"
#include "prefixes.h"
#include "state.h"

#define MAP_HEADER \
    "# bansync blacklist map. Written by bansyncd: changes made here are lost; use banctl.\n"

struct map_text {
    char *bytes; /* owned; not NUL-terminated */
    size_t size;
    size_t entries; /* lines behind the header */
};

/* Draws the map, and unless accounts is NULL appends the accounts that usermap_print makes a map
 * of: banned, and not on the allowlist. 0, or -1 without memory. Free with map_free. */
int map_render(const struct state *state, struct map_text *map, struct addrs *accounts);

/* The prefixes, which are sorted here, as a map. 0, or -1 without memory. */
int map_from_prefixes(struct prefixes *prefixes, struct map_text *map);

/* Adds the entries of a former map's text to the map, in place; left out are lines that are no
 * prefix, what lies inside a prefix that the state knows to be unbanned, and what is allowed. 0, or
 * -1 without memory, the map as it was. */
int map_join(const struct state *state, struct map_text *map, const char *bytes, size_t size);

/* True if map_join would not leave out all of addr. */
bool map_is_kept(const struct state *state, const struct addr *addr);

/* True if the state has a record of addr or of a prefix that covers it: banned, ended or unbanned.
 */
bool map_is_recorded(const struct state *state, const struct addr *addr);

/* Takes out of the map what the former map's text does not hold, too, address by address, in place.
 * 0, or -1 without memory, the map as it was. */
int map_meet(struct map_text *map, const char *bytes, size_t size);

/* Entries of the map that no prefix of the sorted list covers. */
size_t map_count_new(const struct map_text *map, const struct prefixes *former);

/* Entries that the map would have if these were banned, too, and what waits for its commit; an
 * estimate that is not too low where that is at most enough. SIZE_MAX without memory. */
size_t map_count_with(const struct state *state, const struct map_text *map,
                      const struct addr *addrs, size_t count, size_t enough);

/* 0, or -1 without memory. Free with map_free. */
int map_copy(const struct map_text *map, struct map_text *copy);

void map_free(struct map_text *map);

#endif
