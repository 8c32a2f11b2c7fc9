/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Costs of a phase, see scale_cost.h.
 */
#include "scale_cost.h"

#include <stdio.h>
#include <stdlib.h>

struct role {
    const char *name;
    size_t first, end; /* hosts */
};

struct cost {
    struct meter_flow sent[METER_USES], received[METER_USES];
    double cpu_us[SIM_HOSTS_MAX]; /* ascending */
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void add(struct meter_flow *sum, const struct meter_flow *flow)
{
    for (size_t i = 0; i < METER_USES; i++) {
        sum[i].frames += flow[i].frames;
        sum[i].bytes += flow[i].bytes;
    }
}

static void gather(const struct sim *sim, const struct role *role, struct cost *cost)
{
    double span_ns = meter_span_ns();

    *cost = (struct cost){0};
    for (size_t i = role->first; i < role->end; i++) {
        const struct meter *meter = &sim->hosts[i]->meter;

        add(cost->sent, meter->sent);
        add(cost->received, meter->received);
        cost->cpu_us[i - role->first] = meter_cpu_us(meter, span_ns);
    }
    qsort(cost->cpu_us, role->end - role->first, sizeof(cost->cpu_us[0]), compare);
}

void scale_cost_head(void)
{
    printf("%5s %5s %4s %5s %5s %5s %8s %8s %8s %8s %8s %8s %8s %8s %7s %7s %7s\n", "nodes",
           "shape", "role", "count", "peers", "phase", "msg-out", "msg-in", "B-out", "B-in",
           "ping-out", "ping-in", "news-out", "news-in", "cpu-min", "cpu-med", "cpu-max");
}

static void print_role(const struct sim *sim, const struct cluster *cluster,
                       const struct role *role, const char *phase, int64_t ms)
{
    size_t count = role->end - role->first, peers = 0;
    double seconds = (double)ms / 1000, each = seconds * (double)count;
    static struct cost cost;
    struct meter_flow out, in;

    gather(sim, role, &cost);
    out = meter_sum(cost.sent);
    in = meter_sum(cost.received);
    for (size_t i = role->first; i < role->end; i++)
        peers = sim->hosts[i]->peer_count > peers ? sim->hosts[i]->peer_count : peers;
    printf("%5zu %5s %4s %5zu %5zu %5s ", cluster->nodes, cluster_shape_name(cluster->shape),
           role->name, count, peers, phase);
    printf("%8.1f %8.1f %8.0f %8.0f ", (double)out.frames / each, (double)in.frames / each,
           (double)out.bytes / each, (double)in.bytes / each);
    printf("%8.0f %8.0f %8.0f %8.0f ", (double)cost.sent[METER_PRESENCE].bytes / each,
           (double)cost.received[METER_PRESENCE].bytes / each,
           (double)cost.sent[METER_NEWS].bytes / each,
           (double)cost.received[METER_NEWS].bytes / each);
    printf("%7.0f %7.0f %7.0f\n", cost.cpu_us[0] / seconds, cost.cpu_us[count / 2] / seconds,
           cost.cpu_us[count - 1] / seconds);
}

void scale_cost_print(const struct sim *sim, const struct cluster *cluster, const char *phase,
                      int64_t ms)
{
    size_t hubs = cluster_hubs(cluster);
    struct role roles[] = {{"hub", 0, hubs}, {"node", hubs, cluster->nodes}};

    for (size_t i = hubs > 0 ? 0 : 1; i < 2; i++)
        print_role(sim, cluster, &roles[i], phase, ms);
    fflush(stdout);
}
