/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A healthy cluster, see cluster.h.
 */
#include "cluster.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "chaos.h"
#include "host.h"
#include "rules.h"

#define DELAY_MS 2
#define JITTER_MS 3
#define WINDOW_MS 600000
#define COMMANDS_A_TURN 100
#define WARM_MS 20000 /* all have greeted, compared and ticked */
#define BLOCK_BANS 1
#define BLOCK_NODES 2

const char *cluster_shape_name(size_t shape)
{
    static const char *const names[] = {"mesh", "hubs", "ring"};

    return shape < CLUSTER_SHAPES ? names[shape] : NULL;
}

size_t cluster_hubs(const struct cluster *cluster)
{
    size_t hubs = 3;

    if (cluster->shape != CLUSTER_HUBS)
        return 0;
    while (4 * hubs * hubs < cluster->nodes)
        hubs++;
    return hubs;
}

size_t cluster_peers(const struct cluster *cluster)
{
    size_t hubs = cluster_hubs(cluster);

    if (cluster->shape == CLUSTER_RING)
        return 2;
    if (hubs == 0)
        return cluster->nodes - 1;
    return hubs - 1 + (2 * (cluster->nodes - hubs) + hubs - 1) / hubs;
}

struct addr cluster_subject(uint16_t block, size_t i)
{
    return (struct addr){ADDR_IPV6,
                         64,
                         {0x20, 0x01, 0x0d, 0xb8, (uint8_t)(block >> 8), (uint8_t)block,
                          (uint8_t)(i >> 8), (uint8_t)i}};
}

static void link_all(struct sim *sim, const struct cluster *cluster)
{
    size_t hubs = cluster_hubs(cluster);

    for (size_t i = 1; i < cluster->nodes; i++)
        for (size_t k = 0; k < i; k++) {
            size_t one = i % (hubs + 1), step = 0;
            bool linked = cluster->shape == CLUSTER_MESH;

            linked |= cluster->shape == CLUSTER_RING &&
                      (i == k + 1 || (k == 0 && i + 1 == cluster->nodes));
            if (hubs > 0) {
                one = i % hubs;
                step = 1 + (i / hubs) % (hubs - 1);
                linked = i < hubs || k == one || k == (one + step) % hubs;
            }
            if (linked)
                sim_link(sim, k, i);
        }
}

static void add_leases(struct host *host)
{
    host->leases[0] = cluster_subject(BLOCK_NODES, host->index);
    host->lease_count = 1;
    for (size_t i = 0; i < host->peer_count; i++)
        host->leases[host->lease_count++] = cluster_subject(BLOCK_NODES, host->peers[i]);
}

static void build(struct sim *sim, const struct cluster *cluster)
{
    sim_open(sim, 1);
    sim->plan.policy =
        (struct policy){10, WINDOW_MS, {{TIME_NEVER_MS}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};
    sim->plan.granularity_ms = 1;
    sim->plan.hosts = cluster->nodes;
    for (size_t i = 0; i < cluster->nodes; i++)
        sim_add_host(sim);
    link_all(sim, cluster);
    for (size_t i = 0; i < cluster->nodes; i++)
        add_leases(sim->hosts[i]);
    chaos_connect(sim);
    sim->net.delay_ms = DELAY_MS;
    sim->net.jitter_ms = JITTER_MS;
}

/* The first host alone is told of all bans. */
static void give_bans(struct sim *sim, size_t count)
{
    struct host *host = sim->hosts[0];

    host_start(sim, host);
    for (size_t i = 0; i < count; i++) {
        struct addr addr = cluster_subject(BLOCK_BANS, i);

        if (i % COMMANDS_A_TURN == 0)
            sim_run(sim, sim->now_ms + SIM_TURN_MS);
        if (!host_command(sim, host, EVENT_BAN, &addr, TIME_NEVER_MS))
            sim_break(sim, RULE_OPERATOR, "ban %zu of %zu was refused", i + 1, count);
    }
    sim_run(sim, sim->now_ms + SIM_TURN_MS);
    host_kill(sim, host);
}

static int by_key(const void *a, const void *b)
{
    const struct disk_row *x = a, *y = b;

    return memcmp(x->key, y->key, x->key_size < y->key_size ? x->key_size : y->key_size);
}

/* Moves the rows of one table to the end of another one. */
static void move_rows(struct disk_table *from, struct disk_table *to)
{
    if (from->count == 0)
        return;
    to->room = to->count + from->count;
    to->rows = realloc(to->rows, to->room * sizeof(*to->rows));
    assert(to->rows != NULL);
    memcpy(to->rows + to->count, from->rows, from->count * sizeof(*from->rows));
    to->count += from->count;
    from->count = 0;
}

/* Each host alone publishes its leases; in the end the first one's database has all. */
static void give_leases(struct sim *sim)
{
    struct disk_table all = {0};
    struct disk *first = &sim->hosts[0]->disk;

    for (size_t i = 0; i < sim->host_count; i++) {
        struct host *host = sim->hosts[i];

        if (host->disk.blank) {
            host_start(sim, host);
            sim_run(sim, sim->now_ms + SIM_TURN_MS);
            host_kill(sim, host);
        }
        move_rows(&host->disk.tables[ENTRY_ALLOW - 1], &all);
    }
    if (all.count > 0)
        qsort(all.rows, all.count, sizeof(*all.rows), by_key);
    free(first->tables[ENTRY_ALLOW - 1].rows);
    first->tables[ENTRY_ALLOW - 1] = all;
    first->hlc = (uint64_t)sim->now_ms << 16;
}

/* One after the other in the course of a second, so that their PINGs do not come all at once. */
static void start(struct sim *sim)
{
    int64_t began_ms = sim->now_ms;

    for (size_t i = 0; i < sim->host_count; i++) {
        sim_run(sim, began_ms + (int64_t)(i * 1000 / sim->host_count));
        if (i > 0)
            disk_copy(&sim->hosts[0]->disk, &sim->hosts[i]->disk);
        host_start(sim, sim->hosts[i]);
    }
    sim->cluster = sim->hosts[0]->node.cluster;
}

void cluster_open(struct sim *sim, const struct cluster *cluster)
{
    assert(cluster->nodes >= 2 && cluster->nodes <= SIM_HOSTS_MAX);
    build(sim, cluster);
    give_bans(sim, cluster->bans);
    give_leases(sim);
    start(sim);
    sim_run(sim, sim->now_ms + WARM_MS);
    if (sim->rule == 0 && !cluster_is_equal(sim))
        sim_break(sim, RULE_AGREEMENT, "a healthy cluster does not agree");
}

void cluster_cut(struct sim *sim, struct host *host, bool cut)
{
    for (size_t i = 0; i < sim->host_count; i++)
        sim->net.links[i][host->index] = sim->net.links[host->index][i] = cut ? NET_SILENT : NET_UP;
    sim_trace(sim, "mx%zu is %s", host->index + 1, cut ? "cut off" : "linked again");
}

bool cluster_is_equal(const struct sim *sim)
{
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        struct hash128 first = state_root(&sim->hosts[0]->node.state, kind);

        for (size_t i = 1; i < sim->host_count; i++) {
            struct hash128 root = state_root(&sim->hosts[i]->node.state, kind);

            if (!hash128_equal(&first, &root))
                return false;
        }
    }
    return true;
}
