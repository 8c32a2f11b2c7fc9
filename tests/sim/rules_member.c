/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 12 while it runs: a hostile member changes what its quota allows, and moves no clock.
 */
#include <assert.h>
#include <stdlib.h>

#include <bansync/limits.h>

#include "host.h"
#include "rules.h"

static void note(struct host_lies *lies, int64_t now_ms)
{
    if (lies->count == lies->room) {
        lies->room = lies->room * 2 + 64;
        lies->taken_ms = realloc(lies->taken_ms, lies->room * sizeof(*lies->taken_ms));
        assert(lies->taken_ms != NULL);
    }
    lies->taken_ms[lies->count++] = now_ms;
}

/* From whichever of them on one counts: no more than a full bucket and what came back since. */
static bool is_too_much(const struct sim *sim, const struct host_lies *lies)
{
    int64_t burst = sim->plan.quota_burst != 0 ? sim->plan.quota_burst : QUOTA_BURST;
    int64_t per_s = sim->plan.quota_per_s != 0 ? sim->plan.quota_per_s : QUOTA_PER_S;

    for (size_t i = 0; i < lies->count; i++)
        if ((int64_t)(lies->count - i) > burst + per_s * (sim->now_ms - lies->taken_ms[i]) / 1000)
            return true;
    return false;
}

/* Its frames move no clock farther than what may be believed. Wild ones move by themselves. */
static void check_clock(struct sim *sim, const struct host *host)
{
    int64_t ahead_ms = stamp_ms(host->node.state.hlc) - sim->now_ms;

    if (!sim->plan.wild && ahead_ms > 2 * CLOCK_SKEW_MS_MAX)
        sim_break(sim, RULE_MEMBER, "a hostile member moved the clock of mx%zu %lld s ahead",
                  host->index + 1, (long long)ahead_ms / 1000);
}

/* What its frame changed are the effects from first on. Each kind of entries has a quota. */
void rules_watch_hostile(struct sim *sim, struct host *host, size_t first)
{
    const struct effects *effects = &host->node.effects;

    check_clock(sim, host);
    for (size_t i = first; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];

        if (effect->type != EFFECT_FORWARD)
            continue;
        note(&host->lies[effect->kind - 1], sim->now_ms);
        if (is_too_much(sim, &host->lies[effect->kind - 1]))
            sim_break(sim, RULE_MEMBER, "mx%zu took too much of a hostile member: %zu entries",
                      host->index + 1, host->lies[effect->kind - 1].count);
    }
}
