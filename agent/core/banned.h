/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All banned prefixes in the order of the map, found and handed out in slices, so that a turn of
 * the agent stays short whatever it holds. Banned accounts are counted.
 *
 * The state may change between two slices. A subject is looked at when its leaf is, and again when
 * it is handed out; none comes twice.
 */
#ifndef BANSYNC_CORE_BANNED_H
#define BANSYNC_CORE_BANNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prefixes.h"
#include "state.h"

struct banned {
    struct prefix *list; /* owned; ascending in each run */
    size_t count, room;
    struct banned_run *runs; /* owned; one a slice that found something */
    size_t run_count;
    size_t accounts; /* so many are banned, too */
    uint32_t leaf;   /* the next one to look at */
};

/* Looks at the next leaves until they have cost the work, or there are none; {0} is where it
 * begins. A leaf and a subject cost 1. 1: that was the last slice; 0: it was not; -1: no memory,
 * the slice is to be tried again or the walk given up. */
int banned_walk(struct banned *banned, const struct state *state, size_t work);

/* The next one that is still banned, once the walk is over; NULL behind the last. It costs a
 * comparison for each slice there was. It is perhaps in room. */
const struct subject *banned_next(struct banned *banned, const struct state *state,
                                  struct unpacked *room);

/* Frees what it holds and empties it. */
void banned_clear(struct banned *banned);

#endif
