/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The additive hash tree, see digest.h.
 */
#include "digest.h"

#include <assert.h>
#include <stdlib.h>

int digest_open(struct digest *digest)
{
    *digest = (struct digest){0};
    for (unsigned level = 0; level < DIGEST_LEVELS; level++) {
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
    for (unsigned level = 0; level < DIGEST_LEVELS; level++)
        free(digest->levels[level]);
    *digest = (struct digest){0};
}

static struct hash128 *node_above(struct digest *digest, unsigned level, uint16_t leaf)
{
    return &digest->levels[level][leaf >> (4 * (DIGEST_LEVELS - 1 - level))];
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
    assert(level < DIGEST_LEVELS - 1 && index < (uint32_t)1 << (4 * level));
    return &digest->levels[level + 1][index * DIGEST_FANOUT];
}

bool digest_leaf_is_empty(const struct digest *digest, uint16_t leaf)
{
    return hash128_is_zero(&digest->levels[DIGEST_LEVELS - 1][leaf]);
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

void recent_add(struct recent *recent, int64_t second, const struct hash128 *entry)
{
    if (second > recent->newest + RECENT_SECONDS)
        recent->newest = second - RECENT_SECONDS;
    while (recent->newest < second) {
        recent->newest++;
        *slot_of(recent, recent->newest) = (struct hash128){{0, 0}};
    }
    if (is_kept(recent, second))
        hash128_add(slot_of(recent, second), entry);
}

void recent_subtract(struct recent *recent, int64_t second, const struct hash128 *entry)
{
    if (is_kept(recent, second))
        hash128_subtract(slot_of(recent, second), entry);
}

bool recent_root(const struct recent *recent, const struct hash128 *root, int64_t second,
                 struct hash128 *out)
{
    int64_t last;

    *out = *root;
    if (second <= recent->newest - RECENT_SECONDS)
        return false;
    if (second >= recent->newest)
        return true; /* also keeps a hostile second from overflowing below */
    last = recent->newest - second > RECENT_IN_FLIGHT ? second + RECENT_IN_FLIGHT : recent->newest;
    for (int64_t newer = second + 1; newer <= last; newer++)
        hash128_subtract(out, &recent->sums[(uint64_t)newer % RECENT_SECONDS]);
    return true;
}
