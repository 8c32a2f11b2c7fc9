/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling others at once: entries of our own to all connected peers, new entries of a peer to those
 * it did not reach.
 */
#ifndef BANSYNC_NODE_PUSH_H
#define BANSYNC_NODE_PUSH_H

#include "node.h"

/* Queues frames for the PUSH effects not looked at yet. */
void push_own(struct node *node, const struct now *now);

/* Takes a PUSH (node->in): merges its entries, forwards what was new, acknowledges. Returns the
 * number of entries. */
size_t push_receive(struct node *node, const struct now *now, size_t peer);

/* Waiting commands: registered by EFFECT_DONE, pushed again every 250 ms, ended by ACKs or time. */
void push_wait(struct node *node, const struct now *now, const struct effect *done,
               const struct effect *entry);
void push_ack(struct node *node, size_t peer);
void push_tick(struct node *node, const struct now *now);

#endif
