/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subjects of one leaf: those that are awake, and those at rest, packed, each in the order of
 * subject_compare. A subject is in one of the two.
 *
 * Those at rest lie in one block: of each a head, which is found by halving, then the bytes of
 * each.
 */
#ifndef BANSYNC_CORE_BUCKET_H
#define BANSYNC_CORE_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packed.h"

/* Bits of a hash that are kept: the first 16 are the leaf's, the last 16 must be 0. */
#define BUCKET_HASH_MASK (~UINT64_C(0xffff))

struct bucket {
    struct subject **list; /* awake; owned, and so are they */
    uint8_t *block;        /* at rest: heads, bytes; owned */
    uint32_t count, room;
    uint32_t rest_count, rest_bytes; /* of heads, and of what is behind them */
    uint32_t block_room;
};

/* Where a walk along a bucket stands. */
struct bucket_walk {
    uint32_t index;           /* in the list */
    uint32_t rest, rest_byte; /* among those at rest, and in their bytes */
};

/* One at rest, or where it would be; is_bad: damage keeps that from being known. */
struct bucket_item {
    uint32_t rest, rest_byte, size;
    bool is_there, is_bad;
};

/* The awake subject; NULL if there is none. */
struct subject *bucket_find(const struct bucket *bucket, const struct addr *addr, uint64_t hash);

/* The one at rest, unpacked into room. */
struct bucket_item bucket_find_rest(const struct bucket *bucket, const struct packed_words *words,
                                    const struct addr *addr, uint64_t hash, struct unpacked *room);

/* Puts an awake one into its place: 0, or -1 without memory. It must not be there yet. */
int bucket_insert(struct bucket *bucket, struct subject *subject);

/* Takes an awake one out; the caller frees it. */
void bucket_take(struct bucket *bucket, struct subject *subject);

/* Puts the bytes of one at rest in its place: 0, or -1 without memory. */
int bucket_insert_rest(struct bucket *bucket, const struct bucket_item *place, uint64_t hash,
                       const uint8_t *bytes, size_t size);

/* Takes out the one at rest; the first count of them, with size bytes. */
void bucket_take_rest(struct bucket *bucket, const struct bucket_item *item);
void bucket_take_first(struct bucket *bucket, uint32_t count, uint32_t size);

/* The next one at rest of the walk, unpacked into room; NULL behind the last, and at what is
 * damaged. leaf: of the bucket. */
struct subject *bucket_next_rest(const struct bucket *bucket, uint16_t leaf,
                                 const struct packed_words *words, struct bucket_walk *walk,
                                 struct unpacked *room);

/* Passes the next one at rest of the walk, which is not unpacked. False behind the last, and at
 * what is damaged. */
bool bucket_next_glance(const struct bucket *bucket, struct bucket_walk *walk,
                        struct packed_glance *glance);

/* The next subject in order, awake or at rest; NULL behind the last. What is damaged ends those at
 * rest. */
struct subject *bucket_next(const struct bucket *bucket, uint16_t leaf,
                            const struct packed_words *words, struct bucket_walk *walk,
                            struct unpacked *room);

/* True if all that is at rest can be unpacked. */
bool bucket_is_readable(const struct bucket *bucket, uint16_t leaf,
                        const struct packed_words *words);

/* Bytes of the block that are used. */
size_t bucket_block_bytes(const struct bucket *bucket);

/* Frees what it holds and empties it. */
void bucket_clear(struct bucket *bucket);

#endif
