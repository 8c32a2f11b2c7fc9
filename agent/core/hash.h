/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hashes of the state: SipHash-2-4 under a public key that is derived from the cluster name.
 *
 * The key is no secret: members are trusted not to lie (docs/DESIGN.md section 4); it only keeps
 * clusters apart and senders from choosing the leaf they fall into. The only file of core that uses
 * libsodium.
 */
#ifndef BANSYNC_CORE_HASH_H
#define BANSYNC_CORE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint8_t bytes[16];
};

struct hash128 {
    uint64_t lane[2];
};

/* BLAKE2b-128 of context, a NUL and bytes. context: a constant text that names the purpose. */
struct hash_key hash_derive(const char *context, const void *bytes, size_t size);

/* The key under which the state of the cluster of that name is hashed. */
struct hash_key hash_cluster(const char *name);

/* SipHash-2-4, 64 and 128 bits. */
uint64_t hash64(const struct hash_key *key, const void *bytes, size_t size);
struct hash128 hash128(const struct hash_key *key, const void *bytes, size_t size);

/* What a node is called in the state: 64 bits of BLAKE2b of its CURVE public key; never 0. */
uint64_t hash_node(const uint8_t public_key[32]);

/* SHA-256 as 64 hex digits and NUL: what sha256sum prints, for people to compare. */
void hash_sha256(const void *bytes, size_t size, char hex[65]);

/* Sums of hashes, modulo 2^64 in each lane: adding and taking away commute. */
static inline void hash128_add(struct hash128 *sum, const struct hash128 *term)
{
    sum->lane[0] += term->lane[0];
    sum->lane[1] += term->lane[1];
}

static inline void hash128_subtract(struct hash128 *sum, const struct hash128 *term)
{
    sum->lane[0] -= term->lane[0];
    sum->lane[1] -= term->lane[1];
}

/* True for the sum of nothing. */
static inline bool hash128_is_zero(const struct hash128 *sum)
{
    return sum->lane[0] == 0 && sum->lane[1] == 0;
}

static inline bool hash128_equal(const struct hash128 *a, const struct hash128 *b)
{
    return a->lane[0] == b->lane[0] && a->lane[1] == b->lane[1];
}

#endif
