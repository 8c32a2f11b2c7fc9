/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Banned subjects, all or those that are wanted, in the order of the map or by a key, found and
 * handed out in slices, so that a turn of the agent stays short whatever it holds.
 *
 * The state may change between two slices. A subject is looked at when its leaf is, and again when
 * it is handed out; none comes twice.
 */
#ifndef BANSYNC_CORE_BANNED_H
#define BANSYNC_CORE_BANNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runs.h"
#include "state.h"

#define BANNED_SHORT_MAX 4096 /* a limit up to this bounds the memory, too: 0.6 MB */

/* Is the banned subject wanted? *key, 0 unless set: the smaller come first, equal ones in the order
 * of the map. It is asked again before one is handed out; the key is not looked at then. */
typedef bool banned_want_fn(const void *context, const struct state *state,
                            const struct subject *subject, int64_t *key);

struct banned {
    banned_want_fn *want;
    const void *context;
    struct runs prefixes, accounts;   /* of all that are wanted ... */
    const void *prefix, *account;     /* and the next one of each, once the walk is over */
    struct banned_account *shortlist; /* ... or the first ones; owned */
    size_t limit, kept, next;         /* of the shortlist */
    size_t total;                     /* so many are wanted, in the shortlist or not; less those
                                         that were no longer so when they were to be handed out */
    size_t banned, banned_accounts;   /* wanted or not */
    uint32_t leaf;                    /* the next one to look at */
    bool failed;
};

/* Begins a walk for the first limit of those that are wanted (want NULL: all are); 0, or above
 * BANNED_SHORT_MAX: all of them are found, and take 32 bytes each, accounts 144. context must
 * outlive it. 0; or -1 without memory, which is taken for a limit alone. banned_clear in any case.
 */
int banned_begin(struct banned *banned, size_t limit, banned_want_fn *want, const void *context);

/* Looks at the next leaves until they have cost the work left, or there are none; *work becomes
 * what is left then. A leaf and a subject cost 1, one that is banned 3 more. 1: that was the last
 * slice; 0: it was not; -1: no memory, the walk is to be given up. */
int banned_walk(struct banned *banned, const struct state *state, size_t *work);

/* The next one that is still wanted, once the walk is over; NULL behind the last. It is perhaps in
 * room. */
const struct subject *banned_next(struct banned *banned, const struct state *state,
                                  struct unpacked *room);

/* Frees what it holds and empties it. */
void banned_clear(struct banned *banned);

#endif
