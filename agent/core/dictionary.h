/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that many records have, each kept once and called by a number of one byte: nodes, actors,
 * reasons, buckets, the domains of accounts.
 *
 * First come, first served: of more than DICTIONARY_WORDS_MAX different words the others are
 * spelled out by who has them. A word stays for as long as the dictionary.
 */
#ifndef BANSYNC_CORE_DICTIONARY_H
#define BANSYNC_CORE_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

#define DICTIONARY_WORDS_MAX 254 /* numbered from 1; 0 and 255 are free for the user's own use */
#define DICTIONARY_BYTES_MAX 255 /* of one word */
#define DICTIONARY_SLOTS 512

struct dictionary {
    uint8_t *words[DICTIONARY_WORDS_MAX]; /* owned */
    uint8_t sizes[DICTIONARY_WORDS_MAX];
    uint8_t slots[DICTIONARY_SLOTS]; /* numbers by hash; 0: none */
    size_t count;
};

/* The number of the word, which is added if it is new; 0: there is no room or memory for it, or it
 * is empty or too long. */
uint8_t dictionary_number(struct dictionary *dictionary, const void *word, size_t size);

/* The word of that number; NULL if there is none. */
const uint8_t *dictionary_word(const struct dictionary *dictionary, uint8_t number, size_t *size);

/* Frees what it holds and empties it. */
void dictionary_clear(struct dictionary *dictionary);

#endif
