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

#include "hello.h"

#define PUSH_AGAIN_MS 250
/* Room for the header and the list of nodes beside the entries. */
#define PUSH_ENTRY_BYTES_MAX (FRAME_BYTES_MAX - 8192)

static void begin(struct node *node)
{
    struct message_push *push = &node_message(node, MESSAGE_PUSH)->push;

    push->ack = push->answer = 0;
    push->last = false;
    push->sent_to_count = push->entry_count = 0;
}

static void lost(struct node *node, const struct now *now, size_t peer)
{
    if (!node_peer_is_up(&node->peers[peer], now))
        node->peers[peer].fresh = true;
}

/* Sends node->out to every live peer that is not in skip (skip may be NULL). */
static void broadcast(struct node *node, const struct now *now, const bool *skip)
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

    begin(node);
    for (size_t i = first; i < node->effects.count; i++) {
        const struct effect *effect = &node->effects.list[i];

        if (effect->type != type)
            continue;
        if (push->entry_count == FRAME_ENTRIES_MAX ||
            bytes + effect->body_size > PUSH_ENTRY_BYTES_MAX) {
            broadcast(node, now, skip);
            begin(node);
            bytes = 0;
        }
        push->entries[push->entry_count++] = (struct message_entry){
            effect->kind, effect_body(&node->effects, effect), effect->body_size};
        bytes += effect->body_size + 8;
    }
    broadcast(node, now, skip);
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

static void complain(struct node *node, const struct now *now, size_t peer, enum step_result result)
{
    if (result == STEP_CLOCK)
        hello_send_nack(node, now, peer, NACK_CLOCK,
                        "entries over 60 s in the future were skipped");
    else if (result == STEP_MEMORY)
        hello_send_nack(node, now, peer, NACK_MEMORY, "entries were refused for lack of room");
    else if (result == STEP_MALFORMED)
        hello_send_nack(node, now, peer, NACK_MALFORMED, "entries that do not decode were skipped");
}

size_t push_receive(struct node *node, const struct now *now, size_t peer)
{
    const struct message_push *push = &node->in->push;
    size_t first = node->effects.count;
    bool told[PEERS_MAX];

    for (size_t i = 0; i < push->entry_count; i++) {
        struct event event = {.type = EVENT_ENTRY,
                              .kind = push->entries[i].kind,
                              .bytes = push->entries[i].bytes,
                              .size = push->entries[i].size};

        complain(node, now, peer, node_step(node, now, &event));
    }
    if (push->answer == 0) { /* what repair fetched, the others find by their own repair */
        mark_told(node, push, peer, told);
        send_effects(node, now, EFFECT_FORWARD, first, told);
    }
    if (push->ack != 0) {
        node_message(node, MESSAGE_ACK)->ack = push->ack;
        node_send(node, now, peer);
    }
    return push->entry_count;
}

static struct node_wait *add_wait(struct node *node)
{
    if (node->wait_count == node->wait_room) {
        size_t room = node->wait_room == 0 ? 16 : node->wait_room * 2;
        struct node_wait *waits = realloc(node->waits, room * sizeof(*waits));

        if (waits == NULL)
            return NULL;
        node->waits = waits;
        node->wait_room = room;
    }
    return &node->waits[node->wait_count++];
}

void push_wait(struct node *node, const struct now *now, const struct effect *done,
               const struct effect *entry)
{
    struct node_wait *wait = add_wait(node);
    struct message_push *push = &node->out->push;

    if (wait == NULL)
        return;
    *wait = (struct node_wait){.request = done->request,
                               .outcome = done->outcome,
                               .addr = done->addr,
                               .started_ms = now->mono_ms,
                               .pushed_ms = now->mono_ms};
    if (entry == NULL)
        return;
    begin(node);
    push->ack = done->request;
    push->entries[push->entry_count++] =
        (struct message_entry){entry->kind, effect_body(&node->effects, entry), entry->body_size};
    broadcast(node, now, NULL);
    if (message_encode(node->out, &wait->frame, &wait->frame_size) != 0)
        wait->frame = NULL;
}

void push_ack(struct node *node, size_t peer)
{
    for (size_t i = 0; i < node->wait_count; i++)
        if (node->waits[i].request == node->in->ack)
            node->waits[i].confirmed[peer] = true;
}

void push_tick(struct node *node, const struct now *now)
{
    for (size_t i = 0; i < node->wait_count; i++) {
        struct node_wait *wait = &node->waits[i];

        if (wait->frame == NULL || now->mono_ms - wait->pushed_ms < PUSH_AGAIN_MS)
            continue;
        wait->pushed_ms = now->mono_ms;
        for (size_t k = 0; k < node->peer_count; k++)
            if (!wait->confirmed[k] && node_peer_is_up(&node->peers[k], now))
                node_send_bytes(node, k, wait->frame, wait->frame_size);
    }
}

static bool is_over(const struct node *node, const struct node_wait *wait, const struct now *now)
{
    if (wait->frame == NULL || now->mono_ms - wait->started_ms >= COMMAND_WAIT_MS)
        return true;
    for (size_t i = 0; i < node->peer_count; i++)
        if (!wait->confirmed[i] && node_peer_is_up(&node->peers[i], now))
            return false;
    return true;
}

bool node_take_done(struct node *node, const struct now *now, struct node_done *done)
{
    for (size_t i = 0; i < node->wait_count; i++) {
        struct node_wait *wait = &node->waits[i];

        if (!is_over(node, wait, now))
            continue;
        *done = (struct node_done){.request = wait->request,
                                   .outcome = wait->outcome,
                                   .addr = wait->addr,
                                   .took_ms = now->mono_ms - wait->started_ms,
                                   .confirmed = 1};
        for (size_t k = 0; k < node->peer_count; k++) {
            done->confirmed += wait->confirmed[k];
            done->missing[k] = !wait->confirmed[k];
        }
        free(wait->frame);
        *wait = node->waits[--node->wait_count];
        return true;
    }
    return false;
}
