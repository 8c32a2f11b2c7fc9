/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All subjects in leaf order, see table.h.
 */
#include "table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "digest.h"

int table_open(struct table *table)
{
    *table = (struct table){0};
    table->buckets = calloc(DIGEST_LEAVES, sizeof(*table->buckets));
    return table->buckets != NULL ? 0 : -1;
}

static void subject_free(struct subject *subject)
{
    record_clear(&subject->record);
    strikes_clear(&subject->strikes);
    free(subject);
}

void table_close(struct table *table)
{
    for (size_t leaf = 0; table->buckets != NULL && leaf < DIGEST_LEAVES; leaf++) {
        for (size_t i = 0; i < table->buckets[leaf].count; i++)
            subject_free(table->buckets[leaf].list[i]);
        free(table->buckets[leaf].list);
    }
    free(table->buckets);
    *table = (struct table){0};
}

/* Place of (hash, addr) in its bucket. */
static uint32_t place_of(const struct table_bucket *bucket, const struct addr *addr, uint64_t hash)
{
    uint32_t low = 0, high = bucket->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct subject *subject = bucket->list[middle];

        if (subject->hash < hash ||
            (subject->hash == hash && addr_compare(&subject->addr, addr) < 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct subject *table_find(const struct table *table, const struct addr *addr, uint64_t hash)
{
    const struct table_bucket *bucket = &table->buckets[digest_leaf(hash)];
    uint32_t place = place_of(bucket, addr, hash);

    if (place < bucket->count && addr_compare(&bucket->list[place]->addr, addr) == 0)
        return bucket->list[place];
    return NULL;
}

static int reserve(struct table_bucket *bucket)
{
    uint32_t room = bucket->room == 0 ? 1 : bucket->room * 2;
    struct subject **list;

    if (bucket->count < bucket->room)
        return 0;
    list = realloc(bucket->list, room * sizeof(struct subject *));
    if (list == NULL)
        return -1;
    bucket->list = list;
    bucket->room = room;
    return 0;
}

struct subject *table_make(struct table *table, const struct addr *addr, uint64_t hash)
{
    struct table_bucket *bucket = &table->buckets[digest_leaf(hash)];
    uint32_t place = place_of(bucket, addr, hash);
    struct subject *subject;

    if (place < bucket->count && addr_compare(&bucket->list[place]->addr, addr) == 0)
        return bucket->list[place];
    subject = calloc(1, sizeof(*subject));
    if (subject == NULL || reserve(bucket) != 0) {
        free(subject);
        return NULL;
    }
    subject->addr = *addr;
    subject->hash = hash;
    subject->deadline_ms = TIME_NEVER_MS;
    memmove(&bucket->list[place + 1], &bucket->list[place],
            (bucket->count - place) * sizeof(struct subject *));
    bucket->list[place] = subject;
    bucket->count++;
    table->count++;
    return subject;
}

void table_remove(struct table *table, struct subject *subject)
{
    struct table_bucket *bucket = &table->buckets[digest_leaf(subject->hash)];
    uint32_t place = place_of(bucket, &subject->addr, subject->hash);

    assert(place < bucket->count && bucket->list[place] == subject);
    bucket->count--;
    table->count--;
    memmove(&bucket->list[place], &bucket->list[place + 1],
            (bucket->count - place) * sizeof(struct subject *));
    subject_free(subject);
}

struct subject *table_next(const struct table *table, const struct subject *subject)
{
    size_t leaf = 0;

    if (subject != NULL) {
        const struct table_bucket *bucket;
        uint32_t place;

        leaf = digest_leaf(subject->hash);
        bucket = &table->buckets[leaf++];
        place = place_of(bucket, &subject->addr, subject->hash) + 1;
        if (place < bucket->count)
            return bucket->list[place];
    }
    for (; leaf < DIGEST_LEAVES; leaf++)
        if (table->buckets[leaf].count > 0)
            return table->buckets[leaf].list[0];
    return NULL;
}

const struct table_bucket *table_leaf(const struct table *table, uint16_t leaf)
{
    return &table->buckets[leaf];
}
