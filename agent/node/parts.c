/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services that the parts of a node share, see parts.h.
 */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

static bool is_heard(const struct node_peer *peer, const struct now *now)
{
    return now->mono_ms - peer->seen_ms <= NODE_DEAD_MS; /* a HELLO of it was seen */
}

const struct node_peer *node_peer_of(const struct node *node, uint64_t id)
{
    for (size_t i = 0; i < node->peer_count; i++)
        if (node->peers[i].id == id)
            return &node->peers[i];
    return NULL;
}

bool node_peer_is_up(const struct node_peer *peer, const struct now *now)
{
    return peer->greeted && peer->refused == 0 && peer->unheard < NODE_UNHEARD_MAX &&
           is_heard(peer, now);
}

bool node_peer_is_deaf(const struct node_peer *peer, const struct now *now)
{
    return peer->unheard >= NODE_UNHEARD_MAX && is_heard(peer, now);
}

struct message *node_message(struct node *node, enum message_type type)
{
    struct message *message = node->out;

    message->version = MESSAGE_VERSION;
    message->type = (uint8_t)type;
    message->cluster = node->cluster;
    message->hlc = node->state.hlc;
    return message;
}

void node_send(struct node *node, size_t peer)
{
    uint8_t *bytes;
    size_t size;

    if (message_encode(node->out, &bytes, &size) != 0) {
        node->state.counters.entries_memory++;
        return;
    }
    node_send_bytes(node, peer, bytes, size);
    free(bytes);
}

void node_send_bytes(struct node *node, size_t peer, const uint8_t *bytes, size_t size)
{
    struct node_frame frame = {.peer = peer, .size = size, .bytes = malloc(size)};

    if (size > NODE_TURN_BYTES_MAX - node->peers[peer].queued_bytes) {
        free(frame.bytes);
        node->state.counters.frames_unsent++;
        node->peers[peer].fresh = true;
        return;
    }
    if (node->frame_count == node->frame_room) {
        size_t room = node->frame_room == 0 ? 64 : node->frame_room * 2;
        struct node_frame *frames = realloc(node->frames, room * sizeof(*frames));

        if (frames != NULL) {
            node->frames = frames;
            node->frame_room = room;
        }
    }
    if (frame.bytes == NULL || node->frame_count == node->frame_room) {
        free(frame.bytes);
        node->state.counters.frames_unsent++;
        return;
    }
    memcpy(frame.bytes, bytes, size);
    node->peers[peer].queued_bytes += size;
    node->frames[node->frame_count++] = frame;
}

void node_blame(struct node *node, const struct now *now, size_t peer, enum message_nack reason,
                const char *what)
{
    node->peers[peer].fault = what;
    node->peers[peer].faults++;
    node->peers[peer].fault_ms = now->mono_ms;
    node->peers[peer].fault_reason = (uint8_t)reason;
}

struct quota_rate node_quota_rate(const struct node *node, uint8_t kind)
{
    struct quota_rate rate = node->quota_rate;

    if (kind != ENTRY_AUDIT)
        return rate;
    if (rate.burst > AUDIT_MAX)
        rate.burst = AUDIT_MAX;
    if (rate.per_s > AUDIT_QUOTA_PER_S)
        rate.per_s = AUDIT_QUOTA_PER_S;
    return rate;
}

struct quota *node_quota(struct node *node, size_t peer, uint8_t kind)
{
    return &node->peers[peer].quotas[kind <= MESSAGE_KINDS ? kind : 0];
}
