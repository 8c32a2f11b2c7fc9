/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A binary heap of deadlines, see expiry.h.
 */
#include "expiry.h"

#include <stdlib.h>

static void swap(struct expiry_item *a, struct expiry_item *b)
{
    struct expiry_item kept = *a;

    *a = *b;
    *b = kept;
}

/* What the item adds to the seal: any flipped bit changes it by a power of two. */
static uint64_t sum_of(const struct expiry_item *item)
{
    return (uint64_t)item->at_ms + item->hash;
}

int expiry_put(struct expiry *expiry, int64_t at_ms, uint64_t hash)
{
    size_t i = expiry->count;

    if (expiry->count == expiry->room) {
        size_t room = expiry->room == 0 ? 64 : expiry->room * 2;
        struct expiry_item *heap = realloc(expiry->heap, room * sizeof(*heap));

        if (heap == NULL)
            return -1;
        expiry->heap = heap;
        expiry->room = room;
    }
    expiry->heap[expiry->count++] = (struct expiry_item){at_ms, hash};
    expiry->seal += sum_of(&expiry->heap[i]);
    for (; i > 0 && expiry->heap[i].at_ms < expiry->heap[(i - 1) / 2].at_ms; i = (i - 1) / 2)
        swap(&expiry->heap[i], &expiry->heap[(i - 1) / 2]);
    return 0;
}

bool expiry_is_due(const struct expiry *expiry, int64_t now_ms)
{
    return expiry->count > 0 && expiry->heap[0].at_ms <= now_ms;
}

bool expiry_take(struct expiry *expiry, int64_t now_ms, struct expiry_item *item)
{
    size_t i = 0;

    if (!expiry_is_due(expiry, now_ms))
        return false;
    *item = expiry->heap[0];
    expiry->seal -= sum_of(item);
    expiry->heap[0] = expiry->heap[--expiry->count];
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= expiry->count)
            return true;
        if (child + 1 < expiry->count && expiry->heap[child + 1].at_ms < expiry->heap[child].at_ms)
            child++;
        if (expiry->heap[i].at_ms <= expiry->heap[child].at_ms)
            return true;
        swap(&expiry->heap[i], &expiry->heap[child]);
        i = child;
    }
}

bool expiry_is_sound(const struct expiry *expiry)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < expiry->count; i++)
        sum += sum_of(&expiry->heap[i]);
    return sum == expiry->seal;
}

void expiry_spoil(struct expiry *expiry)
{
    expiry->seal++;
}

void expiry_close(struct expiry *expiry)
{
    free(expiry->heap);
    *expiry = (struct expiry){0};
}
