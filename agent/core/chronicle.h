/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that are kept as their canonical bytes: the newest ones by key, each until its own time.
 *
 * Such bytes begin with CHRONICLE_HEAD_BYTES: a key of a time (as the hlc of a stamp) and another
 * number that tells entries of that time apart, then when the entry is forgotten, in ms. All are
 * big-endian, so bytes compare as the numbers do. Of equal keys the larger bytes win, and of all
 * entries the `max` newest stay: both depend on the set of entries alone, not on who came first.
 * Does not: know what is behind the head, hash, or look at a clock.
 */
#ifndef BANSYNC_CORE_CHRONICLE_H
#define BANSYNC_CORE_CHRONICLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHRONICLE_KEY_BYTES 16
#define CHRONICLE_HEAD_BYTES 24
#define CHRONICLE_BUCKETS 4096
#define CHRONICLE_BUCKET_LEAVES 16

struct chronicle_entry {
    uint8_t *bytes; /* owned */
    uint16_t size;
    uint16_t leaf; /* of its key in the digest */
};

struct chronicle_bucket {
    struct chronicle_entry **list; /* ascending by (leaf, key) */
    uint32_t count;
    uint32_t room;
};

struct chronicle {
    struct chronicle_bucket *buckets; /* owned; NULL: nothing was ever there */
    struct chronicle_entry **heap;    /* owned, as what it points to; the oldest first */
    size_t count;
    size_t room;
};

enum chronicle_result {
    CHRONICLE_SAME, /* nothing new */
    CHRONICLE_CHANGED,
    CHRONICLE_OLDER, /* as many newer ones are there as may be */
    CHRONICLE_MEMORY,
};

/* What a merge took out; the caller's to clear. bytes NULL: nothing. */
struct chronicle_change {
    struct chronicle_entry replaced;  /* with the same key */
    struct chronicle_entry displaced; /* the oldest one: there is room for max */
};

/* Merges a copy of bytes, of at least CHRONICLE_HEAD_BYTES and at most 65,535; on anything but
 * CHRONICLE_CHANGED nothing is changed and change is empty. */
enum chronicle_result chronicle_merge(struct chronicle *chronicle, uint16_t leaf,
                                      const uint8_t *bytes, size_t size, size_t max,
                                      struct chronicle_change *change);
void chronicle_change_clear(struct chronicle_change *change);

/* The entry with that key, NULL if there is none. */
const struct chronicle_entry *chronicle_find(const struct chronicle *chronicle, uint16_t leaf,
                                             const uint8_t key[CHRONICLE_KEY_BYTES]);

/* The head of an entry: the time in its key as an hlc, and when it is forgotten. */
uint64_t chronicle_hlc(const uint8_t *bytes);
int64_t chronicle_forget_ms(const uint8_t *bytes);

/* Takes out the oldest one; there must be one. What it owns becomes the caller's. */
struct chronicle_entry chronicle_take_oldest(struct chronicle *chronicle);

/* Takes out each entry whose time has come at now_ms and that gone agrees to part with (it returns
 * true); it is freed then. */
typedef bool chronicle_gone_fn(void *context, const struct chronicle_entry *entry);
void chronicle_forget(struct chronicle *chronicle, int64_t now_ms, chronicle_gone_fn *gone,
                      void *context);

/* Damage to what is noted beside the bytes of the entries of a bucket is put right; returns how
 * many it was. leaf_of: the leaf of a key. Damage to the bytes is for others to find. */
typedef uint16_t chronicle_leaf_fn(void *context, const uint8_t *bytes);
size_t chronicle_mend(struct chronicle *chronicle, size_t index, chronicle_leaf_fn *leaf_of,
                      void *context);

/* Takes out what lies below one leaf. */
void chronicle_drop_leaf(struct chronicle *chronicle, uint16_t leaf);

/* Calls entry for each entry of that leaf, in the order of keys. The chronicle must not change
 * meanwhile. */
typedef void chronicle_fn(void *context, const struct chronicle_entry *entry);
void chronicle_visit_leaf(const struct chronicle *chronicle, uint16_t leaf, chronicle_fn *entry,
                          void *context);

/* Entries of CHRONICLE_BUCKET_LEAVES leaves, all of them together are the chronicle: index <
 * CHRONICLE_BUCKETS. */
const struct chronicle_bucket *chronicle_bucket(const struct chronicle *chronicle, size_t index);

void chronicle_clear(struct chronicle *chronicle);

#endif
