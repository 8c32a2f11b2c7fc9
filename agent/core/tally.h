/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the threshold counts: strikes, or the distinct messages that they are of. Strikes with the
 * same hash of the Message-ID are one message; one without a hash is a message of its own.
 */
#ifndef BANSYNC_CORE_TALLY_H
#define BANSYNC_CORE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "policy.h"
#include "strike.h"

/* A walk through strikes in their order that knows the newest messages, at most threshold. */
struct tally {
    const struct policy *policy;
    const struct strike *strikes;
    size_t begin, next;
    /* Of each the hash and its newest strike; ascending by that. Unused while strikes count. */
    size_t used;
    uint32_t messages[THRESHOLD_MAX];
    size_t newest[THRESHOLD_MAX];
};

/* Before strikes[begin]. The two are referred to. */
void tally_begin(struct tally *tally, const struct policy *policy, const struct strike *strikes,
                 size_t begin);

/* Takes the next strike. Returns where the shortest run begins that ends with it and holds as many
 * as ban; SIZE_MAX if there are not so many from begin on. Takes a time bounded by the threshold.
 */
size_t tally_take(struct tally *tally);

/* Number of distinct messages of count strikes; SIZE_MAX without memory. */
size_t tally_messages(const struct strike *strikes, size_t count);

#endif
