/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The additive hash tree, see digest.h.
 */
#include "digest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LEAF_LEVEL (DIGEST_LEVELS - 1)
#define BLOCK_LEVEL (LEAF_LEVEL - 1) /* the first one in blocks */
#define TOP_NODES (1 + 16 + 256)     /* of the levels above */

/* In place of a block that is not there. */
static const struct digest_block blank;

int digest_open(struct digest *digest)
{
    *digest = (struct digest){.top = calloc(TOP_NODES, sizeof(struct hash128))};
    return digest->top != NULL ? 0 : -1;
}

void digest_close(struct digest *digest)
{
    free(digest->top);
    for (size_t i = 0; i < DIGEST_BLOCKS; i++)
        free(digest->blocks[i]);
    *digest = (struct digest){0};
}

int digest_reserve(struct digest *digest, uint16_t leaf)
{
    struct digest_block **block = &digest->blocks[leaf / DIGEST_BLOCK_LEAVES];

    if (*block == NULL)
        *block = calloc(1, sizeof(**block));
    return *block != NULL ? 0 : -1;
}

bool digest_is_blank(const struct digest *digest, uint16_t leaf)
{
    return digest->blocks[leaf / DIGEST_BLOCK_LEAVES] == NULL;
}

static uint32_t index_on(unsigned level, uint16_t leaf)
{
    return (uint32_t)leaf >> (4 * (LEAF_LEVEL - level));
}

/* Where a level begins in top: behind the 1 + 16 nodes above it. */
static struct hash128 *top_at(const struct digest *digest, unsigned level, uint32_t index)
{
    static const uint32_t first[] = {0, 1, 1 + 16};

    return &digest->top[first[level] + index];
}

/* NULL: the block in which it would be is not there. */
static struct hash128 *find(const struct digest *digest, unsigned level, uint32_t index)
{
    struct digest_block *block;

    if (level < BLOCK_LEVEL)
        return top_at(digest, level, index);
    block = digest->blocks[index / (level == LEAF_LEVEL ? DIGEST_BLOCK_LEAVES : DIGEST_FANOUT)];
    if (block == NULL)
        return NULL;
    return level == LEAF_LEVEL ? &block->leaves[index % DIGEST_BLOCK_LEAVES]
                               : &block->nodes[index % DIGEST_FANOUT];
}

static struct hash128 *node_above(struct digest *digest, unsigned level, uint16_t leaf)
{
    struct hash128 *node = find(digest, level, index_on(level, leaf));

    assert(node != NULL);
    return node;
}

const struct hash128 *digest_node(const struct digest *digest, unsigned level, uint32_t index)
{
    const struct hash128 *node;

    assert(level < DIGEST_LEVELS && index < (uint32_t)1 << (4 * level));
    node = find(digest, level, index);
    return node != NULL ? node : &blank.nodes[index % DIGEST_FANOUT]; /* siblings follow */
}

void digest_add(struct digest *digest, uint16_t leaf, const struct hash128 *entry)
{
    for (unsigned level = 0; level < DIGEST_LEVELS; level++)
        hash128_add(node_above(digest, level, leaf), entry);
}

void digest_subtract(struct digest *digest, uint16_t leaf, const struct hash128 *entry)
{
    for (unsigned level = 0; level < DIGEST_LEVELS; level++)
        hash128_subtract(node_above(digest, level, leaf), entry);
}

struct hash128 digest_root(const struct digest *digest)
{
    return digest->top[0];
}

const struct hash128 *digest_children(const struct digest *digest, unsigned level, uint32_t index)
{
    assert(level < LEAF_LEVEL && index < (uint32_t)1 << (4 * level));
    return digest_node(digest, level + 1, index * DIGEST_FANOUT);
}

uint32_t digest_next_leaf(const struct digest *digest, uint32_t leaf)
{
    while (leaf < DIGEST_LEAVES) {
        const struct digest_block *block = digest->blocks[leaf / DIGEST_BLOCK_LEAVES];

        if (block == NULL)
            leaf = (leaf / DIGEST_BLOCK_LEAVES + 1) * DIGEST_BLOCK_LEAVES;
        else if (hash128_is_zero(&block->leaves[leaf % DIGEST_BLOCK_LEAVES]))
            leaf++;
        else
            break;
    }
    return leaf;
}

static struct hash128 sum_of(const struct hash128 *list, size_t count)
{
    struct hash128 sum = {{0, 0}};

    for (size_t i = 0; i < count; i++)
        hash128_add(&sum, &list[i]);
    return sum;
}

static struct hash128 sum_below(const struct digest *digest, unsigned level, uint16_t leaf)
{
    return sum_of(digest_children(digest, level, index_on(level, leaf)), DIGEST_FANOUT);
}

static bool is_sum(const struct digest *digest, unsigned level, uint16_t leaf)
{
    struct hash128 sum = sum_below(digest, level, leaf);

    return hash128_equal(&sum, digest_node(digest, level, index_on(level, leaf)));
}

enum digest_verdict digest_check_leaf(struct digest *digest, uint16_t leaf,
                                      const struct hash128 *sum)
{
    struct hash128 held = *digest_node(digest, LEAF_LEVEL, leaf), *node;

    if (hash128_equal(&held, sum))
        return DIGEST_RIGHT;
    if (digest_is_blank(digest, leaf))
        return DIGEST_DIFFERS;
    node = node_above(digest, LEAF_LEVEL, leaf);
    *node = *sum;
    if (is_sum(digest, LEAF_LEVEL - 1, leaf))
        return DIGEST_MENDED;
    *node = held;
    return DIGEST_DIFFERS;
}

