/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries kept as their bytes, see chronicle.h: buckets find one by its leaf and key, a heap finds
 * the oldest.
 */
#include "chronicle.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* Of the same number of bytes as the other, or longer, decides last. */
static int compare_bytes(const struct chronicle_entry *entry, const uint8_t *bytes, size_t size)
{
    size_t common = entry->size < size ? entry->size : size;
    int order = memcmp(entry->bytes, bytes, common);

    return order != 0 ? order : (entry->size > size) - (entry->size < size);
}

static bool is_older(const struct chronicle_entry *a, const struct chronicle_entry *b)
{
    return memcmp(a->bytes, b->bytes, CHRONICLE_KEY_BYTES) < 0;
}

static uint64_t number_at(const uint8_t *bytes, size_t offset)
{
    struct reader reader = {.bytes = bytes + offset, .left = 8};

    return reader_number(&reader, 8);
}

uint64_t chronicle_hlc(const uint8_t *bytes)
{
    return number_at(bytes, 0);
}

int64_t chronicle_forget_ms(const uint8_t *bytes)
{
    return (int64_t)number_at(bytes, CHRONICLE_KEY_BYTES);
}

static struct chronicle_bucket *bucket_of(const struct chronicle *chronicle, uint16_t leaf)
{
    return &chronicle->buckets[leaf / CHRONICLE_BUCKET_LEAVES];
}

/* The first place whose entry is not before that leaf and key. */
static uint32_t place_of(const struct chronicle_bucket *bucket, uint16_t leaf, const uint8_t *key)
{
    uint32_t low = 0, high = bucket->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct chronicle_entry *entry = bucket->list[middle];
        int order = (int)entry->leaf - (int)leaf;

        if (order == 0)
            order = memcmp(entry->bytes, key, CHRONICLE_KEY_BYTES);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct chronicle_entry *find(const struct chronicle *chronicle, uint16_t leaf,
                                    const uint8_t *key)
{
    const struct chronicle_bucket *bucket;
    uint32_t place;

    if (chronicle->buckets == NULL)
        return NULL;
    bucket = bucket_of(chronicle, leaf);
    place = place_of(bucket, leaf, key);
    if (place == bucket->count || bucket->list[place]->leaf != leaf ||
        memcmp(bucket->list[place]->bytes, key, CHRONICLE_KEY_BYTES) != 0)
        return NULL;
    return bucket->list[place];
}

static void swap(struct chronicle_entry **a, struct chronicle_entry **b)
{
    struct chronicle_entry *kept = *a;

    *a = *b;
    *b = kept;
}

static void sift_up(struct chronicle *chronicle, size_t i)
{
    for (; i > 0 && is_older(chronicle->heap[i], chronicle->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&chronicle->heap[i], &chronicle->heap[(i - 1) / 2]);
}

static void sift_down(struct chronicle *chronicle, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= chronicle->count)
            return;
        if (child + 1 < chronicle->count &&
            is_older(chronicle->heap[child + 1], chronicle->heap[child]))
            child++;
        if (!is_older(chronicle->heap[child], chronicle->heap[i]))
            return;
        swap(&chronicle->heap[i], &chronicle->heap[child]);
        i = child;
    }
}

/* Room for one more entry in both; 0 or -1. */
static int reserve(struct chronicle *chronicle, uint16_t leaf)
{
    struct chronicle_bucket *bucket;

    if (chronicle->buckets == NULL)
        chronicle->buckets = calloc(CHRONICLE_BUCKETS, sizeof(*chronicle->buckets));
    if (chronicle->buckets == NULL)
        return -1;
    bucket = bucket_of(chronicle, leaf);
    if (bucket->count == bucket->room) {
        uint32_t room = bucket->room == 0 ? 4 : bucket->room * 2;
        struct chronicle_entry **list = realloc(bucket->list, room * sizeof(*list));

        if (list == NULL)
            return -1;
        bucket->list = list;
        bucket->room = room;
    }
    if (chronicle->count == chronicle->room) {
        size_t room = chronicle->room == 0 ? 64 : chronicle->room * 2;
        struct chronicle_entry **heap = realloc(chronicle->heap, room * sizeof(*heap));

        if (heap == NULL)
            return -1;
        chronicle->heap = heap;
        chronicle->room = room;
    }
    return 0;
}

