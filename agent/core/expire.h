/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What time does to the state: strikes beyond the horizon, forgotten facts and old leases go; bans
 * end.
 */
#ifndef BANSYNC_CORE_EXPIRE_H
#define BANSYNC_CORE_EXPIRE_H

#include "effect.h"
#include "state.h"

/* Removes everything that is garbage at the present tick and marks the subjects it touches. */
void expire_due(struct state *state, struct effects *effects);

/* Removes what is garbage of the kinds that are kept as their bytes: when the tick has moved, while
 * rows that are made now are still committed. */
void expire_chronicles(struct state *state, struct effects *effects);

/* Queues the subject for the next time at which something of it changes. */
void expire_schedule(struct state *state, struct subject *subject);

/* That time; TIME_NEVER_MS if there is none. */
int64_t expire_deadline_ms(const struct subject *subject, int64_t now_ms);

/* Has the subject looked at again in this turn's flush. */
void expire_at_once(struct state *state, struct subject *subject);

/* Draws the queue anew from the subjects. */
void expire_requeue(struct state *state);

#endif
