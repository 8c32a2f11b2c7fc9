/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trouble of hosts, see chaos.h.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "chaos.h"
#include "host.h"

#define YEAR_MS (INT64_C(365) * 86400000)
#define HOUR_MS 3600000
#define REMEMBERED_MS (INT64_C(6) * 86400000) /* a node knows the right time for a week */
#define CLOCK_STALE_MS 10000                  /* a late PING may tell of it so much later */

/* A host that is down and may come back; NULL if there is none. */
static struct host *pick_down(struct sim *sim)
{
    struct host *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < sim->host_count; i++) {
        struct host *host = sim->hosts[i];

        if (!host->up && !host->retired && !host->hostile && !host->awaited &&
            prng_below(&sim->prng, ++count) == 0)
            found = host;
    }
    return found;
}

/* A host that is down; if there is none, one is taken down. */
static struct host *pick_for_repair(struct sim *sim)
{
    struct host *host = pick_down(sim);

    if (host == NULL)
        host = chaos_pick(sim, false);
    if (host != NULL)
        host_kill(sim, host);
    return host;
}

void chaos_start_blank(struct sim *sim, struct host *host)
{
    ledger_forget(sim, host);
    disk_close(&host->disk);
    sim_trace(sim, "mx%zu: database lost", host->index + 1);
    host_start(sim, host);
}

void chaos_start_backup(struct sim *sim, struct host *host)
{
    ledger_forget(sim, host);
    disk_copy(&host->backup, &host->disk);
    sim_trace(sim, "mx%zu: database of earlier", host->index + 1);
    host_start(sim, host);
}

void chaos_back_up(struct host *host)
{
    disk_copy(&host->disk, &host->backup);
    host->has_backup = true;
}

static void lose_disk(struct sim *sim)
{
    struct host *host = pick_for_repair(sim);

    if (host != NULL)
        chaos_start_blank(sim, host);
}

static void restore(struct sim *sim)
{
    struct host *host = pick_for_repair(sim);

    if (host != NULL && host->has_backup)
        chaos_start_backup(sim, host);
}

static void backup(struct sim *sim)
{
    struct host *host = chaos_pick(sim, false);

    if (host != NULL)
        chaos_back_up(host);
}

void chaos_end_clone(struct sim *sim, struct host *clone)
{
    host_kill(sim, clone);
    ledger_forget(sim, clone);
    disk_close(&clone->disk);
    clone->retired = true;
}

static void copy_log(struct host_log *to, const struct host_log *from)
{
    *to = *from;
    to->lines = malloc((from->room + 1) * sizeof(*to->lines));
    assert(to->lines != NULL);
    if (from->count > 0)
        memcpy(to->lines, from->lines, from->count * sizeof(*to->lines));
}

struct host *chaos_clone(struct sim *sim, struct host *host, bool blank)
{
    struct host *copy = sim_add_host(sim);

    copy->identity = host->identity;
    copy->policy = host->policy;
    copy->next = host->next;
    copy->lease_count = host->lease_count;
    memcpy(copy->leases, host->leases, sizeof(copy->leases));
    copy->peer_count = host->peer_count;
    memcpy(copy->peers, host->peers, sizeof(copy->peers));
    if (!blank) {
        disk_copy(&host->disk, &copy->disk);
        copy_log(&copy->log, &host->log);
    }
    host_set_clock(sim, copy, host_wall_ms(sim, host) - sim->now_ms);
    for (size_t i = 0; i < sim->host_count; i++) {
        sim->net.links[copy->index][i] = sim->net.links[host->index][i];
        sim->net.links[i][copy->index] = sim->net.links[i][host->index];
    }
    sim_trace(sim, "mx%zu is cloned%s", host->index + 1, blank ? ", blank" : "");
    host_start(sim, copy);
    return copy;
}

/* There is one at a time: the one that is there ends, or a host is cloned. */
static void clone(struct sim *sim)
{
    struct host *host = chaos_pick(sim, false);

    for (size_t i = 0; i < sim->host_count; i++)
        if (sim->hosts[i]->identity != i && !sim->hosts[i]->retired) {
            chaos_end_clone(sim, sim->hosts[i]);
            return;
        }
    if (host != NULL && sim->host_count < sim->plan.hosts + 2)
        chaos_clone(sim, host, prng_chance(&sim->prng, 500000));
}

static void join(struct sim *sim)
{
    for (size_t i = 0; i < sim->host_count; i++)
        if (sim->hosts[i]->awaited) {
            sim->hosts[i]->awaited = false;
            host_start(sim, sim->hosts[i]);
            return;
        }
}

void chaos_retire(struct sim *sim, struct host *host)
{
    host_kill(sim, host);
    ledger_forget(sim, host);
    disk_close(&host->disk);
    host->retired = true;
    sim_trace(sim, "mx%zu is gone for good", host->index + 1);
}

