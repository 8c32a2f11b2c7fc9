/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node costs, see scale.h.
 */
#include "scale.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "chaos.h"
#include "host.h"
#include "load.h"
#include "rules.h"
#include "scale_cost.h"

#define BANS 2000
#define PHASE_MS 60000
#define HEAL_MS_MAX 60000
#define JOIN_MS_MAX 120000
#define REST_MS 15000 /* seconds in flight, a tick */

/* What is told of a cluster as a whole. */
struct summary {
    size_t leases; /* that a node holds */
    int64_t spread_ms;
    int64_t heal_ms;
    struct meter_flow heal;
    int64_t join_ms;
    struct meter_flow join;
    double join_cpu_us;
    size_t node_bytes;
};

static void meter(struct sim *sim)
{
    for (size_t i = 0; i < sim->host_count; i++) {
        sim->hosts[i]->meter.on = true;
        meter_reset(&sim->hosts[i]->meter);
    }
}

static struct meter_flow repairs(const struct sim *sim)
{
    struct meter_flow sum = {0};

    for (size_t i = 0; i < sim->host_count; i++) {
        sum.frames += sim->hosts[i]->meter.sent[METER_REPAIR].frames;
        sum.bytes += sim->hosts[i]->meter.sent[METER_REPAIR].bytes;
    }
    return sum;
}

static void quiet(struct sim *sim, const struct cluster *cluster)
{
    meter(sim);
    sim_run(sim, sim->now_ms + PHASE_MS);
    scale_cost_print(sim, cluster, "quiet", PHASE_MS);
    if (repairs(sim).frames > 0)
        sim_break(sim, RULE_QUIET, "a quiet cluster repairs");
}

static void mail(struct sim *sim, const struct cluster *cluster, struct load *load,
                 struct summary *summary)
{
    meter(sim);
    load->watched = true;
    load_run(sim, load, sim->now_ms + PHASE_MS, false);
    load->watched = false;
    scale_cost_print(sim, cluster, "mail", PHASE_MS);
    summary->spread_ms = load->spread_ms;
}

/* A node is cut off for a minute of mail, and comes back while mail goes on. */
static void away(struct sim *sim, struct load *load, struct summary *summary)
{
    int64_t healed_ms;

    cluster_cut(sim, sim->hosts[sim->host_count - 1], true);
    load_run(sim, load, sim->now_ms + PHASE_MS, false);
    cluster_cut(sim, sim->hosts[sim->host_count - 1], false);
    meter(sim);
    healed_ms = sim->now_ms;
    load_run(sim, load, healed_ms + HEAL_MS_MAX, true);
    summary->heal_ms = sim->now_ms - healed_ms;
    summary->heal = repairs(sim);
}

/* A node comes back with nothing. */
static void join(struct sim *sim, struct summary *summary)
{
    struct host *host = sim->hosts[sim->host_count - 1];
    int64_t began_ms;

    sim_run(sim, sim->now_ms + REST_MS);
    if (!rules_agree(sim))
        sim_break(sim, RULE_AGREEMENT, "the cluster does not agree after the load");
    host_kill(sim, host);
    chaos_start_blank(sim, host);
    meter(sim);
    began_ms = sim->now_ms;
    while (sim->rule == 0 && sim->now_ms < began_ms + JOIN_MS_MAX && !cluster_is_equal(sim))
        sim_run(sim, sim->now_ms + 1);
    summary->join_ms = sim->now_ms - began_ms;
    summary->join = repairs(sim);
    summary->join_cpu_us = meter_cpu_us(&host->meter, meter_span_ns());
    sim_run(sim, sim->now_ms + REST_MS);
    if (!rules_agree(sim))
        sim_break(sim, RULE_AGREEMENT, "the cluster does not agree with a node that joined");
}

/* What its end sets free; the struct itself is not on the heap. 0: malloc does not tell, as with
 * the sanitizers. */
static size_t end_node(struct sim *sim, struct host *host)
{
    struct mallinfo2 before = mallinfo2(), after;

    host_kill(sim, host);
    after = mallinfo2();
    if (before.uordblks == 0)
        return 0;
    return before.uordblks + before.hblkhd - after.uordblks - after.hblkhd + sizeof(host->node);
}

static void print_summary(const struct cluster *cluster, const struct summary *summary)
{
    printf("%5s %5s %6s %7s %7s %8s %8s %7s %8s %8s %9s\n", "nodes", "shape", "leases", "ban-ms",
           "heal-ms", "heal-msg", "heal-B", "join-ms", "join-B", "join-cpu", "memory-B");
    printf("%5zu %5s %6zu %7lld %7lld %8llu %8llu %7lld %8llu %8.0f %9zu\n", cluster->nodes,
           cluster_shape_name(cluster->shape), summary->leases, (long long)summary->spread_ms,
           (long long)summary->heal_ms, (unsigned long long)summary->heal.frames,
           (unsigned long long)summary->heal.bytes, (long long)summary->join_ms,
           (unsigned long long)summary->join.bytes, summary->join_cpu_us, summary->node_bytes);
    fflush(stdout);
}

/* Its databases are not read again, and would take more memory than the nodes. */
static void drop_disks(struct sim *sim)
{
    for (size_t i = 0; i < sim->host_count; i++)
        disk_close(&sim->hosts[i]->disk);
}

static int measure(const struct cluster *cluster)
{
    struct sim *sim = calloc(1, sizeof(*sim));
    struct summary summary = {0};
    struct load load = {0};
    int rule;

    if (sim == NULL)
        return 1;
    sim->measuring = true;
    cluster_open(sim, cluster);
    drop_disks(sim);
    summary.leases = sim->hosts[0]->node.state.allows.count;
    scale_cost_head();
    quiet(sim, cluster);
    mail(sim, cluster, &load, &summary);
    away(sim, &load, &summary);
    join(sim, &summary);
    summary.node_bytes = end_node(sim, sim->hosts[cluster_hubs(cluster)]);
    print_summary(cluster, &summary);
    rule = sim->rule;
    if (rule != 0)
        printf("rule %d broken (%s): %s\n", rule, rules_name(rule), sim->failure);
    sim_close(sim);
    free(sim);
    return rule != 0;
}

int scale_run(size_t nodes, enum cluster_shape shape)
{
    static const struct cluster usual[] = {{CLUSTER_MESH, 3, BANS},
                                           {CLUSTER_MESH, 30, BANS},
                                           {CLUSTER_MESH, 100, BANS},
                                           {CLUSTER_HUBS, 30, BANS},
                                           {CLUSTER_HUBS, 100, BANS}};
    struct cluster asked = {shape, nodes, BANS};
    int failed = 0;

    printf("%d bans, links of 2 to 5 ms; quiet: nothing happens; mail: ten hits a second in all, "
           "one ban a minute. A node and second, CPU in us\n",
           BANS);
    if (nodes != 0 && cluster_peers(&asked) > PEERS_MAX) {
        printf("a node would have %zu peers, %d are allowed\n", cluster_peers(&asked), PEERS_MAX);
        return 1;
    }
    if (nodes != 0)
        return measure(&asked);
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        failed |= measure(&usual[i]);
    return failed;
}
