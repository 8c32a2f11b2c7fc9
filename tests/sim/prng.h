/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that look random and are the same for the same seed on every machine: xoshiro256** by
 * Blackman and Vigna, seeded by splitmix64.
 */
#ifndef BANSYNC_SIM_PRNG_H
#define BANSYNC_SIM_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
    uint64_t word[4];
};

void prng_seed(struct prng *prng, uint64_t seed);

uint64_t prng_next(struct prng *prng);

/* Numbers that depend on the next ones of prng, which stay as they are: what is drawn aside does
 * not change what a seed does else. */
struct prng prng_aside(const struct prng *prng);

/* 0 .. limit - 1; limit > 0. */
uint64_t prng_below(struct prng *prng, uint64_t limit);

/* low .. high, both included. */
int64_t prng_range(struct prng *prng, int64_t low, int64_t high);

/* True in per_million of a million cases. */
bool prng_chance(struct prng *prng, uint32_t per_million);

#endif
