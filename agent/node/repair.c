/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The side of repair that asks, see repair.h: descend, list, pull.
 */
#include "repair.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bulk.h"

#define REPAIR_TIMEOUT_MS 1500 /* a request lost with a dying link must not cost more than this */
/* After this another peer may have its turn: whoever answers without end must not keep it. */
#define REPAIR_DESCENT_MS 10000
/* Entries asked for in one PULL. */
#define REPAIR_PULL_MAX FRAME_ENTRIES_MAX
#define REPAIR_LEAF_GETS 8 /* asked at once: few round trips, and some 100 kB of answers */
#define REPAIR_WANTED_MAX 1048576

static uint32_t nodes_on(unsigned level)
{
    return (uint32_t)1 << (4 * level);
}

static bool is_leaf_level(const struct node_descent *descent)
{
    return descent->level == DIGEST_LEVELS - 1;
}

static void end(struct node *node, const struct now *now, bool answered)
{
    struct node_peer *peer = &node->peers[node->descent.peer];

    /* What brought something may well bring more, and no answer is no difference that was left. */
    if (node->descent.pulled)
        peer->descents = 0;
    else if (answered)
        peer->descents++;
    peer->descended_ms = now->mono_ms;
    node->descent.peer = NODE_PEER_NONE;
}

static void ask_tree(struct node *node)
{
    struct node_descent *descent = &node->descent;
    struct message_tree *tree = &node_message(node, MESSAGE_TREE_GET)->tree;

    tree->number = descent->number;
    tree->kind = descent->kind;
    tree->level = descent->level;
    for (tree->count = 0; tree->count < FRAME_NODES_MAX && descent->done < descent->count;)
        tree->indices[tree->count++] = descent->list[descent->done++];
}

static void ask_some_leaves(struct node *node, size_t count_max)
{
    struct node_descent *descent = &node->descent;
    struct message_leaf_get *get = &node_message(node, MESSAGE_LEAF_GET)->leaf_get;

    get->number = descent->number;
    get->kind = descent->kind;
    for (get->count = 0; get->count < count_max && descent->done < descent->count;)
        get->leaves[get->count++] = bulk_leaf(descent, descent->done++);
}

/* Several frames at once, but for the first: how much it lists tells if bulk is better. The last
 * one is left to be sent. */
static void ask_leaves(struct node *node)
{
    struct node_descent *descent = &node->descent;
    const size_t frames_max = descent->bulk.listed > 0 && !descent->bulk.on ? REPAIR_LEAF_GETS : 1;

    ask_some_leaves(node, descent->bulk.on ? 1 : FRAME_LEAVES_MAX); /* one that is too large */
    for (descent->pending = 1; descent->pending < frames_max && descent->done < descent->count;
         descent->pending++) {
        node_send(node, descent->peer);
        ask_some_leaves(node, FRAME_LEAVES_MAX);
    }
    descent->bulk.stuck = false;
}

static int by_leaf(const void *a, const void *b)
{
    const struct message_pair *x = a, *y = b;

    return (int)x->leaf - (int)y->leaf;
}

/* In the order of leaves, as the peer walks them: lists may have come in any order. */
static void ask_entries(struct node *node)
{
    struct node_descent *descent = &node->descent;
    struct message_pairs *pull = &node_message(node, MESSAGE_PULL)->pairs;

    pull->number = descent->number;
    pull->kind = descent->kind;
    pull->last = true;
    for (pull->count = 0;
         pull->count < REPAIR_PULL_MAX && descent->wanted_done < descent->wanted_count;)
        pull->pairs[pull->count++] = descent->wanted[descent->wanted_done++];
    qsort(pull->pairs, pull->count, sizeof(pull->pairs[0]), by_leaf);
}

/* Entries are asked for when one PULL is full or all leaves are listed: each answer is a commit
 * here, and what a commit costs hardly depends on how many entries it has. */
static bool is_pull_due(const struct node_descent *descent)
{
    size_t waiting = descent->wanted_count - descent->wanted_done;

    return waiting >= REPAIR_PULL_MAX ||
           (waiting > 0 && descent->done == descent->count); /* leaves: only those are listed */
}

static void go_down(struct node_descent *descent)
{
    uint32_t *list = descent->list;

    descent->list = descent->next;
    descent->count = descent->next_count;
    descent->next = list;
    descent->next_count = descent->done = 0;
    descent->level++;
}

