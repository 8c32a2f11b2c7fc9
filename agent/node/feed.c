/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeding the core, see feed.h.
 */
#include "feed.h"

#include "skew.h"

enum step_result node_step(struct node *node, const struct now *now, struct event *event)
{
    event->wall_ms = now->wall_ms;
    event->ref_ms = node_ref_ms(node, now);
    return step(&node->state, event, &node->effects);
}
