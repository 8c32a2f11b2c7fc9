/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two nodes of which one repairs from the other; the test carries the frames.
 */
#ifndef BANSYNC_TESTS_PAIR_H
#define BANSYNC_TESTS_PAIR_H

#include "solo.h"

/* Each is the other's first peer; here has a second one, which says nothing. */
struct pair {
    struct solo *here, *there;
    size_t asked; /* requests of here that were carried over */
};

struct pair pair_open(void);
void pair_close(struct pair *pair);

/* Tells here what there holds. */
void pair_ping(struct pair *pair);

/* Here descends by the tree and lists leaves in any case, as from a peer of an older version. */
void pair_list(struct pair *pair);

/* A pair in which here has begun a descent, by the tree, for one strike and asked for the root. */
struct pair pair_descend(void);

/* Carries the requests over; the answers wait there. False: there were none. */
bool pair_carry_requests(struct pair *pair);

/* Carries all answers back. */
void pair_carry_answers(struct pair *pair);

/* A PING, then requests and answers until the descents have ended. */
void pair_repair(struct pair *pair);

bool pair_roots_equal(const struct pair *pair);

/* Those of here. */
const struct counters *pair_counters(const struct pair *pair);

#endif