/* Fewer entries than leaves. Those of the allowlist are many to a leaf, one of each owner. */
static bool is_sparse(const struct node *node)
{
    const struct state *state = &node->state;

    if (node->descent.kind == ENTRY_ALLOW)
        return false;
    if (node->descent.kind >= ENTRY_AUDIT)
        return state_chronicle(state, node->descent.kind)->count < DIGEST_LEAVES;
    return (node->descent.kind == ENTRY_STRIKE ? state->strike_count : state->table.count) <
           DIGEST_LEAVES;
}

/* Takes all that is below the nodes of this level for different. */
static void skip_level(struct node_descent *descent)
{
    for (size_t i = 0; i < descent->count; i++)
        for (uint32_t k = 0; k < DIGEST_FANOUT && descent->next_count < DIGEST_LEAVES; k++)
            descent->next[descent->next_count++] = descent->list[i] * DIGEST_FANOUT + k;
    go_down(descent);
}

/* Which of the 16 leaves below a node differ takes 264 bytes to tell; what they hold takes 10 bytes
 * an entry, and 32 to ask. */
static void descend(struct node *node)
{
    struct node_descent *descent = &node->descent;

    go_down(descent);
    if (descent->level == DIGEST_LEVELS - 2 && is_sparse(node))
        skip_level(descent);
}

/* The next request of the descent; true: it has ended. */
static bool advance(struct node *node, const struct now *now)
{
    struct node_descent *descent = &node->descent;

    descent->number = ++node->number;
    descent->asked_ms = now->mono_ms;
    if (descent->wanted_done == descent->wanted_count)
        descent->wanted_count = descent->wanted_done = 0;
    if (descent->done == descent->count && !is_leaf_level(descent))
        descend(node);
    if (is_pull_due(descent)) {
        ask_entries(node);
    } else if (descent->done == descent->count) {
        node->state.counters.repairs_finished++;
        end(node, now, true);
        return true;
    } else if (!is_leaf_level(descent)) {
        ask_tree(node);
    } else if (bulk_is_due(node)) {
        bulk_ask(node);
    } else {
        ask_leaves(node);
    }
    descent->asked = node->out->type;
    node_send(node, descent->peer);
    return false;
}

void repair_begin(struct node *node, const struct now *now, size_t peer, enum entry_kind kind)
{
    struct node_descent *descent = &node->descent;

    if (descent->list == NULL)
        descent->list = malloc(DIGEST_LEAVES * sizeof(*descent->list));
    if (descent->next == NULL)
        descent->next = malloc(DIGEST_LEAVES * sizeof(*descent->next));
    if (descent->list == NULL || descent->next == NULL) {
        node->state.counters.entries_memory++;
        return;
    }
    node->state.counters.repairs_started++;
    descent->peer = peer;
    descent->kind = (uint8_t)kind;
    descent->level = 0;
    descent->list[0] = 0;
    descent->count = 1;
    descent->done = descent->next_count = 0;
    descent->wanted_count = descent->wanted_done = 0;
    descent->begun_ms = now->mono_ms;
    descent->pulled = false;
    bulk_begin(node);
    (void)advance(node, now); /* a request is sent: the root always differs */
}

void repair_tick(struct node *node, const struct now *now)
{
    const bool silent = now->mono_ms - node->descent.asked_ms >= REPAIR_TIMEOUT_MS;

    if (node->descent.peer == NODE_PEER_NONE ||
        (!silent && now->mono_ms - node->descent.begun_ms < REPAIR_DESCENT_MS))
        return;
    if (silent && node->descent.asked == MESSAGE_BULK_GET)
        bulk_unanswered(node);
    node->state.counters.repairs_timed_out++;
    node->peers[node->descent.peer].fresh = true;
    end(node, now, !silent);
}

static bool is_awaited(const struct node *node, size_t peer, enum message_type asked,
                       uint64_t number, uint8_t kind)
{
    return node->descent.peer == peer && node->descent.asked == asked &&
           node->descent.number == number && node->descent.kind == kind;
}

/* A node that differs, unless the peer has nothing below it. */
static bool is_fetchable(const struct hash128 *ours, const struct message_hash *theirs)
{
    return (theirs->lane[0] != 0 || theirs->lane[1] != 0) &&
           (ours->lane[0] != theirs->lane[0] || ours->lane[1] != theirs->lane[1]);
}

