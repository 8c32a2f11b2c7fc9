/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operator commands between their commit here and their confirmation by the other nodes.
 *
 * The commands of one turn travel in one frame with one number, which each peer acknowledges after
 * its own commit.
 */
#ifndef BANSYNC_NODE_BATCH_H
#define BANSYNC_NODE_BATCH_H

#include "parts.h"

/* Pushes the PUSH effects from first on and registers the commands (DONE) among them. Above
 * BATCHES_MAX waiting frames the oldest is no longer waited for. */
void batch_collect(struct node *node, const struct now *now, size_t first);

/* Takes an ACK (node->in). */
void batch_ack(struct node *node, size_t peer);

/* Pushes again what was not acknowledged, every 250 ms. */
void batch_tick(struct node *node, const struct now *now);

/* The next command that ended; false if none has. */
bool batch_take(struct node *node, const struct now *now, struct node_done *done);

void batch_close(struct node *node);

#endif
