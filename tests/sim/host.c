/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One simulated host, see host.h: its clocks, what comes in.
 */
#include "host.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "maps.h"
#include "rules.h"
#include "skew.h"

struct host *host_new(size_t index)
{
    struct host *host = calloc(1, sizeof(*host));

    assert(host != NULL);
    host->index = host->identity = index;
    host->ipv6_prefix = 64;
    disk_open(&host->disk);
    disk_open(&host->backup);
    return host;
}

void host_free(struct host *host)
{
    if (host->up)
        node_close(&host->node);
    disk_close(&host->disk);
    disk_close(&host->backup);
    free(host->log.lines);
    free(host->map);
    free(host->users);
    for (size_t i = 0; i < ENTRY_KINDS; i++)
        free(host->lies[i].taken_ms);
    free(host);
}

int64_t host_wall_ms(const struct sim *sim, const struct host *host)
{
    return sim->now_ms + host->wall_off_ms +
           (sim->now_ms - host->drift_from_ms) * host->drift_ppm / 1000000;
}

struct now host_now(const struct sim *sim, const struct host *host)
{
    return (struct now){host_wall_ms(sim, host), sim->now_ms - host->mono_from_ms};
}

bool host_is_far_off(const struct sim *sim, const struct host *host)
{
    int64_t off_ms = host_wall_ms(sim, host) - sim->now_ms;

    return off_ms > CLOCK_SKEW_MS_MAX || off_ms < -CLOCK_SKEW_MS_MAX;
}

void host_set_clock(struct sim *sim, struct host *host, int64_t off_ms)
{
    if (host_is_far_off(sim, host))
        sim->far_off_ms = sim->now_ms;
    host->wall_off_ms = off_ms;
    host->drift_ppm = 0;
    host->drift_from_ms = sim->now_ms;
}

size_t host_peer(const struct sim *sim, const struct host *host, size_t other)
{
    for (size_t i = 0; i < host->peer_count; i++)
        if (host->peers[i] == sim->hosts[other]->identity)
            return i;
    return SIM_NONE;
}

void host_receive(struct sim *sim, struct host *host, size_t from, const uint8_t *bytes,
                  size_t size)
{
    size_t peer = host_peer(sim, host, from), before;
    struct now now = host_now(sim, host);

    if (!host->up || peer == SIM_NONE)
        return;
    meter_begin(&host->meter);
    host_begin_turn(sim, host);
    before = host->node.effects.count;
    node_frame(&host->node, &now, peer, bytes, size);
    meter_end(&host->meter);
    if (host->meter.on)
        meter_count(host->meter.received, host->node.in, size);
    if (sim->hosts[from]->hostile)
        rules_watch_hostile(sim, host, before);
    if (sim->host_count > sim->plan.hosts)
        rules_watch_clone(sim, host, from, bytes, size);
    host->due = true;
    sim->stats.frames++;
    sim->stats.bytes += size;
}

bool host_is_sane(const struct sim *sim, const struct host *host)
{
    struct now now = host_now(sim, host);
    int64_t off_ms;

    return !node_clock_is_off(&host->node, &now, &off_ms);
}

static uint8_t action_of(const struct host_command *command)
{
    if (command->owner != ALLOW_OPERATOR)
        return AUDIT_NODE_FORGET;
    return command->type == EVENT_BAN         ? AUDIT_BAN
           : command->type == EVENT_UNBAN     ? AUDIT_UNBAN
           : command->type == EVENT_FORGET    ? AUDIT_FORGET
           : command->type == EVENT_ALLOW_ADD ? AUDIT_ALLOW_ADD
                                              : AUDIT_ALLOW_REMOVE;
}

/* As the agent notes what a client of its socket commands. */
static void note_audit(struct host *host, const struct now *now, const struct host_command *command)
{
    struct audit audit = {.action = action_of(command),
                          .until_ms = command->until_ms,
                          .count = 1,
                          .has_subject = true,
                          .addr = command->addr,
                          .actor = "root",
                          .reason = "reason"};

    node_audit(&host->node, now, command->request, &audit);
}

static enum step_result give(struct node *node, const struct now *now,
                             const struct host_command *command)
{
    uint64_t request = command->request;
    const struct addr *addr = &command->addr;

    if (command->owner != ALLOW_OPERATOR)
        return node_lease_end(node, now, request, addr, command->owner, "reason", "root");
    if (command->type == EVENT_BAN)
        return node_ban(node, now, request, addr, command->until_ms, "reason", "root");
    if (command->type == EVENT_UNBAN)
        return node_unban(node, now, request, addr, "reason", "root");
    if (command->type == EVENT_FORGET)
        return node_forget(node, now, request, addr, "reason", "root");
    if (command->type == EVENT_ALLOW_ADD)
        return node_allow_add(node, now, request, addr, command->until_ms, "reason", "root");
    return node_allow_remove(node, now, request, addr, "reason", "root");
}

static bool take_command(struct sim *sim, struct host *host, struct host_command *command)
{
    struct now now = host_now(sim, host);
    enum step_result result;

    command->request = ++sim->request;
    if (!host->up || host->command_count == SIM_COMMANDS_MAX || !host_is_sane(sim, host))
        return false;
    meter_begin(&host->meter);
    host_begin_turn(sim, host);
    result = give(&host->node, &now, command);
    if (result == STEP_CHANGED)
        note_audit(host, &now, command);
    meter_end(&host->meter);
    if (result != STEP_CHANGED)
        return false;
    host->commands[host->command_count++] = *command;
    host->due = true;
    sim->stats.commands++;
    return true;
}

bool host_command(struct sim *sim, struct host *host, enum event_type type, const struct addr *addr,
                  int64_t until_ms)
{
    struct host_command command = {.type = type, .addr = *addr, .until_ms = until_ms};

    return take_command(sim, host, &command);
}

size_t host_forget_node(struct sim *sim, struct host *host, size_t identity)
{
    struct host_command command = {.type = EVENT_ALLOW_REMOVE, .owner = host_id_of(sim, identity)};
    const struct allows *allows = &host->node.state.allows;
    size_t count = 0;

    if (!host->up)
        return 0;
    host_begin_turn(sim, host);
    for (size_t i = 0; i < allows->count; i++) {
        command.addr = allows->list[i].addr;
        if (allows->list[i].owner == command.owner && allows->list[i].on)
            count += take_command(sim, host, &command);
    }
    return count;
}

bool host_let_go(struct sim *sim, struct host *host, bool drop, const struct addr *net)
{
    size_t senders;

    if (!host->up || host->store_fails || host->rebuild || host->word != WORD_NONE)
        return false;
    host_begin_turn(sim, host);
    senders = drop ? node_drop(&host->node, net) : node_release(&host->node, net);
    if (senders == 0)
        return false;
    host->word = drop ? WORD_DROP : WORD_RELEASE;
    host->word_net = net != NULL ? *net : (struct addr){0};
    host->due = true;
    sim_trace(sim, "mx%zu: %s of %zu senders", host->index + 1, drop ? "drop" : "release", senders);
    return true;
}

void host_reload(struct sim *sim, struct host *host, const struct policy *policy)
{
    host->policy = *policy;
    ledger_add_policy(&sim->ledger, policy);
    if (!host->up)
        return;
    host_begin_turn(sim, host);
    node_policy(&host->node, policy, host->ipv6_prefix, 0);
    host->due = true;
}

const struct map_text *host_map(struct host *host)
{
    return node_map(&host->node);
}
