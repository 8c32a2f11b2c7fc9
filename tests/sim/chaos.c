/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing who does what, and the end of all trouble; see chaos.h.
 */
#include "chaos.h"

#include <string.h>

#include "host.h"
#include "mischief.h"

struct host *chaos_pick(struct sim *sim, bool with_clones)
{
    struct host *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < sim->host_count; i++)
        if (sim->hosts[i]->up && (with_clones || sim->hosts[i]->identity == i) &&
            prng_below(&sim->prng, ++count) == 0)
            found = sim->hosts[i];
    return found;
}

struct addr chaos_prefix(struct sim *sim)
{
    const struct plan *plan = &sim->plan;
    struct prng aside = prng_aside(&sim->prng);
    const struct addr *account = accounts_pick(&plan->accounts, &aside);
    size_t place = prng_below(&sim->prng, plan->address_count * 3 + plan->prefix_count);

    if (account != NULL && prng_chance(&aside, 300000))
        return *account;
    if (place >= plan->address_count * 3)
        return plan->prefixes[place - plan->address_count * 3];
    return addr_subject(&plan->addresses[place / 3], 64);
}

void chaos_do(struct sim *sim, enum plan_action action)
{
    sim->stats.faults += plan_action_is_fault(action);
    if (action <= ACTION_old_hit)
        chaos_mail(sim, action);
    else if (action <= ACTION_policy)
        chaos_operate(sim, action);
    else if (action == ACTION_mischief)
        mischief_speak(sim);
    else if (action == ACTION_partition || action == ACTION_heal || action == ACTION_noise ||
             action == ACTION_suspend)
        chaos_network(sim, action);
    else
        chaos_host(sim, action);
}

void chaos_heal(struct sim *sim)
{
    sim_trace(sim, "heal");
    chaos_network(sim, ACTION_heal);
    sim->net.loss = sim->net.twice = sim->net.late = 0;
    for (size_t i = 0; i < sim->host_count; i++) {
        struct host *host = sim->hosts[i];

        if (host->identity != i) {
            if (!host->retired)
                chaos_end_clone(sim, host);
            continue;
        }
        host->store_fails = false;
        host->stop = STOP_NOT;
        if (host->hostile || host->retired)
            continue;
        host_set_clock(sim, host, prng_range(&sim->prng, -sim->plan.skew_ms, sim->plan.skew_ms));
        host->awaited = false;
        host->leases_ms = INT64_MIN;
        if (!host->up)
            host_start(sim, host);
        host->due = true;
    }
}
