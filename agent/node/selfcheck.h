/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-check: walks the own state for damage, all of it in 256 s, and has what is damaged loaded
 * again (docs/DESIGN.md section 5). Its door is node_check in node.h.
 */
#ifndef BANSYNC_NODE_SELFCHECK_H
#define BANSYNC_NODE_SELFCHECK_H

#include "parts.h"

/* Draws the map anew and walks everything at once, in slices. */
void selfcheck_hurry(struct node *node);

#endif
