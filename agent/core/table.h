/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All subjects, in leaf order: 65,536 buckets by the upper bits of the subject's hash, each ordered
 * by hash.
 *
 * So the entries below one leaf of the digest lie together, and iteration is the same on every
 * node.
 */
#ifndef BANSYNC_CORE_TABLE_H
#define BANSYNC_CORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "hash.h"
#include "record.h"
#include "strike.h"

struct subject {
    struct addr addr;
    uint64_t hash; /* of addr; digest_leaf(hash) is its leaf */
    struct record record;
    struct strikes strikes;
    bool has_record; /* record_hash is in the digest */
    struct hash128 record_hash;
    int64_t deadline_ms;   /* queued in expiry for this time; TIME_NEVER_MS: not queued */
    uint8_t deadline_seal; /* of that, see table_deadline_is_sound; in what would be padding */
    bool banned;           /* at the last flush */
    uint64_t announced;    /* stamp of the manual ban that was announced last; 0: none */
    bool dirty;            /* in the list of those to look at in the next flush */
    bool underived;        /* its strikes or its record changed since facts were last derived */
    bool changed;          /* its record differs from what was last persisted */
    bool own;              /* ... by facts, and this node struck it in that turn: push it */
    bool struck;           /* by this node since the last flush */
};

struct table_bucket {
    struct subject **list;
    uint32_t count;
    uint32_t room;
};

#define TABLE_BLOCKS 256

struct table {
    struct table_bucket *blocks[TABLE_BLOCKS]; /* of the buckets; owned; NULL: all are empty */
    uint64_t *used;                            /* a bit a bucket that is not empty; owned */
    size_t count;
};

int table_open(struct table *table); /* 0, or -1 without memory */
void table_close(struct table *table);

/* Where an iteration stands; {0}: at the start. A place, not a subject: it goes on past one whose
 * hash is damaged. */
struct table_walk {
    uint32_t leaf;
    uint32_t index; /* in its bucket */
};

/* The subject, NULL if there is none. hash must be that of addr. */
struct subject *table_find(const struct table *table, const struct addr *addr, uint64_t hash);

/* The subject at index among those of that hash, in order; NULL behind the last. */
struct subject *table_of_hash(const struct table *table, uint64_t hash, uint32_t index);

/* Finds or makes it. NULL without memory. */
struct subject *table_make(struct table *table, const struct addr *addr, uint64_t hash);

/* Notes for what time the subject is queued. False: a bit of that note has changed by itself. */
void table_set_deadline(struct subject *subject, int64_t deadline_ms);
bool table_deadline_is_sound(const struct subject *subject);

/* True if there is no room for subjects at this leaf and the 15 around it, and no note of one. */
bool table_is_blank(const struct table *table, uint16_t leaf);

/* Takes it out and frees it with all it holds. */
void table_remove(struct table *table, struct subject *subject);

/* Takes out and frees all subjects of one leaf, by their place: their hashes may be damaged. */
void table_drop_leaf(struct table *table, uint16_t leaf);

/* Makes the leaf's bit of used right; false if it was not. */
bool table_check_leaf(struct table *table, uint16_t leaf);

/* The next subject in leaf order, NULL behind the last; the table must not change meanwhile. */
struct subject *table_next(const struct table *table, struct table_walk *walk);

/* Looks at a subject; returns what that cost. */
typedef size_t table_look_fn(void *context, const struct subject *subject);

/* Has all subjects of the next leaves looked at, each leaf as a whole, until they have cost the
 * work left or there are none. *leaf: the next one, 0 at first. A leaf costs 1 beside its subjects.
 * *work becomes what is left then, 0 if it was not enough. True: there are none left. The table may
 * change between two slices: a subject is seen as it is when its leaf is looked at, and none is
 * seen twice. */
bool table_slice(const struct table *table, uint32_t *leaf, size_t *work, table_look_fn *look,
                 void *context);

/* Subjects of one leaf. */
const struct table_bucket *table_leaf(const struct table *table, uint16_t leaf);

#endif
