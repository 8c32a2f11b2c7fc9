/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted list of prefixes, and one walk along it that tells which addresses it covers.
 */
#ifndef BANSYNC_CORE_PREFIXES_H
#define BANSYNC_CORE_PREFIXES_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

struct prefixes {
    struct prefix *list; /* owned */
    size_t count;
    size_t room;
};

/* addr must be no account. 0, or -1 without memory, the list as it was. */
int prefixes_append(struct prefixes *prefixes, const struct addr *addr);

/* As addr_compare. */
int prefix_compare(const struct prefix *a, const struct prefix *b);

/* Brings the list into the order of the map; of equal ones one stays. */
void prefixes_sort(struct prefixes *prefixes);

/* Index of addr in the sorted list; that of the first one behind it, at most count, if it is not
 * there. */
size_t prefixes_place(const struct prefixes *prefixes, const struct addr *addr);

/* The one at index. */
struct addr prefixes_at(const struct prefixes *prefixes, size_t index);

/* Which prefix lengths are in a list: few, as a rule. */
struct prefixes_lengths {
    bool of4[33], of6[129];
};

void prefixes_lengths(const struct prefixes *prefixes, struct prefixes_lengths *lengths);

/* Is addr inside one of the sorted prefixes? lengths: those of the list. Halves the list once for
 * each length that is no longer than addr's. */
bool prefixes_cover(const struct prefixes *prefixes, const struct prefixes_lengths *lengths,
                    const struct addr *addr);

/* Frees what it holds and empties it. */
void prefixes_clear(struct prefixes *prefixes);

/* Where a walk along a sorted list stands: the prefixes that it is inside of, the widest first. */
#define PREFIXES_DEPTH_MAX 129 /* lengths of nested prefixes: 0 to 128 */
struct prefixes_walk {
    const struct prefixes *prefixes;
    size_t next;
    const struct prefix *inside[PREFIXES_DEPTH_MAX];
    size_t depth;
};

/* The prefixes must stay as they are while the walk is used. */
void prefixes_walk_begin(struct prefixes_walk *walk, const struct prefixes *prefixes);

/* Is addr inside one of the prefixes? addrs must be asked for in ascending order. */
bool prefixes_walk_covers(struct prefixes_walk *walk, const struct addr *addr);

/* Likewise, and also true if one of the prefixes is inside addr. */
bool prefixes_walk_touches(struct prefixes_walk *walk, const struct addr *addr);

#endif
