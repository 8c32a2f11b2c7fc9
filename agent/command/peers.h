/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of a peer.
 */
#ifndef BANSYNC_PEERS_H
#define BANSYNC_PEERS_H

#include "reply.h"

/* This node has just started, and has not seen the peer yet: that is no fault so far. */
bool peer_is_linking(const struct agent *agent, const struct node_peer *peer);

/* "up", "down", "linking" or "refused". */
const char *peer_state(const struct agent *agent, const struct node_peer *peer);

#define PEER_DETAIL_SIZE 1024

/* Writes what is wrong with the peer; false if nothing is. */
bool peer_detail(const struct agent *agent, const struct node_peer *peer, char *out, size_t size);

/* name, state, last_seen_ms. */
void peer_reply_seen(const struct agent *agent, struct json *item, const struct node_peer *peer);

/* The same, and same, detail. */
void peer_reply(struct agent *agent, struct json *item, const struct node_peer *peer);

#endif
