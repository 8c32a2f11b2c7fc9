/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Senders that approach a ban: some strikes in their window and no ban. The nearest of all subjects
 * are found in slices, each with a bound on its work, so that a turn of the agent stays short
 * whatever it holds.
 *
 * The state may change between two slices. A subject that comes, goes or changes meanwhile is seen
 * as it is when its leaf is looked at; none is seen twice.
 */
#ifndef BANSYNC_CORE_APPROACH_H
#define BANSYNC_CORE_APPROACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state.h"

struct approach {
    struct addr addr;
    size_t count;    /* the shared count, 1 at least */
    int64_t last_ms; /* the newest strike */
};

/* A walk over all subjects that keeps the limit nearest. */
struct approaches {
    struct approach *list; /* owned; in order once the walk is over */
    size_t count;          /* in the list */
    size_t limit;
    size_t total;  /* how many approach, in the list or not */
    uint32_t leaf; /* the next one to look at */
};

/* True, with *approach, if the subject approaches a ban at the present tick. */
bool approach_read(const struct state *state, const struct subject *subject,
                   struct approach *approach);

/* Begins a walk; limit: 1 or more. 0, or -1 without memory. */
int approaches_begin(struct approaches *approaches, size_t limit);

/* Looks at the next leaves, each as a whole, until they have cost the work left or there are none;
 * *work becomes what is left then, 0 if it was not enough. A leaf and a subject cost 1, strikes
 * whose messages have to be told apart 1 each. True: it was the last slice; the list is in order,
 * the largest count first, then the newest strike, then by address. */
bool approaches_walk(struct approaches *approaches, const struct state *state, size_t *work);

/* Frees the list. */
void approaches_clear(struct approaches *approaches);

#endif
