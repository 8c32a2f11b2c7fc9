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

#define WORD_BITS 64
#define BLOCK_BUCKETS (DIGEST_LEAVES / TABLE_BLOCKS)

int table_open(struct table *table)
{
    *table = (struct table){0};
    table->used = calloc(DIGEST_LEAVES / WORD_BITS, sizeof(*table->used));
    return table->used != NULL ? 0 : -1;
}

/* NULL: it has no room yet, and is empty. */
static struct table_bucket *bucket_at(const struct table *table, size_t leaf)
{
    struct table_bucket *block = table->blocks[leaf / BLOCK_BUCKETS];

    return block != NULL ? &block[leaf % BLOCK_BUCKETS] : NULL;
}

/* As bucket_at, but makes room; NULL without memory. */
static struct table_bucket *bucket_make(struct table *table, size_t leaf)
{
    struct table_bucket **block = &table->blocks[leaf / BLOCK_BUCKETS];

    if (*block == NULL)
        *block = calloc(BLOCK_BUCKETS, sizeof(**block));
    return bucket_at(table, leaf);
}

/* The first bucket from leaf on that is not empty; DIGEST_LEAVES if there is none. */
static size_t next_used(const struct table *table, size_t leaf)
{
    size_t word = leaf / WORD_BITS;
    uint64_t bits;

    if (leaf >= DIGEST_LEAVES)
        return DIGEST_LEAVES;
    bits = table->used[word] & UINT64_MAX << leaf % WORD_BITS;
    while (bits == 0 && ++word < DIGEST_LEAVES / WORD_BITS)
        bits = table->used[word];
    return bits != 0 ? word * WORD_BITS + (size_t)__builtin_ctzll(bits) : DIGEST_LEAVES;
}

static void subject_free(struct subject *subject)
{
    record_clear(&subject->record);
    strikes_clear(&subject->strikes);
    free(subject);
}

static void set_used(struct table *table, size_t leaf, bool used)
{
    uint64_t bit = (uint64_t)1 << leaf % WORD_BITS;

    if (used)
        table->used[leaf / WORD_BITS] |= bit;
    else
        table->used[leaf / WORD_BITS] &= ~bit;
}

/* Nobody looks at the list of an unused bucket again: it is freed. */
static void bucket_free(struct table *table, size_t leaf)
{
    struct table_bucket *bucket = bucket_at(table, leaf);

    free(bucket->list);
    *bucket = (struct table_bucket){0};
    set_used(table, leaf, false);
}

