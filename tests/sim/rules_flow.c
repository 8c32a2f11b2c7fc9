/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 11 on work: how much a host sends and how often it is busy in a second. Endless work is thus
 * a rule that is broken, and no simulator that never ends.
 */
#include "rules.h"

#define SECOND_MS 1000
/* Whatever is repaired, pushed and answered: more than twice of what 10,000 seeds ever needed. */
#define A_SECOND 200
#define A_SECOND_AND_PEER 60

/* A log that is read again, 200 lines a turn, takes as long as it is, and all are told of it. */
static bool is_backlog_read(struct sim *sim, const struct host *host)
{
    if (host->cursor < host->log.count)
        sim->backlog_ms = sim->now_ms;
    return sim->now_ms - sim->backlog_ms < 2 * SECOND_MS;
}

void rules_watch_flow(struct sim *sim, struct host *host, uint64_t frames, uint64_t turns)
{
    const uint64_t most = A_SECOND + A_SECOND_AND_PEER * host->peer_count;
    struct host_flow *flow = &host->flow;

    if (sim->now_ms - flow->since_ms >= SECOND_MS || is_backlog_read(sim, host))
        *flow = (struct host_flow){.since_ms = sim->now_ms};
    flow->frames += frames;
    flow->turns += turns;
    if (flow->frames > most || flow->turns > most)
        sim_break(sim, RULE_LIMITS, "mx%zu: %llu frames and %llu turns within a second",
                  host->index + 1, (unsigned long long)flow->frames,
                  (unsigned long long)flow->turns);
}
