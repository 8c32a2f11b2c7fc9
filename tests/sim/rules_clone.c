/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 17: who hears two live nodes with one key says so, and of no other node.
 */
#include "host.h"
#include "rules.h"

#define GAP_MS 2500    /* each says something once a second; one PING may be lost */
#define NAMED_MS 10000 /* docs/DESIGN.md section 5 */

/* The process that speaks, 0: the frame does not tell. */
static uint64_t boot_of(struct sim *sim, const uint8_t *bytes, size_t size)
{
    if (message_decode(bytes, size, sim->message) != MESSAGE_OK)
        return 0;
    if (sim->message->type == MESSAGE_HELLO)
        return sim->message->hello.boot;
    return sim->message->type == MESSAGE_PING ? sim->message->ping.boot : 0;
}

static bool is_heard_for_long(const struct sim *sim, const struct host_voice *voice)
{
    return voice->boot != 0 && sim->now_ms - voice->heard_ms <= GAP_MS &&
           sim->now_ms - voice->since_ms > NAMED_MS;
}

static bool is_named(const struct sim *sim, const struct host *host, size_t peer)
{
    int64_t clone_ms = host->node.peers[peer].clone_ms;

    return clone_ms != 0 && host_now(sim, host).mono_ms - clone_ms <= NAMED_MS;
}

void rules_watch_clone(struct sim *sim, struct host *host, size_t from, const uint8_t *bytes,
                       size_t size)
{
    struct host_voice *voice = &host->voices[from];
    size_t identity = sim->hosts[from]->identity;
    uint64_t boot;

    if (sim->host_count == sim->plan.hosts)
        return; /* there is no clone yet */
    boot = boot_of(sim, bytes, size);
    if (boot == 0)
        return;
    if (boot != voice->boot || sim->now_ms - voice->heard_ms > GAP_MS)
        *voice = (struct host_voice){.boot = boot, .since_ms = sim->now_ms};
    voice->heard_ms = sim->now_ms;
    for (size_t i = 0; i < sim->host_count; i++)
        if (i != from && sim->hosts[i]->identity == identity && is_heard_for_long(sim, voice) &&
            is_heard_for_long(sim, &host->voices[i]) &&
            !is_named(sim, host, host_peer(sim, host, from)))
            sim_break(sim, RULE_CLONE, "mx%zu hears two nodes with the key of mx%zu and names none",
                      host->index + 1, identity + 1);
}

void rules_check_clones(struct sim *sim, const struct host *host)
{
    if (sim->host_count > sim->plan.hosts || sim->plan.late_frames > 0)
        return; /* what an ended process said may be read when its successor speaks */
    for (size_t i = 0; i < host->peer_count; i++)
        if (!sim->hosts[host->peers[i]]->hostile && host->node.peers[i].clone_ms != 0)
            sim_break(sim, RULE_CLONE, "mx%zu names mx%zu as a clone, and it is none",
                      host->index + 1, host->peers[i] + 1);
}
