/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The side of bulk transfer that asks: a descent that lacks most of what it finds asks for all that
 * the leaves left hold, without listing it first.
 *
 * An answer has a few frames at most, its credit; the next request goes on with the leaf at which
 * it ended. A leaf that one answer cannot hold is listed and pulled instead, so each request leaves
 * fewer leaves to ask for, whatever the peer answers (docs/DESIGN.md section 5).
 */
#ifndef BANSYNC_NODE_BULK_H
#define BANSYNC_NODE_BULK_H

#include "parts.h"

/* A descent begins: where nothing of its kind is held here it is over all leaves, at once. */
void bulk_begin(struct node *node);

/* The leaf at that place of the descent's list, which is at leaf level. */
uint16_t bulk_leaf(const struct node_descent *descent, size_t index);

/* A LEAF listed so many pairs, of which so many are missing here. */
void bulk_listed(struct node *node, size_t listed, size_t missing);

/* True if the next leaves are to be asked for in bulk; some must be left. */
bool bulk_is_due(const struct node *node);

/* Fills a BULK_GET into node->out and remembers what it asks for. */
void bulk_ask(struct node *node);

/* Takes a frame of the answer (node->in). True if it was the last: the leaves that are complete are
 * done. */
bool bulk_pushed(struct node *node);

/* The request under way was not answered in time. */
void bulk_unanswered(struct node *node);

#endif