bool repair_tree(struct node *node, const struct now *now, size_t peer)
{
    struct node_descent *descent = &node->descent;
    const struct message_tree *tree = &node->in->tree;

    if (!is_awaited(node, peer, MESSAGE_TREE_GET, tree->number, tree->kind) ||
        tree->level != descent->level)
        return false;
    for (size_t i = 0; i < tree->count; i++) {
        const struct message_tree_node *theirs = &tree->nodes[i];
        const struct hash128 *ours;

        if (theirs->index >= nodes_on(descent->level))
            continue;
        ours =
            digest_children(&node->state.digests[descent->kind - 1], descent->level, theirs->index);
        for (uint32_t k = 0; k < DIGEST_FANOUT && descent->next_count < DIGEST_LEAVES; k++)
            if (is_fetchable(&ours[k], &theirs->children[k]))
                descent->next[descent->next_count++] = theirs->index * DIGEST_FANOUT + k;
    }
    return advance(node, now);
}

struct present {
    const struct message_pair *pairs;
    bool *have;
    size_t count;
    size_t next; /* behind the last one found: peers list a leaf in the order in which it is held */
};

/* Wants none of them. */
static bool note_held(void *context, uint64_t hash)
{
    struct present *held = context;

    for (size_t n = 0; n < held->count; n++) {
        size_t i = (held->next + n) % held->count;

        if (held->pairs[i].hash != hash)
            continue;
        held->have[i] = true;
        held->next = i + 1;
        break;
    }
    return false;
}

static void want(struct node_descent *descent, const struct message_pair *pair)
{
    if (descent->wanted_count == descent->wanted_room) {
        size_t room = descent->wanted_room == 0 ? 1024 : descent->wanted_room * 2;
        struct message_pair *wanted;

        if (room > REPAIR_WANTED_MAX)
            return; /* the next descent finds the rest */
        wanted = realloc(descent->wanted, room * sizeof(*wanted));
        if (wanted == NULL)
            return;
        descent->wanted = wanted;
        descent->wanted_room = room;
    }
    descent->wanted[descent->wanted_count++] = *pair;
}

bool repair_leaf(struct node *node, const struct now *now, size_t peer)
{
    struct node_descent *descent = &node->descent;
    const struct message_pairs *leaf = &node->in->pairs;
    static_assert(FRAME_PAIRS_MAX <= 8192, "fits the stack");
    bool have[FRAME_PAIRS_MAX] = {false};
    size_t missing = 0;

    if (!is_awaited(node, peer, MESSAGE_LEAF_GET, leaf->number, leaf->kind))
        return false;
    for (size_t i = 0, next; i < leaf->count; i = next) {
        struct present held = {.pairs = &leaf->pairs[i], .have = &have[i]};

        if (i > 0 && leaf->pairs[i].leaf < leaf->pairs[i - 1].leaf)
            break; /* each leaf once, in order; the rest is asked for in vain */
        for (next = i; next < leaf->count && leaf->pairs[next].leaf == leaf->pairs[i].leaf; next++)
            held.count++;
        state_visit_leaf(&node->state, descent->kind, leaf->pairs[i].leaf, note_held, NULL, &held);
    }
    for (size_t i = 0; i < leaf->count; i++) {
        missing += !have[i];
        if (!have[i])
            want(descent, &leaf->pairs[i]);
    }
    bulk_listed(node, leaf->count, missing);
    descent->asked_ms = now->mono_ms;
    return leaf->last && --descent->pending == 0 && advance(node, now);
}

bool repair_pushed(struct node *node, const struct now *now, size_t peer, size_t changed)
{
    struct node_descent *descent = &node->descent;
    const struct quota_rate rate = node_quota_rate(node, descent->kind);
    bool last = node->in->push.last;

    node->state.counters.repair_entries += changed;
    if (descent->peer != peer || descent->number != node->in->push.answer ||
        (descent->asked != MESSAGE_PULL && descent->asked != MESSAGE_BULK_GET))
        return false;
    descent->asked_ms = now->mono_ms;
    descent->pulled |= changed > 0;
    if (!quota_has(node_quota(node, peer, descent->kind), &rate, now->mono_ms)) {
        end(node, now, true); /* the rest is for a later descent, when tokens came back */
        return false;
    }
    if (descent->asked == MESSAGE_BULK_GET)
        last = bulk_pushed(node);
    return last && advance(node, now);
}

void repair_close(struct node *node)
{
    free(node->descent.list);
    free(node->descent.next);
    free(node->descent.wanted);
    free(node->descent.answer);
    node->descent = (struct node_descent){.peer = NODE_PEER_NONE};
}
