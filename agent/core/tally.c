/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strikes or messages, see tally.h.
 *
 * The newest N messages up to a strike begin with the newest strike of the oldest of them. So it is
 * enough to keep the newest N with the place of each, whatever the number of strikes: no memory is
 * needed, and nobody can make it slow by the hashes he brings about.
 */
#include "tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FEW 64 /* strikes whose messages are counted without taking memory */

void tally_begin(struct tally *tally, const struct policy *policy, const struct strike *strikes,
                 size_t begin)
{
    assert(policy->threshold >= 1 && policy->threshold <= THRESHOLD_MAX);
    tally->policy = policy;
    tally->strikes = strikes;
    tally->begin = tally->next = begin;
    tally->used = 0;
}

static void forget(struct tally *tally, size_t place)
{
    size_t behind = tally->used - place - 1;

    memmove(&tally->messages[place], &tally->messages[place + 1],
            behind * sizeof(tally->messages[0]));
    memmove(&tally->newest[place], &tally->newest[place + 1], behind * sizeof(tally->newest[0]));
    tally->used--;
}

/* Index of the message among those known, used if it is not. */
static size_t find(const struct tally *tally, uint32_t message)
{
    size_t place = tally->used;

    if (message == 0)
        return tally->used;
    while (place > 0 && tally->messages[place - 1] != message)
        place--;
    return place > 0 ? place - 1 : tally->used;
}

static void note(struct tally *tally, size_t index)
{
    uint32_t message = strike_message(&tally->strikes[index]);
    size_t place = find(tally, message);

    if (place < tally->used)
        forget(tally, place);
    else if (tally->used == tally->policy->threshold)
        forget(tally, 0);
    tally->messages[tally->used] = message;
    tally->newest[tally->used++] = index;
}

size_t tally_take(struct tally *tally)
{
    size_t index = tally->next++, threshold = tally->policy->threshold;

    if (!tally->policy->count_messages)
        return index - tally->begin + 1 >= threshold ? index + 1 - threshold : SIZE_MAX;
    note(tally, index);
    return tally->used == threshold ? tally->newest[0] : SIZE_MAX;
}

static int compare_messages(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

/* list: room for count. */
static size_t count_with(const struct strike *strikes, size_t count, uint32_t *list)
{
    size_t known = 0, distinct = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t message = strike_message(&strikes[i]);

        if (message == 0)
            distinct++;
        else if (known == 0 || list[known - 1] != message) /* one that is tried again, mostly */
            list[known++] = message;
    }
    if (known > 1)
        qsort(list, known, sizeof(*list), compare_messages);
    for (size_t i = 0; i < known; i++)
        distinct += i == 0 || list[i] != list[i - 1];
    return distinct;
}

size_t tally_messages(const struct strike *strikes, size_t count)
{
    uint32_t few[FEW], *list = few;
    size_t distinct;

    if (count > FEW) {
        list = malloc(count * sizeof(*list));
        if (list == NULL)
            return SIZE_MAX;
    }
    distinct = count_with(strikes, count, list);
    if (list != few)
        free(list);
    return distinct;
}
