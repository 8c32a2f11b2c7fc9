/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums by key, and the largest of them.
 *
 * Keys are any bytes, also of a stranger's choice: places come from a hash under a key that he does
 * not know. At most RANKING_MAX are told apart; what comes under further ones is summed up as lost.
 */
#ifndef BANSYNC_CORE_RANKING_H
#define BANSYNC_CORE_RANKING_H

#include <stddef.h>
#include <stdint.h>

#include "hash.h"

#define RANKING_MAX 131072 /* 8 MB with keys of 32 bytes */

struct ranking_item {
    uint64_t hash;
    uint64_t sum;
    size_t key; /* offset into the bytes */
    size_t key_size;
};

struct ranking {
    struct hash_key secret;
    struct ranking_item *list; /* owned */
    size_t count, room;
    uint32_t *places; /* owned; index + 1 into list, 0: none; twice as many as room */
    uint8_t *bytes;   /* owned: the keys */
    size_t used, size;
    uint64_t lost; /* the sum of what found no place */
};

/* An empty one, without memory yet. */
void ranking_open(struct ranking *ranking, const struct hash_key *secret);
void ranking_close(struct ranking *ranking);

/* Adds to the sum of that key. Without memory or a place it is lost. */
void ranking_add(struct ranking *ranking, const void *key, size_t size, uint64_t sum);

/* Puts the limit largest first, in order, equal ones by their keys, and returns how many these are.
 * Nothing can be added any more. */
size_t ranking_top(struct ranking *ranking, size_t limit);

/* The key of an item. */
const uint8_t *ranking_key(const struct ranking *ranking, const struct ranking_item *item);

#endif
