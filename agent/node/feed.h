/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeding the core: every event gets the node's own time and the cluster's.
 */
#ifndef BANSYNC_NODE_FEED_H
#define BANSYNC_NODE_FEED_H

#include "parts.h"

/* Feeds one event; its effects are appended to node->effects. */
enum step_result node_step(struct node *node, const struct now *now, struct event *event);

#endif
