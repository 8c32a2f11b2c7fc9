/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame from a peer comes in: is it ours to read, and who reads it?
 *
 * Who sent it is known from the transport alone; nothing in a frame can claim to be somebody else.
 */
#include <assert.h>

#include "batch.h"
#include "compare.h"
#include "feed.h"
#include "hello.h"
#include "node.h"
#include "push.h"
#include "repair.h"
#include "verify.h"

/* Bytes that do not decode, another version, another cluster: counted, remembered for status, told
 * to the peer. */
static void refuse(struct node *node, const struct now *now, size_t peer, enum message_nack reason,
                   const char *detail)
{
    node->peers[peer].refused = (uint8_t)reason;
    hello_send_nack(node, now, peer, reason, detail);
}

static void dispatch(struct node *node, const struct now *now, size_t peer)
{
    size_t changed;
    bool ended = false; /* a descent */

    switch ((enum message_type)node->in->type) {
    case MESSAGE_HELLO:
        hello_receive(node, now, peer);
        break;
    case MESSAGE_PING:
        hello_ping(node, now, peer);
        if (node->in->ping.answer != 0)
            verify_ping(node, now, peer);
        compare_ping(node, now, peer);
        break;
    case MESSAGE_PUSH:
        changed = push_receive(node, now, peer);
        if (node->in->push.answer != 0)
            ended = repair_pushed(node, now, peer, changed);
        break;
    case MESSAGE_ACK:
        batch_ack(node, peer);
        break;
    case MESSAGE_TREE_GET:
        repair_tree_get(node, peer);
        break;
    case MESSAGE_TREE:
        ended = repair_tree(node, now, peer);
        break;
    case MESSAGE_LEAF_GET:
        repair_leaf_get(node, peer);
        break;
    case MESSAGE_LEAF:
        ended = repair_leaf(node, now, peer);
        break;
    case MESSAGE_PULL:
        repair_pull(node, peer);
        break;
    case MESSAGE_BULK_GET:
        repair_bulk_get(node, peer);
        break;
    case MESSAGE_NACK:
        hello_nack(node, now, peer);
        break;
    case MESSAGE_MAP_GET:
        verify_map_get(node, peer);
        break;
    case MESSAGE_MAP:
        verify_map(node, peer);
        break;
    }
    if (ended)
        compare_next(node, now, peer, node->descent.kind);
}

void node_frame(struct node *node, const struct now *now, size_t peer, const uint8_t *bytes,
                size_t size)
{
    struct counters *counters = &node->state.counters;
    struct event clock = {.type = EVENT_CLOCK};
    enum message_status status;

    assert(peer < node->peer_count);
    node->peers[peer].bytes_received += size;
    node->peers[peer].frames_received++;
    counters->frames_received++;
    counters->bytes_received += size;
    status = message_decode(bytes, size, node->in);
    if (status == MESSAGE_MALFORMED) {
        counters->frames_malformed++;
        node_blame(node, now, peer, NACK_MALFORMED, "frames that do not decode");
        refuse(node, now, peer, NACK_MALFORMED, "frame does not decode");
    } else if (status == MESSAGE_OTHER_VERSION) {
        counters->frames_version++;
        refuse(node, now, peer, NACK_VERSION, "protocol version not spoken here");
    } else if (node->in->cluster != node->cluster && node->in->type != MESSAGE_NACK) {
        counters->frames_cluster++;
        refuse(node, now, peer, NACK_CLUSTER, "cluster name differs");
    } else if (status == MESSAGE_UNKNOWN) {
        counters->frames_unknown++;
    } else {
        if (node->in->type != MESSAGE_NACK) {
            node->peers[peer].refused = 0;
            node->peers[peer].seen_ms = now->mono_ms;
            clock.hlc = node->in->hlc;
            if (node_step(node, now, &clock) == STEP_CLOCK) {
                node_blame(node, now, peer, NACK_CLOCK, "the time of its frames, over 60 s ahead");
                hello_send_nack(node, now, peer, NACK_CLOCK, "clock is over 60 s ahead");
            }
        }
        dispatch(node, now, peer);
    }
}
