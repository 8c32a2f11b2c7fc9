/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of the logs, see chaos.h.
 */
#include <bansync/limits.h>

#include "chaos.h"
#include "host.h"

#define FLOOD_LINES 400
#define HOUR_MS 3600000

static const struct addr *draw_address(struct sim *sim)
{
    return &sim->plan.addresses[prng_below(&sim->prng, sim->plan.address_count)];
}

/* Mail comes to hosts that are up, and sometimes is in the log of one whose agent is down. */
static struct host *draw_host(struct sim *sim)
{
    struct host *host = sim->hosts[prng_below(&sim->prng, sim->host_count)];

    return host->retired || host->awaited || host->hostile ? chaos_pick(sim, true) : host;
}

/* Half of the old lines are about to be too old. */
static int64_t draw_age_ms(struct sim *sim)
{
    if (prng_chance(&sim->prng, 500000))
        return STRIKE_HORIZON_MS - prng_range(&sim->prng, -20, 80) * 1000;
    return prng_range(&sim->prng, 0, 26 * HOUR_MS);
}

/* Some logs do not tell the message of a hit; most hits are of one that is tried again. */
static uint32_t draw_message(const struct sim *sim, struct prng *aside)
{
    return (uint32_t)prng_below(aside, sim->plan.messages + 1);
}

/* Three of four lines have a name, where there are names. */
static size_t draw_account(const struct sim *sim, struct prng *aside)
{
    size_t count = sim->plan.accounts.count;

    return count > 0 && !prng_chance(aside, 250000) ? 1 + prng_below(aside, count) : 0;
}

/* Half of the bursts bring one message after the other, so that they ban by those, too. Some bring
 * one account from one address after the other, some one address with all its accounts. */
static void burst(struct sim *sim, size_t count, bool spread)
{
    const struct addr *addr = draw_address(sim);
    struct host *host = draw_host(sim);
    struct prng aside = prng_aside(&sim->prng);
    bool in_turn = prng_chance(&aside, 500000);
    uint32_t message = draw_message(sim, &aside);
    size_t account = count < FLOOD_LINES ? draw_account(sim, &aside) : 0;
    bool stolen = account != 0 && prng_chance(&aside, 250000);

    for (size_t i = 0; i < count && host != NULL; i++) {
        host_hit(sim, host, addr, 0, message, account);
        if (stolen)
            addr = &sim->plan.addresses[prng_below(&aside, sim->plan.address_count)];
        else if (account != 0 && prng_chance(&aside, 250000))
            account = draw_account(sim, &aside);
        message = in_turn ? 1 + message % LEDGER_MESSAGES_MAX : draw_message(sim, &aside);
        if (spread)
            host = draw_host(sim);
    }
}

void chaos_mail(struct sim *sim, enum plan_action action)
{
    struct prng aside = prng_aside(&sim->prng);
    uint32_t threshold = sim->plan.policy.threshold;
    struct host *host;

    sim_trace(sim, "%s", plan_action_name(action));
    if (action == ACTION_hit) {
        burst(sim, 1, false);
    } else if (action == ACTION_burst) {
        burst(sim, (size_t)prng_range(&sim->prng, threshold > 1 ? threshold - 1 : 1, threshold + 1),
              false);
    } else if (action == ACTION_spread) {
        burst(sim, (size_t)prng_range(&sim->prng, threshold > 1 ? threshold - 1 : 1, threshold + 1),
              true);
    } else if (action == ACTION_flood) {
        burst(sim, FLOOD_LINES, false);
    } else {
        host = draw_host(sim);
        if (host != NULL)
            host_hit(sim, host, draw_address(sim), host_wall_ms(sim, host) - draw_age_ms(sim),
                     draw_message(sim, &aside), draw_account(sim, &aside));
    }
}
