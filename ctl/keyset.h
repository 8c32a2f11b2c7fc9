/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of numbers that only grows, to a bound.
 */
#ifndef BANSYNC_CTL_KEYSET_H
#define BANSYNC_CTL_KEYSET_H

#include <stddef.h>
#include <stdint.h>

struct keyset;

/* max: how many numbers it may hold, a power of two, 2 or more; it takes 16 bytes each at most.
 * Without memory the process ends (memory.h), as it does in keyset_add. */
struct keyset *keyset_new(size_t max);
void keyset_free(struct keyset **set);

enum keyset_result {
    KEYSET_ADDED,
    KEYSET_THERE, /* it was there already */
    KEYSET_FULL,  /* it is not there, and there is no room */
};

/* key: any number, well mixed (a hash). */
enum keyset_result keyset_add(struct keyset *set, uint64_t key);

#endif
