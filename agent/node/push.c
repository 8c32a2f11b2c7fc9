/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling others at once, see push.h.
 *
 * A frame names the nodes it was sent to, so that a receiver sends what was new to it on to the
 * others only: nothing in a full mesh, milliseconds through hubs, rings and around dead links.
 */
#include "push.h"

#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "hello.h"

struct message_push *push_begin(struct node *node)
{
    struct message_push *push = &node_message(node, MESSAGE_PUSH)->push;

    push->ack = push->answer = 0;
    push->last = false;
    push->sent_to_count = push->entry_count = 0;
    return push;
}

static void lost(struct node *node, const struct now *now, size_t peer)
{
    if (!node_peer_is_up(&node->peers[peer], now))
        node->peers[peer].fresh = true;
}

void push_broadcast(struct node *node, const struct now *now, const bool *skip)
{
    struct message_push *push = &node->out->push;
    uint8_t *bytes;
    size_t size;

    if (push->entry_count == 0)
        return;
    push->sent_to[push->sent_to_count++] = node->state.node;
    for (size_t i = 0; i < node->peer_count; i++)
        if ((skip != NULL && skip[i]) || node_peer_is_up(&node->peers[i], now))
            push->sent_to[push->sent_to_count++] = node->peers[i].id;
    if (message_encode(node->out, &bytes, &size) != 0) {
        node->state.counters.entries_memory++;
        return;
    }
    for (size_t i = 0; i < node->peer_count; i++) {
        if (skip != NULL && skip[i])
            continue;
        if (node_peer_is_up(&node->peers[i], now))
            node_send_bytes(node, i, bytes, size);
        lost(node, now, i);
    }
    free(bytes);
}

/* Broadcasts the effects of one type from first on, in frames as large as allowed. */
static void send_effects(struct node *node, const struct now *now, enum effect_type type,
                         size_t first, const bool *skip)
{
    struct message_push *push = &node->out->push;
    size_t bytes = 0;

    push_begin(node);
    for (size_t i = first; i < node->effects.count; i++) {
        const struct effect *effect = &node->effects.list[i];

        if (effect->type != type)
            continue;
        if (push->entry_count == FRAME_ENTRIES_MAX ||
            bytes + effect->body_size > PUSH_ENTRY_BYTES_MAX) {
            push_broadcast(node, now, skip);
            push_begin(node);
            bytes = 0;
        }
        push->entries[push->entry_count++] = (struct message_entry){
            effect->kind, effect_body(&node->effects, effect), effect->body_size};
        bytes += effect->body_size + 8;
    }
    push_broadcast(node, now, skip);
}

void push_own(struct node *node, const struct now *now)
{
    send_effects(node, now, EFFECT_PUSH, node->effects_pushed, NULL);
    node->effects_pushed = node->effects.count;
}

/* Peers that the frame reached already. */
static void mark_told(const struct node *node, const struct message_push *push, size_t from,
                      bool told[PEERS_MAX])
{
    memset(told, 0, PEERS_MAX * sizeof(told[0]));
    told[from] = true;
    for (size_t i = 0; i < node->peer_count; i++)
        for (size_t k = 0; k < push->sent_to_count; k++)
            told[i] |= node->peers[i].id == push->sent_to[k];
}

/* An entry was not taken: remembered for status, told to the peer. */
static void refuse(struct node *node, const struct now *now, size_t peer, enum message_nack reason,
                   const char *what, const char *detail)
{
    node_blame(node, now, peer, reason, what);
    hello_send_nack(node, now, peer, reason, detail);
}

static void complain(struct node *node, const struct now *now, size_t peer, enum step_result result)
{
    if (result == STEP_CLOCK)
        refuse(node, now, peer, NACK_CLOCK, "entries over 60 s in the future",
               "entries over 60 s in the future were skipped");
    else if (result == STEP_MEMORY)
        refuse(node, now, peer, NACK_MEMORY, "entries for which there was no room",
               "entries were refused for lack of room");
    else if (result == STEP_MALFORMED)
        refuse(node, now, peer, NACK_MALFORMED, "entries that do not decode",
               "entries that do not decode were skipped");
}

/* Merges one entry. Without a token it is not even looked at: whether it brings something new is
 * known only once it is merged. */
static enum step_result take(struct node *node, const struct now *now, size_t peer,
                             const struct message_entry *entry)
{
    struct event event = {
        .type = EVENT_ENTRY, .kind = entry->kind, .bytes = entry->bytes, .size = entry->size};
    struct quota *quota = node_quota(node, peer, entry->kind);
    const struct quota_rate rate = node_quota_rate(node, entry->kind);
    enum step_result result;

    if (!quota_has(quota, &rate, now->mono_ms)) {
        node->state.counters.entries_quota++;
        refuse(node, now, peer, NACK_QUOTA, "entries beyond its quota",
               "entries beyond the quota were refused for now");
        return STEP_MEMORY;
    }
    result = node_step(node, now, &event);
    if (result == STEP_CHANGED)
        quota_spend(quota, entry->size);
    node->leases_due |= result == STEP_CHANGED && entry->kind == ENTRY_ALLOW;
    complain(node, now, peer, result);
    return result;
}

size_t push_receive(struct node *node, const struct now *now, size_t peer)
{
    const struct message_push *push = &node->in->push;
    size_t first = node->effects.count, changed = 0, before;
    bool told[PEERS_MAX], taken = true;

    for (size_t i = 0; i < push->entry_count; i++) {
        enum step_result result = take(node, now, peer, &push->entries[i]);

        changed += result == STEP_CHANGED;
        taken &= result == STEP_SAME || result == STEP_CHANGED;
    }
    if (push->answer == 0) { /* what repair fetched, the others find by their own repair */
        mark_told(node, push, peer, told);
        send_effects(node, now, EFFECT_FORWARD, first, told);
    }
    if (push->ack != 0 && taken) { /* what was refused is not in force here */
        before = node->frame_count;
        node_message(node, MESSAGE_ACK)->ack = push->ack;
        node_send(node, peer);
        if (node->frame_count > before)
            node->frames[before].is_ack = true;
    }
    return changed;
}
