/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "did you mean": the nearest of some words.
 */
#ifndef BANSYNC_CTL_SUGGEST_H
#define BANSYNC_CTL_SUGGEST_H

#include <stddef.h>

/* Longer words are never near anything. */
#define SUGGEST_LENGTH_MAX 32

/* A search: what was typed, and the nearest word offered so far. None need be NUL-terminated. */
struct suggest {
    const char *typed;
    size_t typed_length;
    const char *best; /* NULL: nothing is near enough to be worth a question */
    size_t best_length;
    size_t best_distance;
};

/* Begins; near enough is a third of the letters, at least one, or a word that begins with what was
 * typed, if that has three. */
void suggest_begin(struct suggest *suggest, const char *typed, size_t length);

/* Offers one word; it is kept if it is nearer than all before. */
void suggest_offer(struct suggest *suggest, const char *word, size_t length);

/* How many letters must be inserted, removed, replaced or swapped with their neighbor to make b of
 * a; SUGGEST_LENGTH_MAX + 1 if one is longer than SUGGEST_LENGTH_MAX. */
size_t suggest_distance(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
