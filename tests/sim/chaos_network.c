/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trouble of the network, see chaos.h.
 */
#include "chaos.h"

#include <string.h>

#include "host.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

/* A few links of a mesh of hosts go one way only, for good: the others connect all. */
static bool is_one_way(const struct sim *sim, size_t from, size_t to)
{
    return sim->plan.one_way && from > to && (from + to) % 3 == 0 && to > 0;
}

void chaos_connect(struct sim *sim)
{
    for (size_t i = 0; i < sim->host_count; i++)
        for (size_t k = 0; k < sim->host_count; k++)
            sim->net.links[i][k] = is_one_way(sim, i, k) ? NET_SILENT : NET_UP;
}

static enum net_link draw_break(struct sim *sim)
{
    return prng_chance(&sim->prng, 500000) ? NET_SILENT : NET_REFUSED;
}

/* Two halves, one host alone, or links broken one by one, each way for itself. */
static void partition(struct sim *sim)
{
    uint8_t side[NET_HOSTS_MAX];
    enum net_link broken = draw_break(sim);
    size_t kind = prng_below(&sim->prng, 3), alone = prng_below(&sim->prng, sim->host_count);

    for (size_t i = 0; i < sim->host_count; i++)
        side[i] = kind == 0 ? (uint8_t)prng_below(&sim->prng, 2) : i == alone;
    for (size_t i = 0; i < sim->host_count; i++)
        for (size_t k = 0; k < sim->host_count; k++) {
            if (kind == 2 && prng_chance(&sim->prng, 300000))
                sim->net.links[i][k] = (uint8_t)broken;
            else if (kind != 2 && side[i] != side[k])
                sim->net.links[i][k] = (uint8_t)broken;
        }
    sim_trace(sim, "partition %zu", kind);
}

static void noise(struct sim *sim)
{
    const struct plan *plan = &sim->plan;
    struct net *net = &sim->net;

    net->loss = plan->loss > 0 ? (uint32_t)prng_below(&sim->prng, plan->loss) : 0;
    net->twice = plan->twice > 0 ? (uint32_t)prng_below(&sim->prng, plan->twice) : 0;
    net->late = plan->late_frames > 0 ? (uint32_t)prng_below(&sim->prng, plan->late_frames) : 0;
    net->late_ms = plan->late_ms;
    net->jitter_ms = prng_range(&sim->prng, 0, plan->delay_ms);
    sim_trace(sim, "loss %u twice %u late %u", net->loss, net->twice, net->late);
}

static bool is_some_clock_wrong(const struct sim *sim)
{
    for (size_t i = 0; i < sim->host_count; i++)
        if (host_is_far_off(sim, sim->hosts[i]))
            return true;
    return false;
}

/* Hours make strikes garbage; days, leases; months, facts. Nobody remembers the right time for more
 * than a week. */
static void suspend(struct sim *sim)
{
    uint64_t kind = prng_below(&sim->prng, 8);

    if (kind < 3)
        sim_suspend(sim, prng_range(&sim->prng, 1, 100) * 1000);
    else if (kind < 5 || is_some_clock_wrong(sim))
        sim_suspend(sim, prng_range(&sim->prng, 1, 30) * HOUR_MS);
    else if (kind < 7)
        sim_suspend(sim, prng_range(&sim->prng, 160, 230) * HOUR_MS);
    else
        sim_suspend(sim, prng_range(&sim->prng, 80, 100) * DAY_MS);
}

void chaos_network(struct sim *sim, enum plan_action action)
{
    if (action == ACTION_partition) {
        partition(sim);
    } else if (action == ACTION_noise) {
        noise(sim);
    } else if (action == ACTION_suspend) {
        suspend(sim);
    } else {
        chaos_connect(sim);
    }
}
