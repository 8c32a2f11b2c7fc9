/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of one line of a scenario, taken one after the other. The first mistake is kept, with
 * what was expected; from then on nothing that is taken means anything.
 */
#ifndef BANSYNC_SIM_WORDS_H
#define BANSYNC_SIM_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

#define WORDS_MAX 64
#define WORDS_BYTES_MAX 1024
#define WORDS_WRONG_MAX 512

struct words {
    char text[WORDS_BYTES_MAX]; /* the line, cut into words */
    const char *list[WORDS_MAX];
    size_t count;
    size_t next; /* to be taken */
    bool wrong;
    char mistake[WORDS_WRONG_MAX]; /* if wrong; for people */
};

/* Cuts a line, shorter than WORDS_BYTES_MAX; "#" begins a comment. */
void words_split(struct words *words, const char *line);

/* The line is a mistake: what was expected instead of the next word. */
void words_expected(struct words *words, const char *what);

/* The next word, not taken; "" at the end of the line. */
const char *words_peek(const struct words *words);

/* Takes the next word if it is this one. */
bool words_take(struct words *words, const char *word);

/* The next word must be this one. */
void words_need(struct words *words, const char *word);

/* An index of names; 0 on a mistake. */
size_t words_choice(struct words *words, const char *const *names, size_t count);

/* Digits; unit: what must follow them, such as "%". low on a mistake. */
int64_t words_number(struct words *words, int64_t low, int64_t high, const char *unit);

/* "1.5s", with ms, s, m, h, d: 0 or more ms. With a sign: "+1h". */
int64_t words_duration_ms(struct words *words);
int64_t words_offset_ms(struct words *words);

/* The name of a user. */
const char *words_name(struct words *words);

/* An address, ADDRESS/LENGTH or "account NAME". words_subject: as an operator's command takes it,
 * an IPv6 host standing for its /64. */
struct addr words_addr(struct words *words);
struct addr words_subject(struct words *words);

/* The line must end here. False if there was any mistake in it. */
bool words_end(struct words *words);

#endif
