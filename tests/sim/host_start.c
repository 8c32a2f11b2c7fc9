/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of a simulated host begins and ends, see host.h.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "rules.h"

/* Those of keys are long, which tells where frames are measured. */
uint64_t host_id_of(const struct sim *sim, size_t identity)
{
    return (sim->measuring ? UINT64_C(1) << 63 : 1000) + identity;
}

static void open_node(struct sim *sim, struct host *host)
{
    static char names[SIM_HOSTS_MAX][24];
    const char *peer_names[SIM_HOSTS_MAX];
    uint64_t peer_ids[SIM_HOSTS_MAX];
    struct node_options options = {
        .version = "simulated",
        .cluster = "simulation",
        .id = host_id_of(sim, host->identity),
        .boot = prng_next(&sim->prng),
        .policy = host->policy,
        .ipv6_prefix = host->ipv6_prefix,
        .peer_names = peer_names,
        .peer_ids = peer_ids,
        .peer_count = host->peer_count,
        .quota_burst = sim->plan.quota_burst,
        .quota_per_s = sim->plan.quota_per_s,
        .max_new_per_minute = sim->plan.brake,
    };

    for (size_t i = 0; i < sim->host_count; i++)
        snprintf(names[i], sizeof(names[i]), "mx%zu", i + 1);
    options.name = names[host->identity];
    options.strike_key.bytes[0] = (uint8_t)(host->identity + 1);
    options.strike_key.bytes[1] = (uint8_t)((host->identity + 1) >> 8);
    for (size_t i = 0; i < host->peer_count; i++) {
        peer_names[i] = names[host->peers[i]];
        peer_ids[i] = host_id_of(sim, host->peers[i]);
    }
    assert(node_open(&host->node, &options) == 0);
}

static void load_held(struct sim *sim, struct host *host)
{
    const struct disk_table *table = &host->disk.tables[DISK_TABLES - 1];

    for (size_t i = 0; i < table->count; i++)
        if (!node_load(&host->node, ENTRY_HELD, table->rows[i].body, table->rows[i].size))
            sim_break(sim, RULE_RELOAD, "mx%zu cannot load a strike it holds", host->index + 1);
}

void host_start(struct sim *sim, struct host *host)
{
    struct now now;

    assert(!host->up && !host->hostile);
    if (host_is_far_off(sim, host)) /* a machine that boots asks for the time first */
        host_set_clock(sim, host, 0);
    now = host_now(sim, host);
    open_node(sim, host);
    host->up = true;
    host->boots++;
    for (size_t i = 0; i < ENTRY_KINDS; i++)
        host->lies[i].count = 0;
    host->started_ms = sim->now_ms;
    host->rebuild = host->begun = false;
    memset(host->voices, 0, sizeof(host->voices));
    host->stop = STOP_NOT;
    host->word = WORD_NONE;
    host->command_count = 0;
    host->leases_ms = INT64_MIN;
    host->map_ms = 0;
    host->cursor = host->disk.blank ? host->log.count : host->disk.cursor;
    if (host->cursor < host->log.begin)
        host->cursor = host->log.begin;
    host->durable = host->cursor;
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        const struct disk_table *table = &host->disk.tables[kind - 1];

        for (size_t i = 0; i < table->count; i++)
            if (!node_load(&host->node, (uint8_t)kind, table->rows[i].body, table->rows[i].size))
                sim_break(sim, RULE_RELOAD, "mx%zu cannot load a row it wrote", host->index + 1);
    }
    load_held(sim, host);
    node_loaded(&host->node, &now, host->disk.hlc);
    host->due = true;
    ledger_add_policy(&sim->ledger, &host->policy);
    sim_trace(sim, "mx%zu starts", host->index + 1);
}

void host_kill(struct sim *sim, struct host *host)
{
    if (!host->up)
        return;
    node_close(&host->node);
    host->up = false;
    host->due = false;
    host->turn_ms = INT64_MAX;
    sim_trace(sim, "mx%zu ends", host->index + 1);
}
