/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a peer may still change here: a token bucket. An entry that changed the state costs a
 * token for each QUOTA_ENTRY_BYTES it has begun; one that brings nothing new costs nothing.
 *
 * Integer arithmetic on the time that is given: no clock, no remainder lost. Zero-initialized it is
 * full.
 */
#ifndef BANSYNC_NODE_QUOTA_H
#define BANSYNC_NODE_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quota_rate {
    uint32_t burst; /* tokens of a full bucket; at least 1 */
    uint32_t per_s; /* tokens that come back; at least 1 */
};

struct quota {
    uint64_t spent;     /* thousandths of a token missing from a full bucket */
    int64_t settled_ms; /* mono time up to which tokens came back */
};

/* Puts back what has come back until now_ms (mono; a clock that goes back brings nothing) and tells
 * if there is a token. */
bool quota_has(struct quota *quota, const struct quota_rate *rate, int64_t now_ms);

/* Takes the token that quota_has just told of, and as many more as an entry of that size costs:
 * what there are too few of is owed. */
void quota_spend(struct quota *quota, size_t entry_bytes);

#endif