/* Whether a node that is not the sum of its children is itself to blame: else the node above agrees
 * with it, or, of the root, a child does not agree with its own children. */
static bool is_damaged(const struct digest *digest, unsigned level, uint16_t leaf)
{
    if (level > 0)
        return !is_sum(digest, level - 1, leaf);
    for (uint32_t child = 0; child < DIGEST_FANOUT; child++)
        if (!is_sum(digest, 1, (uint16_t)(child * (DIGEST_LEAVES / DIGEST_FANOUT))))
            return false;
    return true;
}

unsigned digest_check_above(struct digest *digest, uint16_t leaf)
{
    unsigned mended = 0;

    for (unsigned level = digest_is_blank(digest, leaf) ? BLOCK_LEVEL : LEAF_LEVEL; level-- > 0;) {
        uint32_t leaves = DIGEST_LEAVES >> (4 * level);

        if (leaf % leaves != leaves - 1)
            break;
        if (is_sum(digest, level, leaf) || !is_damaged(digest, level, leaf))
            continue;
        *node_above(digest, level, leaf) = sum_below(digest, level, leaf);
        mended++;
    }
    return mended;
}

void digest_drop_leaf(struct digest *digest, uint16_t leaf)
{
    if (!digest_is_blank(digest, leaf)) {
        *node_above(digest, LEAF_LEVEL, leaf) = (struct hash128){{0, 0}};
        *node_above(digest, BLOCK_LEVEL, leaf) = sum_below(digest, BLOCK_LEVEL, leaf);
    }
    for (unsigned level = BLOCK_LEVEL; level-- > 0;)
        *node_above(digest, level, leaf) = sum_below(digest, level, leaf);
}

void digest_clear(struct digest *digest)
{
    memset(digest->top, 0, TOP_NODES * sizeof(struct hash128));
    for (size_t i = 0; i < DIGEST_BLOCKS; i++)
        if (digest->blocks[i] != NULL)
            memset(digest->blocks[i], 0, sizeof(struct digest_block));
}

static bool block_equal(const struct digest_block *a, const struct digest_block *b, unsigned level)
{
    if (a == b)
        return true;
    a = a != NULL ? a : &blank;
    b = b != NULL ? b : &blank;
    return level == LEAF_LEVEL ? memcmp(a->leaves, b->leaves, sizeof(a->leaves)) == 0
                               : memcmp(a->nodes, b->nodes, sizeof(a->nodes)) == 0;
}

bool digest_level_equal(const struct digest *a, const struct digest *b, unsigned level)
{
    if (level < BLOCK_LEVEL)
        return memcmp(top_at(a, level, 0), top_at(b, level, 0),
                      sizeof(struct hash128) << (4 * level)) == 0;
    for (size_t block = 0; block < DIGEST_BLOCKS; block++)
        if (!block_equal(a->blocks[block], b->blocks[block], level))
            return false;
    return true;
}

uint16_t digest_leaf(uint64_t hash)
{
    return (uint16_t)(hash >> 48);
}

static struct hash128 *slot_of(struct recent *recent, int64_t second)
{
    return &recent->sums[(uint64_t)second % RECENT_SECONDS];
}

static bool is_kept(const struct recent *recent, int64_t second)
{
    return second <= recent->newest && second > recent->newest - RECENT_SECONDS;
}

/* Its seal goes along: newest counts in lane 0. */
static void set_newest(struct recent *recent, int64_t second)
{
    recent->seal.lane[0] += (uint64_t)second - (uint64_t)recent->newest;
    recent->newest = second;
}

void recent_add(struct recent *recent, int64_t second, const struct hash128 *entry)
{
    if (second > recent->newest + RECENT_SECONDS)
        set_newest(recent, second - RECENT_SECONDS);
    while (recent->newest < second) {
        set_newest(recent, recent->newest + 1);
        hash128_subtract(&recent->seal, slot_of(recent, recent->newest));
        *slot_of(recent, recent->newest) = (struct hash128){{0, 0}};
    }
    if (!is_kept(recent, second))
        return;
    hash128_add(slot_of(recent, second), entry);
    hash128_add(&recent->seal, entry);
}

void recent_subtract(struct recent *recent, int64_t second, const struct hash128 *entry)
{
    if (!is_kept(recent, second))
        return;
    hash128_subtract(slot_of(recent, second), entry);
    hash128_subtract(&recent->seal, entry);
}

bool recent_is_sound(const struct recent *recent)
{
    struct hash128 sum = sum_of(recent->sums, RECENT_SECONDS);

    sum.lane[0] += (uint64_t)recent->newest;
    return hash128_equal(&sum, &recent->seal);
}

bool recent_root(const struct recent *recent, const struct hash128 *root, int64_t second,
                 struct hash128 *out)
{
    *out = *root;
    if (second <= recent->newest - RECENT_SECONDS)
        return false;
    if (second >= recent->newest)
        return true; /* also keeps a hostile second from overflowing below */
    for (int64_t newer = second + 1; newer <= second + RECENT_IN_FLIGHT && newer <= recent->newest;
         newer++)
        hash128_subtract(out, &recent->sums[(uint64_t)newer % RECENT_SECONDS]);
    return true;
}
