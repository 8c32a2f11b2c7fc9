/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strikes of the own log that are outside the state, as the brake held them: where each stands on
 * its way from there.
 *
 * Sets of identified strikes as in the state: a line that is read again is the same strike, in
 * whatever place it is. Does not: decide who is held (brake.h), write rows (node/hold.h).
 */
#ifndef BANSYNC_CORE_HELD_H
#define BANSYNC_CORE_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "table.h"

enum held_place {
    HELD_WAITING,   /* for an operator's word */
    HELD_RELEASING, /* on their way into the state, some each turn */
    HELD_DROPPING,  /* dropped; their rows do not say so yet */
    HELD_DROPPED,   /* so that their lines do not count when they are read again */
    HELD_PLACES,
    HELD_NOWHERE = HELD_PLACES,
};

struct held_set {
    struct table subjects; /* their records are empty */
    size_t count;          /* strikes */
};

struct held {
    struct held_set sets[HELD_PLACES];
};

int held_open(struct held *held); /* 0, or -1 without memory */
void held_close(struct held *held);

/* Where that strike is. hash, here and below: of addr, as the state has it. */
enum held_place held_find(const struct held *held, uint64_t hash, const struct addr *addr,
                          const struct strike *strike);

/* True if strikes of that subject are at place. */
bool held_has(const struct held *held, enum held_place place, uint64_t hash,
              const struct addr *addr);

/* Merges a copy of the strike into the set at place, as strikes_merge does. 0, or -1 without
 * memory, nothing changed. */
int held_put(struct held *held, enum held_place place, uint64_t hash, const struct addr *addr,
             const struct strike *strike, struct strikes_change *change);

/* Moves those of the subjects that net covers, or if net is NULL all, between two places. Returns
 * the number of subjects; those for which there is no memory, or no room at the other place, stay.
 */
size_t held_move(struct held *held, enum held_place from, enum held_place to,
                 const struct addr *net);

/* Asks of each strike at place what is to become of it. It may change other places, not this one.
 */
enum held_fate { HELD_STAYS, HELD_GOES, HELD_ENOUGH }; /* the last: no more are asked for */
typedef enum held_fate held_judge_fn(void *context, const struct addr *addr,
                                     const struct strike *strike);
void held_sift(struct held *held, enum held_place place, held_judge_fn *judge, void *context);

/* Time of the oldest strike that waits; 0: none does. */
int64_t held_since_ms(const struct held *held);

#endif
