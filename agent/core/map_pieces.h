/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ban puts into the map: its prefix minus the live allow entries inside it, split into the
 * fewest prefixes, the pieces. Without such an entry that is the prefix itself.
 */
#ifndef BANSYNC_CORE_MAP_PIECES_H
#define BANSYNC_CORE_MAP_PIECES_H

#include <stdbool.h>

#include "addr.h"
#include "prefixes.h"
#include "state.h"

/* Appends the pieces of addr, which is no account, in order. 0, or -1 without memory: then some may
 * have been appended. */
int map_pieces_append(const struct state *state, const struct addr *addr, struct prefixes *out);

/* Replaces the banned prefixes, which are sorted, by their pieces, sorted. As map_pieces_append for
 * each, but those that no allow entry touches cost a step of one walk. */
int map_pieces_take(const struct state *state, struct prefixes *prefixes);

/* True if the piece, which no live allow entry touches, is one of some ban's: its own, or that of a
 * wider one. */
bool map_pieces_has(const struct state *state, const struct addr *piece);

#endif
