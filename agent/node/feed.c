/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeding the core, see feed.h.
 */
#include "feed.h"

#include "skew.h"

enum step_result node_step(struct node *node, const struct now *now, struct event *event)
{
    struct node_ref *ref = &node->ref;

    /* The clocks are sorted once a turn, not for each of its entries. */
    if (ref->now.mono_ms != now->mono_ms || ref->now.wall_ms != now->wall_ms)
        *ref = (struct node_ref){*now, node_ref_ms(node, now)};
    event->wall_ms = now->wall_ms;
    event->ref_ms = ref->ms;
    return step(&node->state, event, &node->effects);
}
