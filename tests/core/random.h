/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random entries from a seed, drawn from so few values that equal times, stamps and keys are
 * common.
 */
#ifndef BANSYNC_TESTS_RANDOM_H
#define BANSYNC_TESTS_RANDOM_H

#include "allow.h"
#include "record.h"
#include "strike.h"

struct random {
    uint64_t state;
};

/* 0..bound-1. */
uint32_t random_below(struct random *random, uint32_t bound);

/* Records own what they hold: record_clear. */
void random_record(struct random *random, struct record *record);

/* text points into a static table. */
void random_strike(struct random *random, struct strike *strike);

/* reason points into a static table. */
void random_allow(struct random *random, struct allow *allow);

#endif
