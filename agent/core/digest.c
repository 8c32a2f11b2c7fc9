/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The additive hash tree, see digest.h.
 */
#include "digest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LEAF_LEVEL (DIGEST_LEVELS - 1)

int digest_open(struct digest *digest)
{
    *digest = (struct digest){0};
    for (unsigned level = 0; level < LEAF_LEVEL; level++) {
        digest->levels[level] = calloc((size_t)1 << (4 * level), sizeof(struct hash128));
        if (digest->levels[level] == NULL) {
            digest_close(digest);
            return -1;
        }
    }
    return 0;
}

void digest_close(struct digest *digest)
{
    for (unsigned level = 0; level < LEAF_LEVEL; level++)
        free(digest->levels[level]);
    for (size_t i = 0; i < DIGEST_BLOCKS; i++)
        free(digest->blocks[i]);
    *digest = (struct digest){0};
}

int digest_reserve(struct digest *digest, uint16_t leaf)
{
    struct hash128 **block = &digest->blocks[leaf / DIGEST_BLOCK_LEAVES];

    if (*block == NULL)
        *block = calloc(DIGEST_BLOCK_LEAVES, sizeof(**block));
    return *block != NULL ? 0 : -1;
}

bool digest_is_blank(const struct digest *digest, uint16_t leaf)
{
    return digest->blocks[leaf / DIGEST_BLOCK_LEAVES] == NULL;
}

static struct hash128 *leaf_at(struct digest *digest, uint16_t leaf)
{
    assert(!digest_is_blank(digest, leaf));
    return &digest->blocks[leaf / DIGEST_BLOCK_LEAVES][leaf % DIGEST_BLOCK_LEAVES];
}

static struct hash128 *node_above(struct digest *digest, unsigned level, uint16_t leaf)
{
    return level == LEAF_LEVEL ? leaf_at(digest, leaf)
                               : &digest->levels[level][leaf >> (4 * (LEAF_LEVEL - level))];
}

const struct hash128 *digest_node(const struct digest *digest, unsigned level, uint32_t index)
{
    static const struct hash128 zeros[DIGEST_FANOUT]; /* siblings, for digest_children */

    assert(level < DIGEST_LEVELS && index < (uint32_t)1 << (4 * level));
    if (level < LEAF_LEVEL)
        return &digest->levels[level][index];
    if (digest_is_blank(digest, (uint16_t)index))
        return &zeros[index % DIGEST_FANOUT];
    return &digest->blocks[index / DIGEST_BLOCK_LEAVES][index % DIGEST_BLOCK_LEAVES];
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
    return digest->levels[0][0];
}

const struct hash128 *digest_children(const struct digest *digest, unsigned level, uint32_t index)
{
    assert(level < LEAF_LEVEL && index < (uint32_t)1 << (4 * level));
    return digest_node(digest, level + 1, index * DIGEST_FANOUT);
}

uint32_t digest_next_leaf(const struct digest *digest, uint32_t leaf)
{
    while (leaf < DIGEST_LEAVES) {
        const struct hash128 *block = digest->blocks[leaf / DIGEST_BLOCK_LEAVES];

        if (block == NULL)
            leaf = (leaf / DIGEST_BLOCK_LEAVES + 1) * DIGEST_BLOCK_LEAVES;
        else if (hash128_is_zero(&block[leaf % DIGEST_BLOCK_LEAVES]))
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
    uint32_t index = leaf >> (4 * (LEAF_LEVEL - level));

    return sum_of(digest_children(digest, level, index), DIGEST_FANOUT);
}

static bool is_sum(const struct digest *digest, unsigned level, uint16_t leaf)
{
    struct hash128 sum = sum_below(digest, level, leaf);

    return hash128_equal(&sum, digest_node(digest, level, leaf >> (4 * (LEAF_LEVEL - level))));
}

enum digest_verdict digest_check_leaf(struct digest *digest, uint16_t leaf,
                                      const struct hash128 *sum)
{
    struct hash128 held = *digest_node(digest, LEAF_LEVEL, leaf), *node;

    if (hash128_equal(&held, sum))
        return DIGEST_RIGHT;
    if (digest_is_blank(digest, leaf))
        return DIGEST_DIFFERS;
    node = leaf_at(digest, leaf);
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

    for (unsigned level = LEAF_LEVEL; level-- > 0;) {
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
    if (!digest_is_blank(digest, leaf))
        *leaf_at(digest, leaf) = (struct hash128){{0, 0}};
    for (unsigned level = LEAF_LEVEL; level-- > 0;)
        *node_above(digest, level, leaf) = sum_below(digest, level, leaf);
}

void digest_clear(struct digest *digest)
{
    for (unsigned level = 0; level < LEAF_LEVEL; level++)
        memset(digest->levels[level], 0, sizeof(struct hash128) << (4 * level));
    for (size_t i = 0; i < DIGEST_BLOCKS; i++)
        if (digest->blocks[i] != NULL)
            memset(digest->blocks[i], 0, DIGEST_BLOCK_LEAVES * sizeof(struct hash128));
}

static bool block_equal(const struct digest *a, const struct digest *b, size_t block)
{
    static const struct hash128 zeros[DIGEST_BLOCK_LEAVES];
    const struct hash128 *left = a->blocks[block], *right = b->blocks[block];

    return left == right ||
           memcmp(left != NULL ? left : zeros, right != NULL ? right : zeros, sizeof(zeros)) == 0;
}

bool digest_level_equal(const struct digest *a, const struct digest *b, unsigned level)
{
    if (level < LEAF_LEVEL)
        return memcmp(a->levels[level], b->levels[level], sizeof(struct hash128) << (4 * level)) ==
               0;
    for (size_t block = 0; block < DIGEST_BLOCKS; block++)
        if (!block_equal(a, b, block))
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
