/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damage to the memory of a node, for rule 14: what a bug or a failing machine does.
 */
#ifndef BANSYNC_SIM_DAMAGE_H
#define BANSYNC_SIM_DAMAGE_H

#include "sim.h"

/* A strike vanishes from a live host, and its digest with it, as by a bug. Returns false if there
 * is none that others hold, too. */
bool damage_lose_strike(struct sim *sim);

/* A bit flips in what a live host holds; returns what, NULL if there is nothing. */
const char *damage_flip_bit(struct sim *sim);

#endif