static uint8_t *copy_of(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size);

    if (copy != NULL)
        memcpy(copy, bytes, size);
    return copy;
}

/* False if the entry is not in that bucket. */
static bool take_from(struct chronicle_bucket *bucket, const struct chronicle_entry *entry)
{
    uint32_t i = 0;

    while (i < bucket->count && bucket->list[i] != entry)
        i++;
    if (i == bucket->count)
        return false;
    bucket->count--;
    memmove(&bucket->list[i], &bucket->list[i + 1],
            (bucket->count - i) * sizeof(struct chronicle_entry *));
    return true;
}

/* Of an entry whose leaf is damaged it is another bucket. */
static void take_from_bucket(struct chronicle *chronicle, const struct chronicle_entry *entry)
{
    bool taken = take_from(bucket_of(chronicle, entry->leaf), entry);

    for (size_t i = 0; i < CHRONICLE_BUCKETS && !taken; i++)
        taken = take_from(&chronicle->buckets[i], entry);
}

struct chronicle_entry chronicle_take_oldest(struct chronicle *chronicle)
{
    struct chronicle_entry *oldest = chronicle->heap[0], taken = *oldest;

    assert(chronicle->count > 0);
    take_from_bucket(chronicle, oldest);
    chronicle->heap[0] = chronicle->heap[--chronicle->count];
    sift_down(chronicle, 0);
    free(oldest);
    return taken;
}

static enum chronicle_result add(struct chronicle *chronicle, uint16_t leaf, const uint8_t *bytes,
                                 size_t size)
{
    struct chronicle_bucket *bucket;
    struct chronicle_entry *entry;
    uint32_t place;

    if (reserve(chronicle, leaf) != 0)
        return CHRONICLE_MEMORY;
    entry = malloc(sizeof(*entry));
    if (entry == NULL)
        return CHRONICLE_MEMORY;
    *entry = (struct chronicle_entry){copy_of(bytes, size), (uint16_t)size, leaf};
    if (entry->bytes == NULL) {
        free(entry);
        return CHRONICLE_MEMORY;
    }
    bucket = bucket_of(chronicle, leaf);
    place = place_of(bucket, leaf, bytes);
    memmove(&bucket->list[place + 1], &bucket->list[place],
            (bucket->count - place) * sizeof(struct chronicle_entry *));
    bucket->list[place] = entry;
    bucket->count++;
    chronicle->heap[chronicle->count++] = entry;
    sift_up(chronicle, chronicle->count - 1);
    return CHRONICLE_CHANGED;
}

static enum chronicle_result replace(struct chronicle_entry *entry, const uint8_t *bytes,
                                     size_t size, struct chronicle_change *change)
{
    uint8_t *copy;

    if (compare_bytes(entry, bytes, size) >= 0)
        return CHRONICLE_SAME;
    copy = copy_of(bytes, size);
    if (copy == NULL)
        return CHRONICLE_MEMORY;
    change->replaced = *entry;
    entry->bytes = copy;
    entry->size = (uint16_t)size;
    return CHRONICLE_CHANGED;
}

enum chronicle_result chronicle_merge(struct chronicle *chronicle, uint16_t leaf,
                                      const uint8_t *bytes, size_t size, size_t max,
                                      struct chronicle_change *change)
{
    struct chronicle_entry *present = find(chronicle, leaf, bytes);
    enum chronicle_result result;

    assert(size >= CHRONICLE_HEAD_BYTES && size <= UINT16_MAX);
    *change = (struct chronicle_change){0};
    if (present != NULL)
        return replace(present, bytes, size, change);
    if (chronicle->count >= max &&
        memcmp(bytes, chronicle->heap[0]->bytes, CHRONICLE_KEY_BYTES) < 0)
        return CHRONICLE_OLDER;
    result = add(chronicle, leaf, bytes, size);
    if (result == CHRONICLE_CHANGED && chronicle->count > max)
        change->displaced = chronicle_take_oldest(chronicle);
    return result;
}

