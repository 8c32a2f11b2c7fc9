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
static struct bucket *bucket_at(const struct table *table, size_t leaf)
{
    struct bucket *block = table->blocks[leaf / BLOCK_BUCKETS];

    return block != NULL ? &block[leaf % BLOCK_BUCKETS] : NULL;
}

/* As bucket_at, but makes room; NULL without memory. */
static struct bucket *bucket_make(struct table *table, size_t leaf)
{
    struct bucket **block = &table->blocks[leaf / BLOCK_BUCKETS];

    if (*block == NULL)
        *block = calloc(BLOCK_BUCKETS, sizeof(**block));
    return bucket_at(table, leaf);
}

uint32_t table_next_leaf(const struct table *table, uint32_t leaf)
{
    uint32_t word = leaf / WORD_BITS;
    uint64_t bits;

    if (leaf >= DIGEST_LEAVES)
        return DIGEST_LEAVES;
    bits = table->used[word] & UINT64_MAX << leaf % WORD_BITS;
    while (bits == 0 && ++word < DIGEST_LEAVES / WORD_BITS)
        bits = table->used[word];
    return bits != 0 ? word * WORD_BITS + (uint32_t)__builtin_ctzll(bits) : DIGEST_LEAVES;
}

static void set_used(struct table *table, size_t leaf, bool used)
{
    uint64_t bit = (uint64_t)1 << leaf % WORD_BITS;

    if (used)
        table->used[leaf / WORD_BITS] |= bit;
    else
        table->used[leaf / WORD_BITS] &= ~bit;
}

/* Nobody looks at the bytes of an unused bucket again: they are freed. */
static void empty(struct table *table, size_t leaf)
{
    struct bucket *bucket = bucket_at(table, leaf);

    bucket_clear(bucket);
    set_used(table, leaf, false);
}

void table_close(struct table *table)
{
    uint32_t leaf = table->used != NULL ? 0 : DIGEST_LEAVES;

    for (; (leaf = table_next_leaf(table, leaf)) < DIGEST_LEAVES; leaf++)
        table_drop_leaf(table, (uint16_t)leaf);
    for (size_t i = 0; i < TABLE_BLOCKS; i++)
        free(table->blocks[i]);
    if (table->words != NULL)
        packed_words_clear(table->words);
    free(table->words);
    free(table->used);
    *table = (struct table){0};
}

static bool is_empty(const struct bucket *bucket)
{
    return bucket->count == 0 && bucket->rest_count == 0;
}

struct subject *table_find(const struct table *table, const struct addr *addr, uint64_t hash,
                           struct unpacked *room)
{
    const struct bucket *bucket = table_leaf(table, digest_leaf(hash));
    struct subject *awake = bucket_find(bucket, addr, hash);

    if (awake != NULL || room == NULL)
        return awake;
    return bucket_find_rest(bucket, table->words, addr, hash, room).is_there ? &room->subject
                                                                             : NULL;
}

struct subject *table_of_hash(const struct table *table, uint64_t hash, uint32_t index,
                              struct unpacked *room)
{
    uint16_t leaf = digest_leaf(hash);
    struct bucket_walk walk = {0};
    struct subject *subject;

    while ((subject = bucket_next(table_leaf(table, leaf), leaf, table->words, &walk, room)) !=
           NULL)
        if (subject->hash == hash && index-- == 0)
            return subject;
    return NULL;
}

static struct packed_words *make_words(struct table *table)
{
    if (table->words == NULL)
        table->words = calloc(1, sizeof(*table->words));
    return table->words;
}

/* An awake one beside what is at rest; NULL without memory. */
static struct subject *copy_awake(struct bucket *bucket, const struct subject *rests)
{
    struct subject *subject = subject_copy(rests);

    if (subject == NULL || bucket_insert(bucket, subject) == 0)
        return subject;
    subject_free(subject);
    return NULL;
}

/* The one at rest, woken; *item tells whether there is none. NULL without memory, too. */
static struct subject *wake(const struct table *table, struct bucket *bucket,
                            const struct addr *addr, uint64_t hash, struct bucket_item *item)
{
    struct unpacked room;
    struct subject *subject;

    *item = (struct bucket_item){0};
    if (bucket->rest_count == 0)
        return NULL;
    *item = bucket_find_rest(bucket, table->words, addr, hash, &room);
    subject = item->is_there ? copy_awake(bucket, &room.subject) : NULL;
    if (subject != NULL)
        bucket_take_rest(bucket, item);
    return subject;
}

struct subject *table_wake(struct table *table, const struct addr *addr, uint64_t hash)
{
    struct bucket *bucket = bucket_at(table, digest_leaf(hash));
    struct subject *awake = bucket != NULL ? bucket_find(bucket, addr, hash) : NULL;
    struct bucket_item item;

    return bucket == NULL || awake != NULL ? awake : wake(table, bucket, addr, hash, &item);
}

