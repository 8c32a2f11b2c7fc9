/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All subjects, in leaf order: 65,536 buckets by the upper bits of the subject's hash, each ordered
 * by hash.
 *
 * So the entries below one leaf of the digest lie together, and iteration is the same on every
 * node. A subject is awake, and may be changed; or it is at rest, and takes a tenth of that: who
 * reads gets it unpacked, who changes it wakes it (table_make, table_wake), and who is done with it
 * puts it to rest again.
 *
 * A hash is of 48 bits, the last 16 are 0 (BUCKET_HASH_MASK); more than one subject may have it.
 */
#ifndef BANSYNC_CORE_TABLE_H
#define BANSYNC_CORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bucket.h"
#include "lengths.h"

#define TABLE_BLOCKS 256

struct table {
    struct bucket *blocks[TABLE_BLOCKS]; /* of the buckets; owned; NULL: all are empty */
    uint64_t *used;                      /* a bit a bucket that is not empty; owned */
    struct packed_words *words;          /* of those at rest; owned; NULL: none ever was */
    size_t count;                        /* of subjects, awake or at rest */
    struct lengths lengths;              /* that subjects have or had */
};

int table_open(struct table *table); /* 0, or -1 without memory */
void table_close(struct table *table);

/* Where an iteration stands; {0}: at the start. A place, not a subject: it goes on past one whose
 * hash is damaged. */
struct table_walk {
    uint32_t leaf;
    struct bucket_walk at;
    struct unpacked room; /* what was at rest is here until the next step */
};

/* The subject, NULL if there is none, or if what is at rest there is damaged. One at rest is
 * unpacked into room, and what is done to it there is lost; room NULL: only who is awake is looked
 * for. hash must be that of addr. */
struct subject *table_find(const struct table *table, const struct addr *addr, uint64_t hash,
                           struct unpacked *room);

/* The subject at index among those of that hash, in order; NULL behind the last. */
struct subject *table_of_hash(const struct table *table, uint64_t hash, uint32_t index,
                              struct unpacked *room);

/* Finds or makes it, awake; one that was at rest is sealed. NULL without memory, and if what is at
 * rest there is damaged. table_wake: NULL also if there is none. */
struct subject *table_make(struct table *table, const struct addr *addr, uint64_t hash);
struct subject *table_wake(struct table *table, const struct addr *addr, uint64_t hash);

/* Wakes all of a leaf: 0, or -1 without memory or if something is damaged, then some are at rest.
 */
int table_wake_leaf(struct table *table, uint16_t leaf);

/* Puts an awake one to rest, if it can be (packed.h) and there is memory: then it is freed. */
bool table_rest(struct table *table, struct subject *subject);

/* True if there is no room for subjects at this leaf and the 15 around it, and no note of one. */
bool table_is_blank(const struct table *table, uint16_t leaf);

/* Takes an awake one out and frees it with all it holds. */
void table_remove(struct table *table, struct subject *subject);

/* Takes out and frees all subjects of one leaf, by their place: their hashes may be damaged. */
void table_drop_leaf(struct table *table, uint16_t leaf);

/* Makes the leaf's bit of used right; false if it was not. */
bool table_check_leaf(struct table *table, uint16_t leaf);

/* The next subject in leaf order, NULL behind the last; the table must not change meanwhile. It is
 * valid until the next step; one that is at rest is in walk->room, and what is done to it is lost.
 */
struct subject *table_next(const struct table *table, struct table_walk *walk);

/* The first leaf from leaf on that has subjects, the number of leaves if there is none. */
uint32_t table_next_leaf(const struct table *table, uint32_t leaf);

/* Begins a walk at a leaf. */
void table_walk_leaf(struct table_walk *walk, uint16_t leaf);

/* The next subject of the walk's leaf, NULL behind its last. */
struct subject *table_next_of_leaf(const struct table *table, struct table_walk *walk);

/* Looks at a subject, which is valid during the call; returns what that cost. */
typedef size_t table_look_fn(void *context, const struct subject *subject);

/* Has all subjects of the next leaves looked at, each leaf as a whole, until they have cost the
 * work left or there are none. *leaf: the next one, 0 at first. A leaf costs 1 beside its subjects.
 * *work becomes what is left then, 0 if it was not enough. True: there are none left. The table may
 * change between two slices: a subject is seen as it is when its leaf is looked at, and none is
 * seen twice. */
bool table_slice(const struct table *table, uint32_t *leaf, size_t *work, table_look_fn *look,
                 void *context);

/* Subjects of one leaf: list has those that are awake, with them all that have strikes. */
const struct bucket *table_leaf(const struct table *table, uint16_t leaf);

/* How many there are, awake or at rest; false: what is at rest cannot be read. */
size_t table_leaf_count(const struct table *table, uint16_t leaf);
bool table_leaf_is_readable(const struct table *table, uint16_t leaf);

#endif
