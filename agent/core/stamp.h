/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stamps of the hybrid logical clock (Kulkarni et al., 2014) and the cluster's tick.
 *
 * hlc = wall ms << 16 | counter. A stamp orders operator commands: what was done after something
 * was seen has the larger stamp, whatever the wall clocks say.
 */
#ifndef BANSYNC_CORE_STAMP_H
#define BANSYNC_CORE_STAMP_H

#include <stdint.h>

struct stamp {
    uint64_t hlc; /* 0: never */
    uint64_t node;
};

/* <0, 0, >0 by hlc, then node. */
int stamp_compare(const struct stamp *a, const struct stamp *b);

/* Wall part of an hlc in ms, and the tick it lies in. */
int64_t stamp_ms(uint64_t hlc);
uint64_t stamp_tick(uint64_t hlc);

/* The next hlc for something done now at wall_ms, larger than every one seen before. */
uint64_t stamp_next(uint64_t hlc, int64_t wall_ms);

#endif
