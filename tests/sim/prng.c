/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pseudorandom numbers, see prng.h.
 */
#include "prng.h"

#include <assert.h>

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

void prng_seed(struct prng *prng, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++) {
        uint64_t word = seed += 0x9e3779b97f4a7c15;

        word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
        word = (word ^ word >> 27) * 0x94d049bb133111eb;
        prng->word[i] = word ^ word >> 31;
    }
}

uint64_t prng_next(struct prng *prng)
{
    uint64_t *word = prng->word;
    uint64_t result = rotate(word[1] * 5, 7) * 9, shifted = word[1] << 17;

    word[2] ^= word[0];
    word[3] ^= word[1];
    word[1] ^= word[2];
    word[0] ^= word[3];
    word[2] ^= shifted;
    word[3] = rotate(word[3], 45);
    return result;
}

struct prng prng_aside(const struct prng *prng)
{
    struct prng copy = *prng, aside;

    prng_seed(&aside, prng_next(&copy));
    return aside;
}

uint64_t prng_below(struct prng *prng, uint64_t limit)
{
    assert(limit > 0);
    return prng_next(prng) % limit;
}

int64_t prng_range(struct prng *prng, int64_t low, int64_t high)
{
    assert(low <= high);
    return low + (int64_t)prng_below(prng, (uint64_t)(high - low) + 1);
}

bool prng_chance(struct prng *prng, uint32_t per_million)
{
    return per_million > 0 && prng_below(prng, 1000000) < per_million;
}
