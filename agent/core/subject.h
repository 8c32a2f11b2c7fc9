/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subject with all that is known of it: its record, its strikes, and what was told of it.
 */
#ifndef BANSYNC_CORE_SUBJECT_H
#define BANSYNC_CORE_SUBJECT_H

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
    bool sealed;     /* of record_hash only the first lane is here, see packed.h */
    struct hash128 record_hash;
    int64_t deadline_ms;   /* queued in expiry for this time; TIME_NEVER_MS: not queued */
    uint8_t deadline_seal; /* of that, see subject_deadline_is_sound; in what would be padding */
    bool banned;           /* at the last flush */
    uint64_t announced;    /* stamp of the manual ban that was announced last; 0: none */
    bool dirty;            /* in the list of those to look at in the next flush */
    bool underived;        /* its strikes or its record changed since facts were last derived */
    bool changed;          /* its record differs from what was last persisted */
    bool own;              /* ... by facts, and this node struck it in that turn: push it */
    bool struck;           /* by this node since the last flush */
};

/* A deep copy, NULL without memory; the strikes are not copied: it has none. */
struct subject *subject_copy(const struct subject *subject);

/* Frees it with all it holds; NULL is none. */
void subject_free(struct subject *subject);

/* Notes for what time the subject is queued. False: a bit of that note has changed by itself. */
void subject_set_deadline(struct subject *subject, int64_t deadline_ms);
bool subject_deadline_is_sound(const struct subject *subject);

/* Order of the table: by hash, then by address. <0, 0, >0. */
int subject_compare(const struct subject *subject, const struct addr *addr, uint64_t hash);

#endif
