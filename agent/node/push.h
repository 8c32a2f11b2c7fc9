/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling others at once: entries of our own to all connected peers, new entries of a peer to those
 * it did not reach.
 */
#ifndef BANSYNC_NODE_PUSH_H
#define BANSYNC_NODE_PUSH_H

#include "parts.h"

/* Queues frames for the PUSH effects not looked at yet. */
void push_own(struct node *node, const struct now *now);

/* Takes a PUSH (node->in): merges its entries, forwards what was new, acknowledges. Returns the
 * number of those that were new. */
size_t push_receive(struct node *node, const struct now *now, size_t peer);

/* For batch.c: starts a PUSH in node->out; sends it to every live peer that is not in skip (may be
 * NULL). */
struct message_push *push_begin(struct node *node);
void push_broadcast(struct node *node, const struct now *now, const bool *skip);

/* Room for entries in one frame, beside its header and the list of nodes. */
#define PUSH_ENTRY_BYTES_MAX (FRAME_BYTES_MAX - 8192)

#endif
