/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "did you mean": edit distance with swaps, three rows of the usual table at a time.
 *
 * Does not: run what it suggests.
 */
#include "suggest.h"

#include <stdbool.h>
#include <string.h>

enum { BEGUN_LENGTH_MIN = 3 }; /* fewer letters begin too many words */

static size_t least(size_t a, size_t b);

void suggest_begin(struct suggest *suggest, const char *typed, size_t length)
{
    size_t distance_max = length < 6 ? 1 : length / 3;
    *suggest = (struct suggest){typed, length, NULL, 0, distance_max + 1};
}

void suggest_offer(struct suggest *suggest, const char *word, size_t length)
{
    bool is_begun = suggest->typed_length >= BEGUN_LENGTH_MIN && suggest->typed_length <= length &&
                    memcmp(word, suggest->typed, suggest->typed_length) == 0;
    size_t distance =
        is_begun ? 0 : suggest_distance(suggest->typed, suggest->typed_length, word, length);
    if (distance >= suggest->best_distance)
        return;
    suggest->best = word;
    suggest->best_length = length;
    suggest->best_distance = distance;
}

size_t suggest_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][SUGGEST_LENGTH_MAX + 1];
    if (a_length > SUGGEST_LENGTH_MAX || b_length > SUGGEST_LENGTH_MAX)
        return SUGGEST_LENGTH_MAX + 1;
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}