static struct subject *make(struct table *table, struct bucket *bucket, const struct addr *addr,
                            uint64_t hash)
{
    struct subject *subject = calloc(1, sizeof(*subject));

    if (subject == NULL)
        return NULL;
    subject->addr = *addr;
    subject->hash = hash;
    subject_set_deadline(subject, TIME_NEVER_MS);
    if (bucket_insert(bucket, subject) != 0) {
        free(subject);
        return NULL;
    }
    set_used(table, digest_leaf(hash), true);
    lengths_note(&table->lengths, addr);
    table->count++;
    return subject;
}

struct subject *table_make(struct table *table, const struct addr *addr, uint64_t hash)
{
    struct bucket *bucket = bucket_make(table, digest_leaf(hash));
    struct subject *subject;
    struct bucket_item item;

    if (bucket == NULL)
        return NULL;
    subject = bucket_find(bucket, addr, hash);
    if (subject != NULL)
        return subject;
    subject = wake(table, bucket, addr, hash, &item);
    return subject != NULL || item.is_there || item.is_bad ? subject
                                                           : make(table, bucket, addr, hash);
}

int table_wake_leaf(struct table *table, uint16_t leaf)
{
    struct bucket *bucket = bucket_at(table, leaf);
    struct bucket_walk walk = {0}, woken = {0};
    const struct subject *rests;
    struct unpacked room;

    if (bucket == NULL)
        return 0;
    while ((rests = bucket_next_rest(bucket, leaf, table->words, &walk, &room)) != NULL &&
           copy_awake(bucket, rests) != NULL)
        woken = walk;
    if (woken.rest > 0)
        bucket_take_first(bucket, woken.rest, woken.rest_byte);
    return bucket->rest_count == 0 ? 0 : -1;
}

bool table_rest(struct table *table, struct subject *subject)
{
    struct bucket *bucket = bucket_at(table, digest_leaf(subject->hash));
    uint8_t bytes[PACKED_BYTES_MAX];
    struct unpacked room;
    struct bucket_item place;
    size_t size = make_words(table) != NULL ? packed_write(subject, table->words, bytes) : 0;

    if (size == 0)
        return false;
    place = bucket_find_rest(bucket, table->words, &subject->addr, subject->hash, &room);
    if (place.is_there || place.is_bad ||
        bucket_insert_rest(bucket, &place, subject->hash, bytes, size) != 0)
        return false;
    bucket_take(bucket, subject);
    subject_free(subject);
    return true;
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
    struct bucket *bucket = bucket_at(table, leaf);

    assert(bucket != NULL);
    bucket_take(bucket, subject);
    table->count--;
    subject_free(subject);
    if (is_empty(bucket))
        empty(table, leaf);
}

void table_drop_leaf(struct table *table, uint16_t leaf)
{
    if (bucket_at(table, leaf) == NULL)
        return;
    table->count -= table_leaf_count(table, leaf);
    empty(table, leaf);
}

bool table_check_leaf(struct table *table, uint16_t leaf)
{
    bool right = !is_empty(table_leaf(table, leaf));
    bool held = (table->used[leaf / WORD_BITS] >> leaf % WORD_BITS & 1) != 0;

    set_used(table, leaf, right);
    return held == right;
}

void table_walk_leaf(struct table_walk *walk, uint16_t leaf)
{
    walk->leaf = leaf; /* and room, which is large, is left as it is */
    walk->at = (struct bucket_walk){0};
}

struct subject *table_next_of_leaf(const struct table *table, struct table_walk *walk)
{
    return bucket_next(table_leaf(table, (uint16_t)walk->leaf), (uint16_t)walk->leaf, table->words,
                       &walk->at, &walk->room);
}

struct subject *table_next(const struct table *table, struct table_walk *walk)
{
    struct subject *subject;

    for (; walk->leaf < DIGEST_LEAVES; walk->at = (struct bucket_walk){0}) {
        subject = table_next_of_leaf(table, walk);
        if (subject != NULL)
            return subject;
        walk->leaf = table_next_leaf(table, walk->leaf + 1);
    }
    return NULL;
}

bool table_slice(const struct table *table, uint32_t *leaf, size_t *work, table_look_fn *look,
                 void *context)
{
    struct table_walk walk;
    const struct subject *subject;

    while (*work > 0 && *leaf < DIGEST_LEAVES) {
        size_t cost = 1;

        table_walk_leaf(&walk, (uint16_t)(*leaf)++);
        while ((subject = table_next_of_leaf(table, &walk)) != NULL)
            cost += look(context, subject);
        *work -= cost < *work ? cost : *work;
    }
    return *leaf == DIGEST_LEAVES;
}

const struct bucket *table_leaf(const struct table *table, uint16_t leaf)
{
    static const struct bucket none;
    const struct bucket *bucket = bucket_at(table, leaf);

    return bucket != NULL ? bucket : &none;
}

size_t table_leaf_count(const struct table *table, uint16_t leaf)
{
    const struct bucket *bucket = table_leaf(table, leaf);

    return (size_t)bucket->count + bucket->rest_count;
}

bool table_leaf_is_readable(const struct table *table, uint16_t leaf)
{
    return bucket_is_readable(table_leaf(table, leaf), leaf, table->words);
}
