/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All banned prefixes in the order of the map, and behind them all banned accounts in that of the
 * user map, found and handed out in slices, so that a turn of the agent stays short whatever it
 * holds.
 *
 * The state may change between two slices. A subject is looked at when its leaf is, and again when
 * it is handed out; none comes twice.
 */
#ifndef BANSYNC_CORE_BANNED_H
#define BANSYNC_CORE_BANNED_H

#include <stdint.h>

#include "runs.h"
#include "state.h"

struct banned {
    struct runs prefixes; /* of struct prefix; an account needs seven times the room */
    struct runs accounts; /* of struct addr */
    uint32_t leaf;        /* the next one to look at */
};

/* Where the walk begins. */
void banned_open(struct banned *banned);

/* Looks at the next leaves until they have cost the work, or there are none. A leaf and a subject
 * cost 1. 1: that was the last slice; 0: it was not; -1: no memory, the slice is to be tried again
 * or the walk given up. */
int banned_walk(struct banned *banned, const struct state *state, size_t work);

/* The next one that is still banned, once the walk is over; NULL behind the last. It costs a
 * comparison for each slice there was. */
const struct subject *banned_next(struct banned *banned, const struct state *state);

/* Frees what it holds. */
void banned_clear(struct banned *banned);

#endif
