/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The side of repair that is asked, see repair.h: tree nodes, leaves and entries, read from the
 * state.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "repair.h"

#define ANSWER_BYTES_MAX (FRAME_BYTES_MAX - 65536)
static_assert(ENTRY_BYTES_MAX + 8 <= ANSWER_BYTES_MAX, "a frame has room for any entry");

static bool is_kind(uint8_t kind)
{
    return kind >= ENTRY_STRIKE && kind <= ENTRY_KINDS;
}

void repair_tree_get(struct node *node, size_t peer)
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
    node_send(node, peer);
}

/* What is damaged is not told: of a record its own hash says so, of strikes their sum. */
static bool may_tell(struct node *node, uint8_t kind, uint16_t leaf)
{
    return kind != ENTRY_STRIKE || state_strikes_are_sound(&node->state, leaf);
}

struct listing {
    struct node *node;
    size_t peer;
    uint16_t leaf;
};

/* Wants no more of any than its hash. */
static bool list_entry(void *context, uint64_t hash)
{
    struct listing *listing = context;
    struct message_pairs *pairs = &listing->node->out->pairs;

    if (pairs->count == FRAME_PAIRS_MAX) {
        node_send(listing->node, listing->peer);
        pairs->count = 0;
    }
    pairs->pairs[pairs->count++] = (struct message_pair){listing->leaf, hash};
    return false;
}

void repair_leaf_get(struct node *node, size_t peer)
{
    const struct message_leaf_get *get = &node->in->leaf_get;
    struct message_pairs *pairs = &node_message(node, MESSAGE_LEAF)->pairs;
    struct listing listing = {.node = node, .peer = peer};

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
        if (may_tell(node, get->kind, listing.leaf))
            state_visit_leaf(&node->state, get->kind, listing.leaf, list_entry, NULL, &listing);
    }
    pairs->last = true;
    node_send(node, peer);
}

/* Entries on their way into the PUSHes of one answer. */
struct answer {
    struct node *node;
    size_t peer;
    uint8_t kind;
    size_t frames_left;               /* that it may have */
    bool is_over;                     /* an entry did not fit into the last of them */
    const struct message_pair *pairs; /* PULL: wanted of this leaf */
    size_t count;
};

/* Starts the first frame; false without memory. */
static bool start_answer(struct node *node, uint64_t number)
{
    struct message_push *push = &node_message(node, MESSAGE_PUSH)->push;

    if (node->descent.answer == NULL)
        node->descent.answer = malloc(ANSWER_BYTES_MAX);
    push->ack = 0;
    push->answer = number;
    push->sent_to_count = push->entry_count = 0;
    node->descent.answer_used = 0;
    return node->descent.answer != NULL;
}

static void send_entries(struct answer *answer, bool last)
{
    struct node *node = answer->node;

    node->out->push.last = last;
    node_send(node, answer->peer);
    node->out->push.entry_count = 0;
    node->descent.answer_used = 0;
    answer->frames_left--;
}

static void add_entry(void *context, uint64_t hash, const uint8_t *bytes, size_t size)
{
    struct answer *answer = context;
    struct node *node = answer->node;
    struct message_push *push = &node->out->push;
    bool is_full = push->entry_count == FRAME_ENTRIES_MAX ||
                   node->descent.answer_used + size + 8 > ANSWER_BYTES_MAX;

    (void)hash;
    answer->is_over |= is_full && answer->frames_left == 1;
    if (answer->is_over)
        return;
    if (is_full)
        send_entries(answer, false);
    memcpy(node->descent.answer + node->descent.answer_used, bytes, size);
    push->entries[push->entry_count++] = (struct message_entry){
        answer->kind, node->descent.answer + node->descent.answer_used, size};
    node->descent.answer_used += size + 8; /* with its header in the frame */
}

static bool is_picked(void *context, uint64_t hash)
{
    const struct answer *answer = context;

    for (size_t i = 0; i < answer->count; i++)
        if (answer->pairs[i].hash == hash)
            return true;
    return false;
}

void repair_pull(struct node *node, size_t peer)
{
    const struct message_pairs *pull = &node->in->pairs;
    struct answer answer = {
        .node = node, .peer = peer, .kind = pull->kind, .frames_left = SIZE_MAX};

    if (!is_kind(pull->kind) || !start_answer(node, pull->number))
        return;
    for (size_t i = 0, next; i < pull->count && i < FRAME_ENTRIES_MAX; i = next) {
        if (i > 0 && pull->pairs[i].leaf < pull->pairs[i - 1].leaf)
            break; /* each leaf once, in order: a small question must not make a large answer */
        answer.pairs = &pull->pairs[i];
        for (next = i; next < pull->count && pull->pairs[next].leaf == pull->pairs[i].leaf; next++)
            ;
        answer.count = next - i;
        state_visit_leaf(&node->state, pull->kind, pull->pairs[i].leaf, is_picked, add_entry,
                         &answer);
    }
    send_entries(&answer, true);
}

static void add_range(struct answer *answer, const struct message_range *range)
{
    struct state *state = &answer->node->state;
    const struct digest *digest = &state->digests[answer->kind - 1];
    uint32_t leaf = digest_next_leaf(digest, range->first);

    for (; leaf <= range->last && !answer->is_over; leaf = digest_next_leaf(digest, leaf + 1))
        if (may_tell(answer->node, answer->kind, (uint16_t)leaf))
            state_visit_leaf(state, answer->kind, (uint16_t)leaf, NULL, add_entry, answer);
}

void repair_bulk_get(struct node *node, size_t peer)
{
    const struct message_bulk_get *get = &node->in->bulk_get;
    const size_t credit = get->credit < BULK_CREDIT_MAX ? get->credit : BULK_CREDIT_MAX;
    size_t *sent = &node->peers[peer].bulk_frames;
    struct answer answer = {.node = node, .peer = peer, .kind = get->kind, .frames_left = credit};

    if (credit == 0 || !is_kind(get->kind) || !start_answer(node, get->number))
        return;
    if (credit > BULK_CREDIT_MAX - *sent) { /* whoever asks by and by needs no more in one turn */
        node->state.counters.frames_unsent++;
        return;
    }
    for (size_t i = 0; i < get->count && !answer.is_over; i++) {
        const struct message_range *range = &get->ranges[i];

        if (range->first > range->last || (i > 0 && range->first <= range[-1].last))
            break; /* each leaf once, in order */
        add_range(&answer, range);
    }
    send_entries(&answer, true);
    *sent += credit - answer.frames_left;
}
