/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allow entries that this node owns: leases, taken from its configuration and addresses.
 *
 * A lease is published anew once a day and ends 7 d after its last renewal, so what a lost node
 * allowed does not stay for ever (docs/DESIGN.md section 4). Peers may still hold an own entry that
 * this node has forgotten, with its database for instance: when it comes back, it is looked at
 * again.
 */
#include <stdlib.h>

#include "feed.h"
#include "node.h"
#include "skew.h"

static void publish(struct node *node, const struct now *now, const struct addr *addr, bool on,
                    const char *reason)
{
    struct event event = {.type = EVENT_ALLOW, .addr = *addr, .on = on, .reason = reason};

    event.until_ms = on ? policy_roundup(policy_add(now->wall_ms, ALLOW_LEASE_MS)) : 0;
    node_step(node, now, &event);
}

static bool is_listed(const struct addr *list, size_t count, const struct addr *addr)
{
    for (size_t i = 0; i < count; i++)
        if (addr_compare(&list[i], addr) == 0)
            return true;
    return false;
}

/* One that ends later than any that this node publishes is not its own word: it would never be
 * renewed, and yet be garbage in the end. */
static bool is_fresh(const struct allow *allow, const struct now *now)
{
    return allow != NULL && allow->on &&
           allow->until_ms > policy_add(now->wall_ms, ALLOW_LEASE_MS - ALLOW_RENEW_MS) &&
           allow->until_ms <=
               policy_add(now->wall_ms, ALLOW_LEASE_MS + CLOCK_SKEW_MS_MAX + TICK_MS);
}

void node_allow(struct node *node, const struct now *now, const struct addr *list, size_t count,
                const char *reason)
{
    const struct allows *allows = &node->state.allows;
    int64_t off_ms;

    node->leases_due = node_clock_is_off(node, now, &off_ms);
    if (node->leases_due)
        return;
    for (size_t i = 0; i < allows->count; i++) {
        struct addr addr = allows->list[i].addr;

        if (allows->list[i].owner == node->state.node && allows->list[i].on &&
            !is_listed(list, count, &addr))
            publish(node, now, &addr, false, reason);
    }
    for (size_t i = 0; i < count; i++)
        if (!is_fresh(allows_find(allows, &list[i], node->state.node), now))
            publish(node, now, &list[i], true, reason);
}

bool node_wants_allow(const struct node *node)
{
    return node->leases_due;
}
