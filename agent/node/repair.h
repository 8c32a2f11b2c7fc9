/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching what a peer has and we do not: descend the tree where they differ, list the leaves, pull
 * the entries; or leave the listing out, see bulk.h. Pull only, one descent at a time
 * (docs/DESIGN.md section 5).
 */
#ifndef BANSYNC_NODE_REPAIR_H
#define BANSYNC_NODE_REPAIR_H

#include "parts.h"

/* Starts a descent; none may be under way. */
void repair_begin(struct node *node, const struct now *now, size_t peer, enum entry_kind kind);

/* Gives up a descent that is not answered. */
void repair_tick(struct node *node, const struct now *now);

/* Requests of a peer: answered from the state. */
void repair_tree_get(struct node *node, size_t peer);
void repair_leaf_get(struct node *node, size_t peer);
void repair_pull(struct node *node, size_t peer);
void repair_bulk_get(struct node *node, size_t peer);

/* Answers to our requests; true: the descent has ended with it. changed: entries of the frame that
 * were new here. A descent that meets the end of the peer's quota is cut off; a later one brings
 * what there are tokens for by then. Those that bring nothing are made ever rarer by compare.h. */
bool repair_tree(struct node *node, const struct now *now, size_t peer);
bool repair_leaf(struct node *node, const struct now *now, size_t peer);
bool repair_pushed(struct node *node, const struct now *now, size_t peer, size_t changed);

void repair_close(struct node *node);

#endif
