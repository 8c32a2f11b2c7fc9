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

#include <bansync/limits.h>

/* Bytes of a message's hash, and of the longest text. */
#define STRIKE_MESSAGE_BYTES 4
#define STRIKE_TEXT_BYTES_MAX (2 + BUCKET_BYTES_MAX + ACCOUNT_BYTES_MAX + STRIKE_MESSAGE_BYTES)

struct strike {
    int64_t t_ms;
    uint64_t id;
    uint64_t origin; /* node that read it */
    /* Bucket, account and message as canonical bytes, see strike_text_write. Owned by the set it
     * is in. */
    uint8_t *text;
};

struct strikes {
    struct strike *list;
    size_t count;
    size_t room;
};

/* Writes a text to bytes (room: STRIKE_TEXT_BYTES_MAX) and returns its size: length of the bucket,
 * the bucket, length of the account, the account, and unless message is 0 the four bytes of that
 * number, most significant first; the top bit of the first byte tells that they are there. What is
 * too long is cut. message: hash of the Message-ID, equal for hits of one message; 0: not known. */
size_t strike_text_write(const void *bucket, size_t bucket_size, const void *account,
                         size_t account_size, uint32_t message, uint8_t *bytes);

/* Reads a text from the beginning of bytes: its size, 0 if it is not exactly of that form. */
size_t strike_text_read(const uint8_t *bytes, size_t size);

/* Bytes of text, and its parts (the first two not NUL-terminated). */
size_t strike_text_size(const struct strike *strike);
const uint8_t *strike_bucket(const struct strike *strike, size_t *size);
const uint8_t *strike_account(const struct strike *strike, size_t *size);
uint32_t strike_message(const struct strike *strike);

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

/* Index of the first strike with a time after ms. */
size_t strikes_after(const struct strikes *strikes, int64_t ms);

/* Index of the strike with the key of that one (its origin and id), count if there is none. */
size_t strikes_find(const struct strikes *strikes, const struct strike *strike);

/* Takes the strike at index out of the set; the caller frees out->text. */
void strikes_take(struct strikes *strikes, size_t index, struct strike *out);

/* Takes the oldest strike out of the set; the caller frees out->text. count must be > 0. */
void strikes_take_oldest(struct strikes *strikes, struct strike *out);

void strikes_clear(struct strikes *strikes);

#endif
