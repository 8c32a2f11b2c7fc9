/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is there: HELLO until answered, then a PING every second; clocks, clones and refusals.
 */
#ifndef BANSYNC_NODE_HELLO_H
#define BANSYNC_NODE_HELLO_H

#include "parts.h"

/* The second that a PING sent now names: two before that of the reference clock. Strikes of this
 * second and the one before are thus left out of the compared root, as they may still be on their
 * way, and those of the next two, for clocks that differ. */
int64_t hello_second(const struct node *node, const struct now *now);

/* Sends HELLO to silent peers and PING to the others, once a second. */
void hello_tick(struct node *node, const struct now *now);

/* Takes a HELLO, PING or NACK (node->in). */
void hello_receive(struct node *node, const struct now *now, size_t peer);
void hello_ping(struct node *node, const struct now *now, size_t peer);
void hello_nack(struct node *node, const struct now *now, size_t peer);

/* Sends one PING; answer: the ask it answers, or 0; ask: not 0 to be answered at once. */
void hello_send_ping(struct node *node, const struct now *now, size_t peer, uint64_t ask,
                     uint64_t answer);

/* Tells a peer why something of it was refused, at most once a second. */
void hello_send_nack(struct node *node, const struct now *now, size_t peer,
                     enum message_nack reason, const char *detail);

#endif
