/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of repair by the size of the difference, see growth.h.
 */
#include "growth.h"

#include <stdio.h>
#include <stdlib.h>

#include "chaos.h"
#include "cluster.h"
#include "host.h"
#include "rules.h"

#define NODES 3
#define BANS 2000
#define BLOCK_STRIKES 5
#define BLOCK_RECORDS 6
#define COMMANDS_A_TURN 50
#define CUT_MS 10000   /* it is noticed, and what is in flight has landed */
#define EQUAL_MS 60000 /* at most, from the heal to equal roots */
#define AFTER_MS 10000 /* what is still repaired then counts, too */

/* The demand, docs/DESIGN.md section 13: bytes a difference, and what a descent costs anyway. */
#define BYTES_EACH 350
#define BYTES_ANYWAY 65536
/* A whole transfer may be as cheap as the repair of a difference of everything, but for the
 * descents that find out. */
#define BYTES_WHOLE_MORE 16384

struct growth {
    size_t differences;
    struct meter_flow repair, whole; /* whole: what a blank node costs with the same state */
    int64_t repair_ms, whole_ms;     /* until roots are equal */
};

/* Entries: a third are strikes logged on one host, the others bans given on another one, each with
 * its audit entry. */
static void differ(struct sim *sim, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct addr strike = cluster_subject(BLOCK_STRIKES, i);
        struct addr record = cluster_subject(BLOCK_RECORDS, i);

        if (i % 3 == 0)
            host_hit(sim, sim->hosts[0], &strike, 0, 0, 0);
        else if (i % 3 == 1 && !host_command(sim, sim->hosts[1], EVENT_BAN, &record, TIME_NEVER_MS))
            sim_break(sim, RULE_OPERATOR, "ban %zu was refused", i);
        if (i % (3 * COMMANDS_A_TURN) == 0)
            sim_run(sim, sim->now_ms + SIM_TURN_MS);
    }
}

/* From now on until all is repaired. All frames of repair count, in both directions and between all
 * nodes: questions, answers, and the pushes that answer. PINGs and pushes of news do not. */
static struct meter_flow repair(struct sim *sim, int64_t *took_ms)
{
    struct meter_flow sum = {0};
    int64_t began_ms = sim->now_ms;

    for (size_t i = 0; i < NODES; i++) {
        sim->hosts[i]->meter.on = true;
        meter_reset(&sim->hosts[i]->meter);
    }
    while (sim->rule == 0 && sim->now_ms < began_ms + EQUAL_MS && !cluster_is_equal(sim))
        sim_run(sim, sim->now_ms + 1);
    *took_ms = sim->now_ms - began_ms;
    sim_run(sim, sim->now_ms + AFTER_MS);
    if (sim->rule == 0 && !rules_agree(sim))
        sim_break(sim, RULE_AGREEMENT, "the nodes do not hold the same in the end");
    for (size_t i = 0; i < NODES; i++) {
        sum.frames += sim->hosts[i]->meter.sent[METER_REPAIR].frames;
        sum.bytes += sim->hosts[i]->meter.sent[METER_REPAIR].bytes;
    }
    return sum;
}

static bool measure(struct sim *sim, struct growth *growth)
{
    const struct cluster cluster = {CLUSTER_MESH, NODES, BANS};
    struct host *away;

    cluster_open(sim, &cluster);
    away = sim->hosts[NODES - 1];
    cluster_cut(sim, away, true);
    sim_run(sim, sim->now_ms + CUT_MS);
    differ(sim, growth->differences);
    sim_run(sim, sim->now_ms + CUT_MS);
    cluster_cut(sim, away, false);
    growth->repair = repair(sim, &growth->repair_ms);
    host_kill(sim, away);
    chaos_start_blank(sim, away);
    growth->whole = repair(sim, &growth->whole_ms);
    if (sim->rule != 0)
        printf("rule %d broken (%s): %s\n", sim->rule, rules_name(sim->rule), sim->failure);
    return sim->rule == 0;
}

static bool demand(bool held, size_t differences, const char *what)
{
    if (!held)
        printf("%zu differences: %s\n", differences, what);
    return held;
}

static bool judge(const struct growth *growth)
{
    size_t count = growth->differences;
    bool good = demand(growth->repair.bytes <= BYTES_EACH * count + BYTES_ANYWAY, count,
                       "more than 350 B a difference + 64 KiB");

    good &= demand(growth->repair.bytes <= growth->whole.bytes + BYTES_WHOLE_MORE, count,
                   "more than a whole transfer + 16 KiB");
    if (count == 0)
        good &= demand(growth->repair.frames == 0, count, "something is repaired");
    return good;
}

int growth_run(void)
{
    static const size_t counts[] = {0, 1, 10, 100, 1000};
    struct sim *sim = calloc(1, sizeof(*sim));
    bool good = sim != NULL;

    printf("%d nodes, %d bans, one node cut off; all frames of repair, from the heal on\n"
           "%11s %7s %9s %9s %8s %9s %9s %8s\n",
           NODES, BANS, "differences", "frames", "bytes", "B-each", "equal-ms", "whole-msg",
           "whole-B", "whole-ms");
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && sim != NULL; i++) {
        struct growth growth = {.differences = counts[i]};

        good &= measure(sim, &growth);
        printf("%11zu %7llu %9llu %9.0f %8lld %9llu %9llu %8lld\n", growth.differences,
               (unsigned long long)growth.repair.frames, (unsigned long long)growth.repair.bytes,
               counts[i] > 0 ? (double)growth.repair.bytes / (double)counts[i] : 0,
               (long long)growth.repair_ms, (unsigned long long)growth.whole.frames,
               (unsigned long long)growth.whole.bytes, (long long)growth.whole_ms);
        good &= judge(&growth);
        sim_close(sim);
    }
    free(sim);
    return good ? 0 : 1;
}
