/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many subjects are banned: counted in slices, as there may be many, for the commands whose
 * answer has that number.
 */
#ifndef BANSYNC_CENSUS_H
#define BANSYNC_CENSUS_H

#include "agent.h"

/* Answers the client, in the turn in which all were counted. */
typedef void census_fn(struct agent *agent, uint64_t client, const struct state_bans *bans);

/* Counts, and then calls answer once; not at all if the client goes away, or without memory, which
 * it is told. */
void census_take(struct agent *agent, uint64_t client, census_fn *answer);

#endif
