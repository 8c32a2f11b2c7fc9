/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The side of bulk transfer that asks, see bulk.h.
 */
#include "bulk.h"

/* Frames asked for at a time: what one answer brings is merged and committed in one turn. */
#define BULK_CREDIT 4
/* So many pairs must have been listed before they tell what the leaves left will be like. */
#define BULK_LISTED_MIN 512

void bulk_begin(struct node *node)
{
    struct node_descent *descent = &node->descent;
    struct hash128 root = state_root(&node->state, descent->kind);

    descent->bulk = (struct node_bulk){0};
    if (node->peers[descent->peer].no_bulk || !hash128_is_zero(&root))
        return;
    descent->bulk.on = descent->bulk.whole = true;
    descent->level = DIGEST_LEVELS - 1;
    descent->count = DIGEST_LEAVES;
}

uint16_t bulk_leaf(const struct node_descent *descent, size_t index)
{
    return (uint16_t)(descent->bulk.whole ? index : descent->list[index]);
}

void bulk_listed(struct node *node, size_t listed, size_t missing)
{
    struct node_bulk *bulk = &node->descent.bulk;

    bulk->listed += listed;
    bulk->missing += missing;
    if (bulk->listed >= BULK_LISTED_MIN && 4 * bulk->missing >= 3 * bulk->listed)
        bulk->on = !node->peers[node->descent.peer].no_bulk;
}

bool bulk_is_due(const struct node *node)
{
    return node->descent.bulk.on && !node->descent.bulk.stuck;
}

/* Adds a leaf to the ranges; false if it is not behind them, or needs one too many. */
static bool add_leaf(struct message_bulk_get *get, uint16_t leaf)
{
    struct message_range *last = get->count > 0 ? &get->ranges[get->count - 1] : NULL;

    if (last != NULL && leaf <= last->last)
        return false; /* a peer may have told the tree in any order */
    if (last != NULL && leaf == last->last + 1) {
        last->last = leaf;
        return true;
    }
    if (get->count == FRAME_RANGES_MAX)
        return false;
    get->ranges[get->count++] = (struct message_range){leaf, leaf};
    return true;
}

void bulk_ask(struct node *node)
{
    struct node_descent *descent = &node->descent;
    struct node_bulk *bulk = &descent->bulk;
    struct message_bulk_get *get = &node_message(node, MESSAGE_BULK_GET)->bulk_get;

    get->number = descent->number;
    get->kind = descent->kind;
    get->credit = BULK_CREDIT;
    get->count = 0;
    bulk->begin = bulk->end = descent->done;
    if (bulk->whole) {
        get->ranges[get->count++] =
            (struct message_range){(uint16_t)bulk->begin, DIGEST_LEAVES - 1};
        bulk->end = descent->count;
    }
    while (bulk->end < descent->count && add_leaf(get, bulk_leaf(descent, bulk->end)))
        bulk->end++;
    bulk->frames = 0;
    node->state.counters.bulk_requests++;
}

/* Leaves come in order: those before the one of the newest entry are complete. */
static void pass_leaves(struct node *node)
{
    struct node_descent *descent = &node->descent;
    const struct message_push *push = &node->in->push;
    const struct message_entry *newest = push->entries + push->entry_count;
    uint16_t leaf;

    if (push->entry_count == 0)
        return;
    newest--;
    if (state_entry_leaf(&node->state, descent->kind, newest->bytes, newest->size, &leaf) != 0)
        return;
    if (descent->bulk.whole && descent->done < leaf)
        descent->done = leaf < descent->bulk.end ? leaf : descent->bulk.end;
    while (descent->done < descent->bulk.end && bulk_leaf(descent, descent->done) < leaf)
        descent->done++;
}

bool bulk_pushed(struct node *node)
{
    struct node_descent *descent = &node->descent;
    struct node_bulk *bulk = &descent->bulk;

    bulk->answered = true;
    bulk->frames++;
    pass_leaves(node);
    if (bulk->frames < BULK_CREDIT && !node->in->push.last)
        return false;
    if (bulk->frames < BULK_CREDIT)
        descent->done = bulk->end;
    else
        bulk->stuck = descent->done == bulk->begin;
    return true;
}

void bulk_unanswered(struct node *node)
{
    if (!node->descent.bulk.answered)
        node->peers[node->descent.peer].no_bulk = true;
}
