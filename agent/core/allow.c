/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allowlist, see allow.h.
 */
#include "allow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

static int key_compare(const struct allow *allow, const struct addr *addr, uint64_t owner)
{
    int order = addr_compare(&allow->addr, addr);

    if (order != 0)
        return order;
    return allow->owner < owner ? -1 : allow->owner > owner;
}

/* The first place from low to high whose entry is not before that key. */
static size_t place_between(const struct allows *allows, const struct addr *addr, uint64_t owner,
                            size_t low, size_t high)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (key_compare(&allows->list[middle], addr, owner) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t place_of(const struct allows *allows, const struct addr *addr, uint64_t owner)
{
    return place_between(allows, addr, owner, 0, allows->count);
}

/* The larger stamp wins; equal stamps with different content are broken by the content. */
static int content_compare(const struct allow *a, const struct allow *b)
{
    int order = stamp_compare(&a->stamp, &b->stamp);

    if (order == 0)
        order = (int)a->on - (int)b->on;
    if (order == 0)
        order = a->until_ms < b->until_ms ? -1 : a->until_ms > b->until_ms;
    if (order == 0)
        order = strcmp(text_of(a->reason), text_of(b->reason));
    return order != 0 ? order : strcmp(text_of(a->actor), text_of(b->actor));
}

static int reserve(struct allows *allows)
{
    size_t room = allows->room == 0 ? 16 : allows->room * 2;
    struct allow *list;

    if (allows->count < allows->room)
        return 0;
    if (allows->count >= ALLOWS_MAX)
        return -1;
    list = realloc(allows->list, room * sizeof(*list));
    if (list == NULL)
        return -1;
    allows->list = list;
    allows->room = room;
    return 0;
}

int allows_merge(struct allows *allows, const struct allow *allow, struct allow *old)
{
    size_t place = place_of(allows, &allow->addr, allow->owner);
    bool same =
        place < allows->count && key_compare(&allows->list[place], &allow->addr, allow->owner) == 0;
    struct allow copy;

    *old = (struct allow){0};
    if (same && content_compare(&allows->list[place], allow) >= 0)
        return 0;
    if ((!same && reserve(allows) != 0) || allow_copy(allow, &copy) != 0)
        return -1;
    if (same) {
        *old = allows->list[place];
    } else {
        allows_forget_leaves(allows);
        memmove(&allows->list[place + 1], &allows->list[place],
                (allows->count - place) * sizeof(*allows->list));
        allows->count++;
    }
    allows->list[place] = copy;
    return 1;
}

const struct allow *allows_find(const struct allows *allows, const struct addr *addr,
                                uint64_t owner)
{
    size_t place = place_of(allows, addr, owner);

    if (place < allows->count && key_compare(&allows->list[place], addr, owner) == 0)
        return &allows->list[place];
    return NULL;
}

bool allow_is_live(const struct allow *allow, int64_t now_ms)
{
    return allow->on && allow->until_ms > now_ms && addr_is_bannable(&allow->addr) &&
           !allow_is_garbage(allow, now_ms);
}

bool allow_is_garbage(const struct allow *allow, int64_t now_ms)
{
    return allow->owner != ALLOW_OPERATOR && stamp_ms(allow->stamp.hlc) + ALLOW_FORGET_MS <= now_ms;
}

size_t allows_covers(const struct allows *allows, const struct addr *addr, int64_t now_ms,
                     const struct allow **list, size_t max)
{
    unsigned length = addr_widest(addr);
    size_t i = 0, end = place_of(allows, addr, UINT64_MAX), count = 0;

    if (end < allows->count && addr_compare(&allows->list[end].addr, addr) == 0)
        end++; /* the highest owner */
    for (; i < end && length <= addr->length; length++) {
        struct addr wide = *addr;

        addr_widen(&wide, length);
        i = place_between(allows, &wide, 0, i,
                          end); /* a wider prefix comes before a narrower one */
        for (; i < end && addr_compare(&allows->list[i].addr, &wide) == 0; i++) {
            if (allow_is_live(&allows->list[i], now_ms))
                list[count++] = &allows->list[i];
            if (count == max)
                return count;
        }
    }
    return count;
}

const struct allow *allows_cover(const struct allows *allows, const struct addr *addr,
                                 int64_t now_ms)
{
    const struct allow *first;

    return allows_covers(allows, addr, now_ms, &first, 1) > 0 ? first : NULL;
}

bool allows_inside(const struct allows *allows, const struct addr *addr, int64_t now_ms)
{
    for (size_t i = place_of(allows, addr, 0); i < allows->count; i++) {
        const struct allow *allow = &allows->list[i];

        if (!addr_covers(addr, &allow->addr))
            return false;
        if (allow->addr.length > addr->length && allow_is_live(allow, now_ms))
            return true;
    }
    return false;
}

static int compare_leaves(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Without memory there is none, and the whole list is looked through. */
static void order_by_leaf(struct allows *allows)
{
    static_assert(ALLOWS_MAX <= 65536, "a place has 16 bits");

    if (allows->by_leaf != NULL || allows->count == 0)
        return;
    allows->by_leaf = malloc(allows->count * sizeof(*allows->by_leaf));
    if (allows->by_leaf == NULL)
        return;
    for (size_t i = 0; i < allows->count; i++)
        allows->by_leaf[i] = (uint32_t)allows->list[i].leaf << 16 | (uint32_t)i;
    qsort(allows->by_leaf, allows->count, sizeof(*allows->by_leaf), compare_leaves);
}

/* The first of by_leaf that is not before that leaf. */
static size_t leaf_begin(const struct allows *allows, uint16_t leaf)
{
    size_t low = 0, high = allows->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (allows->by_leaf[middle] >> 16 < leaf)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void allows_visit_leaf(struct allows *allows, uint16_t leaf, allow_fn *entry, void *context)
{
    size_t i = 0;

    order_by_leaf(allows);
    if (allows->by_leaf != NULL)
        i = leaf_begin(allows, leaf);
    for (; i < allows->count; i++) {
        size_t place = allows->by_leaf != NULL ? allows->by_leaf[i] & 0xffff : i;

        if (place >= allows->count) /* damaged: the self-check has it made anew */
            continue;
        if (allows->list[place].leaf == leaf)
            entry(context, &allows->list[place]);
        else if (allows->by_leaf != NULL)
            break;
    }
}

void allows_forget_leaves(struct allows *allows)
{
    free(allows->by_leaf);
    allows->by_leaf = NULL;
}

struct allow allows_take(struct allows *allows, size_t index)
{
    struct allow taken = allows->list[index];

    assert(index < allows->count);
    allows_forget_leaves(allows);
    allows->count--;
    memmove(&allows->list[index], &allows->list[index + 1],
            (allows->count - index) * sizeof(*allows->list));
    return taken;
}

int allow_copy(const struct allow *allow, struct allow *copy)
{
    *copy = *allow;
    copy->reason = strdup(text_of(allow->reason));
    copy->actor = strdup(text_of(allow->actor));
    if (copy->reason != NULL && copy->actor != NULL)
        return 0;
    allow_clear(copy);
    return -1;
}

void allow_clear(struct allow *allow)
{
    free(allow->reason);
    free(allow->actor);
    allow->reason = allow->actor = NULL;
}

void allows_clear(struct allows *allows)
{
    for (size_t i = 0; i < allows->count; i++)
        allow_clear(&allows->list[i]);
    free(allows->list);
    allows_forget_leaves(allows);
    *allows = (struct allows){0};
}
