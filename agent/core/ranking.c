/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums by key, see ranking.h: a list with an open hash table of places in it.
 */
#include "ranking.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define RANKING_ROOM_FIRST 256

void ranking_open(struct ranking *ranking, const struct hash_key *secret)
{
    *ranking = (struct ranking){.secret = *secret};
}

void ranking_close(struct ranking *ranking)
{
    free(ranking->list);
    free(ranking->places);
    free(ranking->bytes);
    *ranking = (struct ranking){0};
}

const uint8_t *ranking_key(const struct ranking *ranking, const struct ranking_item *item)
{
    return ranking->bytes + item->key;
}

/* Where that key is, or an empty place for it; there is one, as half of them are. */
static uint32_t *find_place(const struct ranking *ranking, uint64_t hash, const void *key,
                            size_t size)
{
    const size_t mask = 2 * ranking->room - 1;

    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        uint32_t *place = &ranking->places[i];
        const struct ranking_item *item = &ranking->list[*place - (*place != 0)];

        if (*place == 0)
            return place;
        if (item->hash == hash && item->key_size == size &&
            memcmp(ranking_key(ranking, item), key, size) == 0)
            return place;
    }
}

/* Twice as many places. -1: no memory, or as many as there may be. */
static int grow(struct ranking *ranking)
{
    size_t room = ranking->room == 0 ? RANKING_ROOM_FIRST : 2 * ranking->room;
    struct ranking_item *list;
    uint32_t *places;

    if (room > RANKING_MAX)
        return -1;
    places = calloc(2 * room, sizeof(*places));
    if (places == NULL)
        return -1;
    list = realloc(ranking->list, room * sizeof(*list));
    if (list == NULL) {
        free(places);
        return -1;
    }
    free(ranking->places);
    ranking->list = list;
    ranking->places = places;
    ranking->room = room;
    for (size_t i = 0; i < ranking->count; i++)
        *find_place(ranking, list[i].hash, ranking_key(ranking, &list[i]), list[i].key_size) =
            (uint32_t)i + 1;
    return 0;
}

/* Copies a key to the others; -1 without memory. */
static int keep_key(struct ranking *ranking, const void *key, size_t size)
{
    size_t wanted = ranking->used + size, room = ranking->size;
    uint8_t *bytes;

    while (room < wanted)
        room = room == 0 ? 32 * RANKING_ROOM_FIRST : 2 * room;
    if (room > ranking->size) {
        bytes = realloc(ranking->bytes, room);
        if (bytes == NULL)
            return -1;
        ranking->bytes = bytes;
        ranking->size = room;
    }
    memcpy(ranking->bytes + ranking->used, key, size);
    ranking->used = wanted;
    return 0;
}

void ranking_add(struct ranking *ranking, const void *key, size_t size, uint64_t sum)
{
    const uint64_t hash = hash64(&ranking->secret, key, size);
    uint32_t *place = ranking->room > 0 ? find_place(ranking, hash, key, size) : NULL;

    assert(size > 0);
    if (place != NULL && *place != 0) {
        ranking->list[*place - 1].sum += sum;
        return;
    }
    if ((ranking->count == ranking->room && grow(ranking) != 0) ||
        keep_key(ranking, key, size) != 0) {
        ranking->lost += sum;
        return;
    }
    ranking->list[ranking->count] = (struct ranking_item){hash, sum, ranking->used - size, size};
    *find_place(ranking, hash, key, size) = (uint32_t)++ranking->count;
}

/* True if a stands before b. */
static int is_before(const struct ranking *ranking, const struct ranking_item *a,
                     const struct ranking_item *b)
{
    const size_t shared = a->key_size < b->key_size ? a->key_size : b->key_size;
    int order;

    if (a->sum != b->sum)
        return a->sum > b->sum;
    order = memcmp(ranking_key(ranking, a), ranking_key(ranking, b), shared);
    return order != 0 ? order < 0 : a->key_size < b->key_size;
}

size_t ranking_top(struct ranking *ranking, size_t limit)
{
    size_t count = ranking->count < limit ? ranking->count : limit;
    struct ranking_item *list = ranking->list;

    for (size_t i = 0; i < ranking->count; i++) {
        size_t place = i < count ? i : count;
        const struct ranking_item item = list[i];

        if (i >= count && (count == 0 || !is_before(ranking, &item, &list[count - 1])))
            continue;
        if (i >= count) { /* the last of those so far makes way */
            list[i] = list[count - 1];
            place = count - 1;
        }
        for (; place > 0 && is_before(ranking, &item, &list[place - 1]); place--)
            list[place] = list[place - 1];
        list[place] = item;
    }
    ranking->room = ranking->count; /* places are wrong from here on */
    return count;
}
