/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators do, see chaos.h.
 */
#include <bansync/limits.h>

#include "chaos.h"
#include "host.h"

static int64_t draw_until(struct sim *sim, const struct host *host)
{
    static const int64_t seconds[] = {1, 10, 15, 60, 3600};

    if (prng_chance(&sim->prng, 500000))
        return TIME_NEVER_MS;
    return host_wall_ms(sim, host) + seconds[prng_below(&sim->prng, 5)] * 1000;
}

static void command(struct sim *sim, enum event_type type, const struct addr *addr)
{
    static const char *const names[] = {[EVENT_BAN] = "ban",
                                        [EVENT_UNBAN] = "unban",
                                        [EVENT_FORGET] = "unban and forget",
                                        [EVENT_ALLOW_ADD] = "allow add",
                                        [EVENT_ALLOW_REMOVE] = "allow remove"};
    struct prng aside = prng_aside(&sim->prng);
    struct host *host = chaos_pick(sim, true);
    char text[ADDR_TEXT_SIZE];

    if (type == EVENT_UNBAN && prng_chance(&aside, 333333))
        type = EVENT_FORGET;

    if (host == NULL)
        return;
    text[addr_print(addr, text)] = '\0';
    if (host_command(sim, host, type, addr, draw_until(sim, host)))
        sim_trace(sim, "mx%zu: %s %s", host->index + 1, names[type], text);
}

static void race(struct sim *sim)
{
    struct addr addr = chaos_prefix(sim);
    size_t count = (size_t)prng_range(&sim->prng, 2, 5);

    for (size_t i = 0; i < count; i++)
        command(sim, EVENT_BAN + (enum event_type)prng_below(&sim->prng, 4), &addr);
}

/* Best one that is gone; who is not renews what it never bans. */
static void forget_node(struct sim *sim, struct prng *aside)
{
    struct host *host = chaos_pick(sim, true);
    size_t gone = sim->plan.hosts - 1, identity = prng_below(aside, sim->plan.hosts);

    if (sim->hosts[gone]->retired && prng_chance(aside, 500000))
        identity = gone;
    if (host != NULL && identity != host->identity)
        sim_trace(sim, "mx%zu: mx%zu is forgotten, %zu leases", host->index + 1, identity + 1,
                  host_forget_node(sim, host, identity));
}

static void change_lease(struct sim *sim)
{
    struct prng aside = prng_aside(&sim->prng);
    struct host *host = chaos_pick(sim, false);

    if (host == NULL)
        return;
    if (prng_chance(&aside, 250000))
        forget_node(sim, &aside);
    if (host->lease_count > 0 && prng_chance(&sim->prng, 500000))
        host->lease_count--;
    else if (host->lease_count < SIM_LEASES_MAX)
        host->leases[host->lease_count++] = chaos_prefix(sim);
    host->leases_ms = INT64_MIN;
    host->due = true;
    sim_trace(sim, "mx%zu: %zu leases", host->index + 1, host->lease_count);
}

void chaos_let_go(struct sim *sim)
{
    struct host *host = chaos_pick(sim, true);
    struct addr net = chaos_prefix(sim);
    bool drop = prng_chance(&sim->prng, 300000), all = prng_chance(&sim->prng, 500000);

    if (host != NULL)
        host_let_go(sim, host, drop, all ? NULL : &net);
}

void chaos_operate(struct sim *sim, enum plan_action action)
{
    struct addr addr = chaos_prefix(sim);
    struct policy policy;
    struct host *host;

    if (action == ACTION_ban) {
        command(sim, EVENT_BAN, &addr);
    } else if (action == ACTION_unban) {
        command(sim, EVENT_UNBAN, &addr);
    } else if (action == ACTION_race) {
        race(sim);
    } else if (action == ACTION_allow) {
        command(sim, prng_chance(&sim->prng, 500000) ? EVENT_ALLOW_ADD : EVENT_ALLOW_REMOVE, &addr);
    } else if (action == ACTION_lease) {
        change_lease(sim);
    } else {
        host = chaos_pick(sim, false);
        if (host == NULL)
            return;
        policy = plan_policy(&sim->plan, &sim->prng);
        host_reload(sim, host, &policy);
        sim_trace(sim, "mx%zu: policy %u %s in %lld s", host->index + 1, policy.threshold,
                  policy.count_messages ? "messages" : "hits", (long long)policy.window_ms / 1000);
    }
}
