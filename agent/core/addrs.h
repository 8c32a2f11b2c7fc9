/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of subjects, prefixes and accounts alike; prefixes.h holds many prefixes in less room.
 */
#ifndef BANSYNC_CORE_ADDRS_H
#define BANSYNC_CORE_ADDRS_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

struct addrs {
    struct addr *list; /* owned */
    size_t count;
    size_t room;
};

/* 0, or -1 without memory, the list as it was. */
int addrs_append(struct addrs *addrs, const struct addr *addr);

/* Brings the list into the order of addr_compare. */
void addrs_sort(struct addrs *addrs);

/* True if addr is in the list, which is sorted. */
bool addrs_has(const struct addrs *addrs, const struct addr *addr);

/* Frees what it holds and empties it. */
void addrs_clear(struct addrs *addrs);

#endif