void chronicle_change_clear(struct chronicle_change *change)
{
    free(change->replaced.bytes);
    free(change->displaced.bytes);
    *change = (struct chronicle_change){0};
}

const struct chronicle_entry *chronicle_find(const struct chronicle *chronicle, uint16_t leaf,
                                             const uint8_t key[CHRONICLE_KEY_BYTES])
{
    return find(chronicle, leaf, key);
}

/* Takes out what the heap has at i; the heap is to be put in order afterwards. */
static void take_at(struct chronicle *chronicle, size_t i)
{
    struct chronicle_entry *entry = chronicle->heap[i];

    take_from_bucket(chronicle, entry);
    chronicle->heap[i] = chronicle->heap[--chronicle->count];
    free(entry->bytes);
    free(entry);
}

static void order_heap(struct chronicle *chronicle)
{
    for (size_t i = chronicle->count / 2; i-- > 0;)
        sift_down(chronicle, i);
}

void chronicle_forget(struct chronicle *chronicle, int64_t now_ms, chronicle_gone_fn *gone,
                      void *context)
{
    size_t before = chronicle->count;

    for (size_t i = chronicle->count; i-- > 0;)
        if (chronicle_forget_ms(chronicle->heap[i]->bytes) <= now_ms &&
            gone(context, chronicle->heap[i]))
            take_at(chronicle, i);
    if (chronicle->count != before)
        order_heap(chronicle);
}

static int compare_places(const void *a, const void *b)
{
    const struct chronicle_entry *x = *(struct chronicle_entry *const *)a;
    const struct chronicle_entry *y = *(struct chronicle_entry *const *)b;

    return x->leaf != y->leaf ? (int)x->leaf - (int)y->leaf
                              : memcmp(x->bytes, y->bytes, CHRONICLE_KEY_BYTES);
}

size_t chronicle_mend(struct chronicle *chronicle, size_t index, chronicle_leaf_fn *leaf_of,
                      void *context)
{
    const struct chronicle_bucket *bucket = chronicle_bucket(chronicle, index);
    size_t mended = 0;

    for (uint32_t i = 0; i < bucket->count; i++) {
        struct chronicle_entry *entry = bucket->list[i];
        uint16_t leaf = leaf_of(context, entry->bytes);

        if (leaf == entry->leaf || leaf / CHRONICLE_BUCKET_LEAVES != index)
            continue;
        entry->leaf = leaf;
        mended++;
    }
    if (mended > 0)
        qsort(bucket->list, bucket->count, sizeof(*bucket->list), compare_places);
    return mended;
}

void chronicle_drop_leaf(struct chronicle *chronicle, uint16_t leaf)
{
    for (size_t i = chronicle->count; i-- > 0;)
        if (chronicle->heap[i]->leaf == leaf)
            take_at(chronicle, i);
    order_heap(chronicle); /* a key may have been what was damaged */
}

void chronicle_visit_leaf(const struct chronicle *chronicle, uint16_t leaf, chronicle_fn *entry,
                          void *context)
{
    const struct chronicle_bucket *bucket =
        chronicle_bucket(chronicle, leaf / CHRONICLE_BUCKET_LEAVES);

    for (uint32_t i = 0; i < bucket->count; i++)
        if (bucket->list[i]->leaf == leaf)
            entry(context, bucket->list[i]);
}

const struct chronicle_bucket *chronicle_bucket(const struct chronicle *chronicle, size_t index)
{
    static const struct chronicle_bucket none;

    return chronicle->buckets != NULL ? &chronicle->buckets[index] : &none;
}

void chronicle_clear(struct chronicle *chronicle)
{
    for (size_t i = 0; i < chronicle->count; i++) {
        free(chronicle->heap[i]->bytes);
        free(chronicle->heap[i]);
    }
    for (size_t i = 0; i < CHRONICLE_BUCKETS && chronicle->buckets != NULL; i++)
        free(chronicle->buckets[i].list);
    free(chronicle->buckets);
    free(chronicle->heap);
    *chronicle = (struct chronicle){0};
}
