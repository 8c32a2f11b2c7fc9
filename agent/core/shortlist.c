/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first few of many, see shortlist.h: a binary heap whose root is the last one kept.
 */
#include "shortlist.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct heap {
    uint8_t *list;
    size_t count;
    size_t size; /* of an item */
    shortlist_compare_fn *compare;
};

static uint8_t *at(const struct heap *heap, size_t place)
{
    return heap->list + place * heap->size;
}

/* True if the one at a comes behind that at b. */
static int is_behind(const struct heap *heap, size_t a, size_t b)
{
    return heap->compare(at(heap, a), at(heap, b)) > 0;
}

static void swap(const struct heap *heap, size_t a, size_t b)
{
    uint8_t *x = at(heap, a), *y = at(heap, b);

    for (size_t i = 0; i < heap->size; i++) {
        uint8_t kept = x[i];

        x[i] = y[i];
        y[i] = kept;
    }
}

/* The one at the end goes up to where it belongs. */
static void rise(const struct heap *heap)
{
    for (size_t place = heap->count - 1, parent; place > 0; place = parent) {
        parent = (place - 1) / 2;
        if (!is_behind(heap, place, parent))
            return;
        swap(heap, place, parent);
    }
}

/* The one at the root goes down. */
static void sink(const struct heap *heap)
{
    for (size_t place = 0, child; (child = 2 * place + 1) < heap->count; place = child) {
        if (child + 1 < heap->count && is_behind(heap, child + 1, child))
            child++;
        if (!is_behind(heap, child, place))
            return;
        swap(heap, place, child);
    }
}

void shortlist_keep(void *list, size_t *count, size_t limit, size_t size, const void *item,
                    shortlist_compare_fn *compare)
{
    struct heap heap = {list, *count, size, compare};

    assert(limit > 0 && *count <= limit);
    if (heap.count < limit) {
        memcpy(at(&heap, heap.count++), item, size);
        rise(&heap);
        *count = heap.count;
    } else if (compare(item, list) < 0) {
        memcpy(list, item, size);
        sink(&heap);
    }
}
