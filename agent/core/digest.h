/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digest of one kind of entries: an additive hash tree over 65,536 leaves, 16-ary.
 *
 * A leaf is the sum of the hashes of its entries, an inner node the sum of its children. Sums
 * commute, so the digest does not depend on the order of arrival, and adding an entry costs five
 * additions.
 */
#ifndef BANSYNC_CORE_DIGEST_H
#define BANSYNC_CORE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "hash.h"

#define DIGEST_LEVELS 5 /* 1, 16, 256, 4096, 65536 nodes */
#define DIGEST_LEAVES 65536
#define DIGEST_FANOUT 16

#define DIGEST_BLOCKS 256 /* the nodes of level 2: what is below one lies together */
#define DIGEST_BLOCK_LEAVES (DIGEST_LEAVES / DIGEST_BLOCKS)

struct digest_block {
    struct hash128 nodes[DIGEST_FANOUT]; /* of level 3 */
    struct hash128 leaves[DIGEST_BLOCK_LEAVES];
};

struct digest {
    struct hash128 *top;                        /* levels 0 to 2, one behind the other; owned */
    struct digest_block *blocks[DIGEST_BLOCKS]; /* owned; NULL: nothing was ever there */
};

/* An empty digest: 0, or -1 without memory. */
int digest_open(struct digest *digest);
void digest_close(struct digest *digest);

/* Makes room for entries below that leaf: without it nothing may be added there. 0, or -1 without
 * memory. */
int digest_reserve(struct digest *digest, uint16_t leaf);

/* True if there is no such room: nothing is there, and there is nothing that could be damaged. */
bool digest_is_blank(const struct digest *digest, uint16_t leaf);

/* Node index of a level (0..DIGEST_LEVELS-1). */
const struct hash128 *digest_node(const struct digest *digest, unsigned level, uint32_t index);

void digest_add(struct digest *digest, uint16_t leaf, const struct hash128 *entry);
void digest_subtract(struct digest *digest, uint16_t leaf, const struct hash128 *entry);

struct hash128 digest_root(const struct digest *digest);

/* The children of node index on level (0..DIGEST_LEVELS-2). */
const struct hash128 *digest_children(const struct digest *digest, unsigned level, uint32_t index);

/* The first leaf from leaf on below which there are entries, DIGEST_LEAVES if there is none. */
uint32_t digest_next_leaf(const struct digest *digest, uint32_t leaf);

/* Compares a leaf with the sum of its entries, counted anew. Where the nodes above agree with that
 * sum the leaf alone was damaged: it is put right. */
enum digest_verdict { DIGEST_RIGHT, DIGEST_MENDED, DIGEST_DIFFERS };
enum digest_verdict digest_check_leaf(struct digest *digest, uint16_t leaf,
                                      const struct hash128 *sum);

/* Puts right the damaged ones of the nodes whose last leaf this is; returns how many. A node whose
 * child is damaged is left alone. */
unsigned digest_check_above(struct digest *digest, uint16_t leaf);

/* Empties one leaf, whatever it holds, and makes the nodes above it true to that. */
void digest_drop_leaf(struct digest *digest, uint16_t leaf);

/* Empties it. */
void digest_clear(struct digest *digest);

/* True if both hold the same on that level. */
bool digest_level_equal(const struct digest *a, const struct digest *b, unsigned level);

/* Leaf of a 64-bit hash: its upper 16 bits. */
uint16_t digest_leaf(uint64_t hash);

/*
 * Sums of the newest strikes per second, so that a root can be told without what is still in
 * flight.
 */
#define RECENT_SECONDS 512
/* So many seconds behind the one that is named are left out, on every node, so it is a constant of
 * the protocol. What is dated later still is not in flight: a clock was ahead, and it is compared
 * like all the rest. */
#define RECENT_IN_FLIGHT 4

struct recent {
    int64_t newest; /* second of the newest slot */
    struct hash128 sums[RECENT_SECONDS];
    struct hash128 seal; /* of all that: see recent_is_sound */
};

/* Adds or takes away a strike of that second; far older ones are not kept. */
void recent_add(struct recent *recent, int64_t second, const struct hash128 *entry);
void recent_subtract(struct recent *recent, int64_t second, const struct hash128 *entry);

/* False if a bit of it has changed by itself. */
bool recent_is_sound(const struct recent *recent);

/* root without the strikes of the RECENT_IN_FLIGHT seconds behind second. False if that is too long
 * ago to tell. */
bool recent_root(const struct recent *recent, const struct hash128 *root, int64_t second,
                 struct hash128 *out);

#endif