/* The rest must stay connected, and be two at least. */
static void retire(struct sim *sim)
{
    struct host *host = sim->hosts[sim->plan.hosts - 1];
    size_t left = 0;

    for (size_t i = 0; i < sim->plan.hosts; i++)
        left += !sim->hosts[i]->retired && !sim->hosts[i]->hostile;
    if (sim->plan.shape != PLAN_MESH || sim->plan.one_way || left < 3 || host->retired ||
        host->hostile || host->awaited)
        return;
    chaos_retire(sim, host);
}

/* True if enough others are up, linked and right for the host to know that its clock is wrong: a
 * node that never heard two others has no way to tell, nor has one among many that are wrong. Two
 * of four are as good as the other two, so where one lies there must be three. */
static bool is_watched(const struct sim *sim, const struct host *host)
{
    size_t others = 0;

    for (size_t i = 0; i < host->peer_count; i++) {
        const struct host *peer = sim->hosts[host->peers[i]];

        others += peer->up && sim->net.links[peer->index][host->index] == NET_UP;
    }
    for (size_t i = 0; i < sim->host_count; i++)
        if (host_is_far_off(sim, sim->hosts[i]))
            return false;
    return others >= (sim->plan.hostile ? 3 : 2) &&
           sim->now_ms - sim->far_off_ms > NODE_CLOCK_MS + CLOCK_STALE_MS &&
           host->node.ref_heard_ms != 0 &&
           host_now(sim, host).mono_ms - host->node.ref_heard_ms < REMEMBERED_MS;
}

static void set_clock(struct sim *sim, enum plan_action action)
{
    struct host *host = chaos_pick(sim, true);
    int64_t off_ms;

    if (host == NULL)
        return;
    off_ms = prng_range(&sim->prng, -sim->plan.skew_ms, sim->plan.skew_ms);
    if (action == ACTION_leap) {
        if (!is_watched(sim, host))
            return;
        off_ms = prng_chance(&sim->prng, 500000) ? HOUR_MS : YEAR_MS;
        off_ms = prng_chance(&sim->prng, 500000) ? off_ms : -off_ms;
    }
    host_set_clock(sim, host, off_ms);
    if (action == ACTION_drift)
        host->drift_ppm = prng_range(&sim->prng, -500, 500);
    sim_trace(sim, "mx%zu: clock %+lld ms", host->index + 1, (long long)off_ms);
}

void chaos_truncate(struct sim *sim, struct host *host)
{
    for (size_t i = host->cursor; i < host->log.count; i++)
        ledger_lose_line(&sim->ledger, host->log.lines[i]);
    host->log.begin = host->log.count;
    chaos_reread(host, host->log.begin);
}

void chaos_reread(struct host *host, size_t line)
{
    host->cursor = line;
    if (host->durable > line)
        host->durable = line;
    host->due = true;
}

static void change_log(struct sim *sim, enum plan_action action)
{
    struct host *host = chaos_pick(sim, true);

    if (host == NULL)
        return;
    if (action == ACTION_truncate)
        chaos_truncate(sim, host);
    else
        chaos_reread(
            host, (size_t)prng_range(&sim->prng, (int64_t)host->log.begin, (int64_t)host->cursor));
    sim_trace(sim, "mx%zu: log %s", host->index + 1, plan_action_name(action));
}

static void crash(struct sim *sim, bool down)
{
    struct host *host = chaos_pick(sim, true);

    if (host == NULL)
        return;
    if (down) {
        host_kill(sim, host);
        return;
    }
    host->stop = (enum host_stop)prng_range(&sim->prng, STOP_BEFORE_FLUSH, STOP_KINDS - 1);
    sim_trace(sim, "mx%zu: will end at %d", host->index + 1, (int)host->stop);
}

static void fill_disk(struct sim *sim)
{
    struct host *host = chaos_pick(sim, true);

    if (host == NULL)
        return;
    host->store_fails = !host->store_fails;
    sim_trace(sim, "mx%zu: commits %s", host->index + 1, host->store_fails ? "fail" : "work");
}

static void restart(struct sim *sim)
{
    struct host *host = pick_down(sim);

    if (host == NULL)
        return;
    if (prng_chance(&sim->prng, 200000))
        host->mono_from_ms = sim->now_ms; /* the whole machine was off */
    host_start(sim, host);
}

void chaos_host(struct sim *sim, enum plan_action action)
{
    if (action == ACTION_crash || action == ACTION_down)
        crash(sim, action == ACTION_down);
    else if (action == ACTION_restart)
        restart(sim);
    else if (action == ACTION_lost_disk)
        lose_disk(sim);
    else if (action == ACTION_backup)
        backup(sim);
    else if (action == ACTION_restore)
        restore(sim);
    else if (action == ACTION_clone)
        clone(sim);
    else if (action == ACTION_join)
        join(sim);
    else if (action == ACTION_retire)
        retire(sim);
    else if (action == ACTION_skew || action == ACTION_leap || action == ACTION_drift)
        set_clock(sim, action);
    else if (action == ACTION_reread || action == ACTION_truncate)
        change_log(sim, action);
    else if (action == ACTION_full_disk)
        fill_disk(sim);
}
