/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The self-check: damage in memory is found and undone (docs/DESIGN.md section 5).
 *
 * Entries are compared with the digests, whose nodes tell which of the two is damaged. All else
 * follows from the entries, or has a sum of itself. Not covered are pointers, counts and lengths:
 * with them damaged there is nothing left to walk along.
 */
#ifndef BANSYNC_CORE_CHECK_H
#define BANSYNC_CORE_CHECK_H

#include "effect.h"
#include "state.h"

/* Checks count leaves from first on; with leaf 0 also what is checked as a whole: allow entries,
 * the newest seconds, the queue of deadlines. What can be put right here, is (counted:
 * selfcheck_repaired); entries that cannot be trusted are named by EFFECT_RELOADs. Nothing may be
 * dirty. Forgets state->suspect: that leaf must be checked first, alone, as what was not derived
 * meanwhile is then. */
void check_leaves(struct state *state, uint16_t first, size_t count, struct effects *effects);

/* Takes out of memory what an EFFECT_RELOAD names, and counts it. Nothing may be dirty. */
void check_drop(struct state *state, uint8_t kind, uint16_t leaf);

#endif
