/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeding the core, see feed.h.
 */
#include "feed.h"

#include "skew.h"

enum step_result node_step(struct node *node, const struct now *now, struct event *event)
{
    /* Kept for the rest of the turn: the clocks are not compared anew for each of its entries. */
    node->ref = (struct node_ref){*now, node_ref_ms(node, now)};
    event->wall_ms = now->wall_ms;
    event->ref_ms = node->ref.ms;
    return step(&node->state, event, &node->effects);
}
