/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the own clock is off from the cluster's.
 *
 * The reference is the median of the own wall clock and those in the peers' PINGs of the last 10 s;
 * with fewer than three clocks it is the own one (docs/DESIGN.md section 4). A node that was told
 * by the others and then hears them no more keeps their time by its monotonic clock: what is done
 * to its wall clock meanwhile does not matter.
 */
#include <stdlib.h>

#include "skew.h"

#define SKEW_CLOCKS_MIN 3 /* to tell which is wrong */
#define SKEW_REMEMBER_MS 604800000 /* the monotonic clock drifts less than CLOCK_SKEW_MS_MAX meanwhile */

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* The own clock first, then the peers'; returns how many. */
static size_t clocks_of(const struct node *node, const struct now *now,
                        int64_t clocks[PEERS_MAX + 1])
{
    size_t count = 0;

    clocks[count++] = now->wall_ms;
    for (size_t i = 0; i < node->peer_count; i++) {
        const struct node_peer *peer = &node->peers[i];

        if (peer->ping_ms != 0 && now->mono_ms - peer->ping_ms <= NODE_CLOCK_MS)
            clocks[count++] = peer->ping.wall_ms + (now->mono_ms - peer->ping_ms);
    }
    return count;
}

static int64_t median(int64_t *clocks, size_t count)
{
    qsort(clocks, count, sizeof(clocks[0]), compare);
    return clocks[count / 2];
}

static bool is_remembered(const struct node *node, const struct now *now)
{
    return node->ref_heard_ms != 0 && now->mono_ms - node->ref_heard_ms <= SKEW_REMEMBER_MS;
}

int64_t node_ref_ms(const struct node *node, const struct now *now)
{
    int64_t clocks[PEERS_MAX + 1];
    size_t count = clocks_of(node, now, clocks);

    if (count >= SKEW_CLOCKS_MIN)
        return median(clocks, count);
    return is_remembered(node, now) ? now->mono_ms + node->ref_base_ms : now->wall_ms;
}

void skew_listen(struct node *node, const struct now *now)
{
    int64_t clocks[PEERS_MAX + 1];
    size_t count = clocks_of(node, now, clocks);

    if (count < SKEW_CLOCKS_MIN)
        return;
    node->ref_base_ms = median(clocks, count) - now->mono_ms;
    node->ref_heard_ms = now->mono_ms;
}

bool node_clock_is_off(const struct node *node, const struct now *now, int64_t *off_ms)
{
    *off_ms = node_ref_ms(node, now) - now->wall_ms;
    /* The wall clock was ahead and went back: stamps and T would be of that other time. Peers may
     * be ahead of ref by CLOCK_SKEW_MS_MAX. */
    if (stamp_ms(node->state.hlc) - *off_ms - now->wall_ms > 2 * CLOCK_SKEW_MS_MAX)
        return true;
    return node->clock_held || *off_ms > CLOCK_SKEW_MS_MAX || *off_ms < -CLOCK_SKEW_MS_MAX;
}

void skew_settle(struct node *node, const struct now *now)
{
    int64_t clocks[PEERS_MAX + 1], off_ms;

    if (!node->clock_held)
        return;
    node->clock_held = false;
    if (stamp_ms(node->saved_hlc) <= now->wall_ms + CLOCK_SKEW_MS_MAX) {
        if (node->saved_hlc > node->state.hlc)
            node->state.hlc = node->saved_hlc;
    } else {
        node->clock_held =
            clocks_of(node, now, clocks) < SKEW_CLOCKS_MIN || node_clock_is_off(node, now, &off_ms);
    }
}
