/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which entry of a map covers an address, without reading the whole map.
 */
#ifndef BANSYNC_CORE_MAP_COVER_H
#define BANSYNC_CORE_MAP_COVER_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

/* bytes: a map of ours, whose entries are in order. The widest entry that covers addr and is no
 * wider than shortest bits (0: whatever it is), to *entry; false if there is none. Reads a few
 * lines for each length that an entry may have. */
bool map_cover(const char *bytes, size_t size, const struct addr *addr, unsigned shortest,
               struct addr *entry);

#endif