void table_close(struct table *table)
{
    size_t leaf = table->used != NULL ? 0 : DIGEST_LEAVES;

    for (; (leaf = next_used(table, leaf)) < DIGEST_LEAVES; leaf++)
        table_drop_leaf(table, (uint16_t)leaf);
    for (size_t i = 0; i < TABLE_BLOCKS; i++)
        free(table->blocks[i]);
    free(table->used);
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

static bool is_at(const struct table_bucket *bucket, uint32_t place, const struct addr *addr,
                  uint64_t hash)
{
    return place < bucket->count && bucket->list[place]->hash == hash &&
           addr_compare(&bucket->list[place]->addr, addr) == 0;
}

struct subject *table_find(const struct table *table, const struct addr *addr, uint64_t hash)
{
    const struct table_bucket *bucket = table_leaf(table, digest_leaf(hash));
    uint32_t place = place_of(bucket, addr, hash);

    return is_at(bucket, place, addr, hash) ? bucket->list[place] : NULL;
}

struct subject *table_of_hash(const struct table *table, uint64_t hash, uint32_t index)
{
    static const struct addr first = {0}; /* before all others of that hash */
    const struct table_bucket *bucket = table_leaf(table, digest_leaf(hash));
    uint32_t place = place_of(bucket, &first, hash) + index;

    return place < bucket->count && bucket->list[place]->hash == hash ? bucket->list[place] : NULL;
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
    size_t leaf = digest_leaf(hash);
    struct table_bucket *bucket = bucket_make(table, leaf);
    struct subject *subject;
    uint32_t place;

    if (bucket == NULL)
        return NULL;
    place = place_of(bucket, addr, hash);
    if (is_at(bucket, place, addr, hash))
        return bucket->list[place];
    subject = calloc(1, sizeof(*subject));
    if (subject == NULL || reserve(bucket) != 0) {
        free(subject);
        return NULL;
    }
    subject->addr = *addr;
    subject->hash = hash;
    table_set_deadline(subject, TIME_NEVER_MS);
    memmove(&bucket->list[place + 1], &bucket->list[place],
            (bucket->count - place) * sizeof(struct subject *));
    bucket->list[place] = subject;
    bucket->count++;
    set_used(table, leaf, true);
    table->count++;
    return subject;
}

/* The bytes added without carries: any flipped bit flips one here. */
static uint8_t seal_of(int64_t deadline_ms)
{
    uint8_t seal = 0;

    for (unsigned byte = 0; byte < sizeof(deadline_ms); byte++)
        seal ^= (uint8_t)((uint64_t)deadline_ms >> (8 * byte));
    return seal;
}

void table_set_deadline(struct subject *subject, int64_t deadline_ms)
{
    subject->deadline_ms = deadline_ms;
    subject->deadline_seal = seal_of(deadline_ms);
}

bool table_deadline_is_sound(const struct subject *subject)
{
    return subject->deadline_seal == seal_of(subject->deadline_ms);
}

bool table_is_blank(const struct table *table, uint16_t leaf)
{
    uint64_t word = table->used[leaf / WORD_BITS];

    return bucket_at(table, leaf) == NULL &&
           (word >> (leaf % WORD_BITS & ~(DIGEST_FANOUT - 1u)) & 0xffff) == 0;
}

void table_remove(struct table *table, struct subject *subject)
{
    size_t leaf = digest_leaf(subject->hash);
    struct table_bucket *bucket = bucket_at(table, leaf);
    uint32_t place;

    assert(bucket != NULL);
    place = place_of(bucket, &subject->addr, subject->hash);
    assert(place < bucket->count && bucket->list[place] == subject);
    bucket->count--;
    table->count--;
    memmove(&bucket->list[place], &bucket->list[place + 1],
            (bucket->count - place) * sizeof(struct subject *));
    subject_free(subject);
    if (bucket->count == 0)
        bucket_free(table, leaf);
}

void table_drop_leaf(struct table *table, uint16_t leaf)
{
    struct table_bucket *bucket = bucket_at(table, leaf);

    if (bucket == NULL)
        return;
    for (uint32_t i = 0; i < bucket->count; i++)
        subject_free(bucket->list[i]);
    table->count -= bucket->count;
    bucket_free(table, leaf);
}

bool table_check_leaf(struct table *table, uint16_t leaf)
{
    bool right = table_leaf(table, leaf)->count > 0;
    bool held = (table->used[leaf / WORD_BITS] >> leaf % WORD_BITS & 1) != 0;

    set_used(table, leaf, right);
    return held == right;
}

struct subject *table_next(const struct table *table, struct table_walk *walk)
{
    while (walk->leaf < DIGEST_LEAVES &&
           walk->index >= table_leaf(table, (uint16_t)walk->leaf)->count) {
        walk->leaf = (uint32_t)next_used(table, walk->leaf + 1);
        walk->index = 0;
    }
    if (walk->leaf >= DIGEST_LEAVES)
        return NULL;
    return table_leaf(table, (uint16_t)walk->leaf)->list[walk->index++];
}

bool table_slice(const struct table *table, uint32_t *leaf, size_t *work, table_look_fn *look,
                 void *context)
{
    while (*work > 0 && *leaf < DIGEST_LEAVES) {
        const struct table_bucket *bucket = table_leaf(table, (uint16_t)(*leaf)++);
        size_t cost = 1;

        for (uint32_t i = 0; i < bucket->count; i++)
            cost += look(context, bucket->list[i]);
        *work -= cost < *work ? cost : *work;
    }
    return *leaf == DIGEST_LEAVES;
}

const struct table_bucket *table_leaf(const struct table *table, uint16_t leaf)
{
    static const struct table_bucket empty;
    const struct table_bucket *bucket = bucket_at(table, leaf);

    return bucket != NULL ? bucket : &empty;
}
