/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strikes of one subject: a set of identified hits, ordered by (t, id, origin).
 *
 * Merge is union by key (origin, id); an equal key keeps the larger t, then the larger text. Per
 * origin the newest STRIKES_PER_ORIGIN_MAX by (t, id) are kept. A set, not a counter: nothing can
 * be counted twice.
 */
#ifndef BANSYNC_CORE_STRIKE_H
#define BANSYNC_CORE_STRIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strike {
    int64_t t_ms;
    uint64_t id;
    uint64_t origin; /* node that read it */
    /* Bucket and account as canonical bytes: length, bytes, length, bytes. Owned by the set it is
     * in. */
    uint8_t *text;
};

struct strikes {
    struct strike *list;
    size_t count;
    size_t room;
};

/* Bytes of text, and its two parts (not NUL-terminated). */
size_t strike_text_size(const struct strike *strike);
const uint8_t *strike_bucket(const struct strike *strike, size_t *size);
const uint8_t *strike_account(const struct strike *strike, size_t *size);

/* Order of the set. */
int strike_compare(const struct strike *a, const struct strike *b);

/* What strikes_merge did. A strike may have left the set: the older form of the same key, or the
 * oldest of the origin. Its text is then the caller's, who calls strikes_change_clear. */
struct strikes_change {
    bool added;
    bool removed;
    struct strike old; /* valid if removed */
};

/* Merges a copy of strike. 0 (see change; nothing added: it brought nothing new) or -1 without
 * memory, nothing changed. */
int strikes_merge(struct strikes *strikes, const struct strike *strike,
                  struct strikes_change *change);
void strikes_change_clear(struct strikes_change *change);

/* Takes the oldest strike out of the set; the caller frees out->text. count must be > 0. */
void strikes_take_oldest(struct strikes *strikes, struct strike *out);

void strikes_clear(struct strikes *strikes);

#endif
