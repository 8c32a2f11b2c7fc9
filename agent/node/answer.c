/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The side of repair that is asked, see repair.h: tree nodes, leaves and entries, read from the
 * state.
 */
#include <stdlib.h>
#include <string.h>

#include "repair.h"

#define ANSWER_BYTES_MAX (FRAME_BYTES_MAX - 65536)

static bool is_kind(uint8_t kind)
{
    return kind >= ENTRY_STRIKE && kind <= ENTRY_ALLOW;
}

void repair_tree_get(struct node *node, const struct now *now, size_t peer)
{
    const struct message_tree *get = &node->in->tree;
    struct message_tree *tree = &node_message(node, MESSAGE_TREE)->tree;

    if (!is_kind(get->kind) || get->level >= DIGEST_LEVELS - 1)
        return;
    tree->number = get->number;
    tree->kind = get->kind;
    tree->level = get->level;
    tree->count = 0;
    for (size_t i = 0; i < get->count; i++) {
        struct message_tree_node *out = &tree->nodes[tree->count];
        const struct hash128 *children;

        if (get->indices[i] >= (uint32_t)1 << (4 * get->level))
            continue;
        children =
            digest_children(&node->state.digests[get->kind - 1], get->level, get->indices[i]);
        out->index = get->indices[i];
        for (size_t k = 0; k < DIGEST_FANOUT; k++)
            memcpy(out->children[k].lane, children[k].lane, sizeof(children[k].lane));
        tree->count++;
    }
    node_send(node, now, peer);
}

struct listing {
    struct node *node;
    const struct now *now;
    size_t peer;
    uint16_t leaf;
};

static void list_entry(void *context, uint64_t hash, const uint8_t *bytes, size_t size)
{
    struct listing *listing = context;
    struct message_pairs *pairs = &listing->node->out->pairs;

    (void)bytes;
    (void)size;
    if (pairs->count == FRAME_PAIRS_MAX) {
        node_send(listing->node, listing->now, listing->peer);
        pairs->count = 0;
    }
    pairs->pairs[pairs->count++] = (struct message_pair){listing->leaf, hash};
}

void repair_leaf_get(struct node *node, const struct now *now, size_t peer)
{
    const struct message_leaf_get *get = &node->in->leaf_get;
    struct message_pairs *pairs = &node_message(node, MESSAGE_LEAF)->pairs;
    struct listing listing = {.node = node, .now = now, .peer = peer};

    if (!is_kind(get->kind))
        return;
    pairs->number = get->number;
    pairs->kind = get->kind;
    pairs->last = false;
    pairs->count = 0;
    for (size_t i = 0; i < get->count; i++) {
        if (i > 0 && get->leaves[i] <= get->leaves[i - 1])
            break; /* each once, in order */
        listing.leaf = get->leaves[i];
        state_visit_leaf(&node->state, get->kind, listing.leaf, list_entry, &listing);
    }
    pairs->last = true;
    node_send(node, now, peer);
}

struct picking {
    struct node *node;
    const struct now *now;
    size_t peer;
    const struct message_pair *pairs; /* wanted of this leaf */
    size_t count;
};

static void send_picked(struct node *node, const struct now *now, size_t peer, bool last)
{
    node->out->push.last = last;
    node_send(node, now, peer);
    node->out->push.entry_count = 0;
    node->descent.answer_used = 0;
}

static void pick_entry(void *context, uint64_t hash, const uint8_t *bytes, size_t size)
{
    struct picking *picking = context;
    struct node *node = picking->node;
    struct message_push *push = &node->out->push;
    bool wanted = false;

    for (size_t i = 0; i < picking->count && !wanted; i++)
        wanted = picking->pairs[i].hash == hash;
    if (!wanted || size > ANSWER_BYTES_MAX)
        return;
    if (push->entry_count == FRAME_ENTRIES_MAX ||
        node->descent.answer_used + size + 8 > ANSWER_BYTES_MAX)
        send_picked(node, picking->now, picking->peer, false);
    memcpy(node->descent.answer + node->descent.answer_used, bytes, size);
    push->entries[push->entry_count++] = (struct message_entry){
        node->in->pairs.kind, node->descent.answer + node->descent.answer_used, size};
    node->descent.answer_used += size + 8; /* with its header in the frame */
}

void repair_pull(struct node *node, const struct now *now, size_t peer)
{
    const struct message_pairs *pull = &node->in->pairs;
    struct message_push *push = &node_message(node, MESSAGE_PUSH)->push;
    struct picking picking = {.node = node, .now = now, .peer = peer};

    if (node->descent.answer == NULL)
        node->descent.answer = malloc(ANSWER_BYTES_MAX);
    if (!is_kind(pull->kind) || node->descent.answer == NULL)
        return;
    push->ack = 0;
    push->answer = pull->number;
    push->sent_to_count = push->entry_count = 0;
    node->descent.answer_used = 0;
    for (size_t i = 0, next; i < pull->count && i < FRAME_ENTRIES_MAX; i = next) {
        if (i > 0 && pull->pairs[i].leaf < pull->pairs[i - 1].leaf)
            break; /* each leaf once, in order: a small question must not make a large answer */
        picking.pairs = &pull->pairs[i];
        for (next = i; next < pull->count && pull->pairs[next].leaf == pull->pairs[i].leaf; next++)
            ;
        picking.count = next - i;
        state_visit_leaf(&node->state, pull->kind, pull->pairs[i].leaf, pick_entry, &picking);
    }
    send_picked(node, now, peer, true);
}
