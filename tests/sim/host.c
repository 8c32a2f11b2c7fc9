/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One simulated host, see host.h. The order of a turn is that of agent/loop.c.
 */
#include "host.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "rules.h"
#include "skew.h"
#include "version.h"

#define LEASES_MS 3600000 /* how often leases are looked at, as LOOP_PROTECT_MS */
#define LEASES_AGAIN_MS 1000
#define LINES_MAX 200 /* read in one turn */

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

static uint64_t id_of(size_t identity)
{
    return 1000 + identity;
}

static void open_node(struct sim *sim, struct host *host)
{
    static char names[SIM_HOSTS_MAX][16];
    const char *peer_names[SIM_HOSTS_MAX];
    uint64_t peer_ids[SIM_HOSTS_MAX];
    struct node_options options = {
        .version = "simulated",
        .cluster = "simulation",
        .id = id_of(host->identity),
        .boot = prng_next(&sim->prng),
        .policy = host->policy,
        .ipv6_prefix = host->ipv6_prefix,
        .peer_names = peer_names,
        .peer_ids = peer_ids,
        .peer_count = host->peer_count,
        .quota_burst = sim->plan.quota_burst,
        .quota_per_s = sim->plan.quota_per_s,
    };

    for (size_t i = 0; i < SIM_HOSTS_MAX; i++)
        snprintf(names[i], sizeof(names[i]), "mx%zu", i + 1);
    options.name = names[host->identity];
    options.strike_key.bytes[0] = (uint8_t)(host->identity + 1);
    for (size_t i = 0; i < host->peer_count; i++) {
        peer_names[i] = names[host->peers[i]];
        peer_ids[i] = id_of(host->peers[i]);
    }
    assert(node_open(&host->node, &options) == 0);
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
    host->lies = 0;
    host->started_ms = sim->now_ms;
    host->rebuild = host->begun = false;
    host->stop = STOP_NOT;
    host->command_count = 0;
    host->leases_ms = INT64_MIN;
    host->cursor = host->disk.blank ? host->log.count : host->disk.cursor;
    if (host->cursor < host->log.begin)
        host->cursor = host->log.begin;
    host->durable = host->cursor;
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_ALLOW; kind++) {
        const struct disk_table *table = &host->disk.tables[kind - 1];

        for (size_t i = 0; i < table->count; i++)
            if (!node_load(&host->node, (uint8_t)kind, table->rows[i].body, table->rows[i].size))
                sim_break(sim, RULE_RELOAD, "mx%zu cannot load a row it wrote", host->index + 1);
    }
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

/* The first thing in a turn: what is damaged in memory is loaded again, as persist_check does. */
static void begin_turn(struct sim *sim, struct host *host)
{
    struct now now = host_now(sim, host);

    if (host->begun)
        return;
    host->begun = true;
    if (!node_check(&host->node, &now))
        return;
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_ALLOW && !host->rebuild; kind++) {
        const struct disk_table *table = &host->disk.tables[kind - 1];

        for (size_t i = 0; i < table->count; i++)
            node_reload(&host->node, (uint8_t)kind, table->rows[i].body, table->rows[i].size);
    }
    node_reloaded(&host->node, &now, !host->rebuild);
    sim_trace(sim, "mx%zu: damage in memory", host->index + 1);
}

void host_receive(struct sim *sim, struct host *host, size_t from, const uint8_t *bytes,
                  size_t size)
{
    size_t peer = host_peer(sim, host, from), before;
    struct now now = host_now(sim, host);

    if (!host->up || peer == SIM_NONE)
        return;
    begin_turn(sim, host);
    before = host->node.effects.count;
    node_frame(&host->node, &now, peer, bytes, size);
    if (sim->hosts[from]->hostile)
        rules_watch_hostile(sim, host, before);
    host->due = true;
    sim->stats.frames++;
    sim->stats.bytes += size;
}

void host_hit(struct sim *sim, struct host *host, const struct addr *addr, int64_t ms)
{
    struct host_log *log = &host->log;
    int64_t log_ms = ms != 0 ? ms : host_wall_ms(sim, host);
    struct ledger_line line = {.host = host->identity,
                               .subject = addr_subject(addr, host->ipv6_prefix),
                               .true_ms = sim->now_ms,
                               .owed_ms = INT64_MIN,
                               .low_ms = INT64_MAX,
                               .high_ms = INT64_MIN};

    line.log_ms = log_ms - log_ms % sim->plan.granularity_ms;
    if (log->count == log->room) {
        log->room = log->room * 2 + 64;
        log->lines = realloc(log->lines, log->room * sizeof(*log->lines));
        assert(log->lines != NULL);
    }
    log->lines[log->count++] = ledger_add_line(&sim->ledger, &line);
    host->due = true;
    sim->stats.lines++;
}

/* The id that the strike of a line got, if it is there. */
static void note_id(struct sim *sim, const struct host *host, uint32_t number)
{
    struct ledger_line *line = &sim->ledger.lines[number];
    const struct subject *subject = state_find(&host->node.state, &line->subject);

    for (size_t i = subject != NULL ? subject->strikes.count : 0; i-- > 0;)
        if (ledger_line_of(&subject->strikes.list[i]) == number) {
            line->id = subject->strikes.list[i].id;
            return;
        }
}

static void read_line(struct sim *sim, struct host *host, const struct now *now, size_t index)
{
    uint32_t number = host->log.lines[index];
    struct ledger_line *line = &sim->ledger.lines[number];
    char text[32], account[32];
    int64_t off_ms = 0, at_ms;
    struct node_hit hit = {.source = "/var/log/rspamd/rspamd.log",
                           .offset = (index - host->log.begin) * 100,
                           .line = text,
                           .addr = line->subject,
                           .t_ms = line->log_ms,
                           .bucket = "user",
                           .bucket_size = 4,
                           .account = account};

    /* A line from the future counts at its arrival: agent/ingest.c. */
    if (hit.t_ms > now->wall_ms + CLOCK_SKEW_MS_MAX)
        hit.t_ms = now->wall_ms;
    hit.line_size = (size_t)snprintf(text, sizeof(text), "line %u", number);
    hit.account_size = ledger_account(number, account);
    at_ms = node_clock_is_off(&host->node, now, &off_ms) ? hit.t_ms + off_ms : hit.t_ms;
    line->low_ms = at_ms < line->low_ms ? at_ms : line->low_ms;
    line->high_ms = at_ms > line->high_ms ? at_ms : line->high_ms;
    line->read_ms = at_ms;
    line->read = true;
    line->late = at_ms <= state_now_ms(&host->node.state) - STRIKE_HORIZON_MS;
    node_hit(&host->node, now, &hit);
    note_id(sim, host, number);
}

static void read_log(struct sim *sim, struct host *host, const struct now *now)
{
    for (size_t i = 0; i < LINES_MAX && host->cursor < host->log.count; i++)
        read_line(sim, host, now, host->cursor++);
    host->due |= host->cursor < host->log.count;
}

bool host_is_sane(const struct sim *sim, const struct host *host)
{
    struct now now = host_now(sim, host);
    int64_t off_ms;

    return !node_clock_is_off(&host->node, &now, &off_ms);
}

bool host_command(struct sim *sim, struct host *host, enum event_type type, const struct addr *addr,
                  int64_t until_ms)
{
    struct now now = host_now(sim, host);
    uint64_t request = ++sim->request;
    enum step_result result = STEP_SAME;

    if (!host->up || host->command_count == SIM_COMMANDS_MAX || !host_is_sane(sim, host))
        return false;
    begin_turn(sim, host);
    if (type == EVENT_BAN)
        result = node_ban(&host->node, &now, request, addr, until_ms, "reason", "root");
    else if (type == EVENT_UNBAN)
        result = node_unban(&host->node, &now, request, addr, "reason", "root");
    else if (type == EVENT_ALLOW_ADD)
        result = node_allow_add(&host->node, &now, request, addr, until_ms, "reason", "root");
    else
        result = node_allow_remove(&host->node, &now, request, addr, "reason", "root");
    if (result != STEP_CHANGED)
        return false;
    host->commands[host->command_count++] = (struct host_command){request, type, *addr, until_ms};
    host->due = true;
    sim->stats.commands++;
    return true;
}

void host_reload(struct sim *sim, struct host *host, const struct policy *policy)
{
    host->policy = *policy;
    ledger_add_policy(&sim->ledger, policy);
    if (!host->up)
        return;
    begin_turn(sim, host);
    node_policy(&host->node, policy, host->ipv6_prefix, 0);
    host->due = true;
}

static bool commit(struct sim *sim, struct host *host)
{
    const struct node *node = &host->node;
    bool rows = false;

    if (host->store_fails) {
        host->rebuild = true;
        return false;
    }
    for (size_t i = 0; i < node->effects.count && !rows; i++)
        rows = node->effects.list[i].type <= EFFECT_EXPIRE;
    if (host->rebuild)
        disk_rebuild(&host->disk, &node->state, &node->effects, node->state.hlc, host->cursor);
    else if (rows || host->disk.blank || host->cursor != host->disk.cursor)
        disk_commit(&host->disk, &node->effects, node->state.hlc, host->cursor);
    host->rebuild = false;
    rules_watch_waiting(sim, host);
    for (; host->durable < host->cursor; host->durable++) {
        struct ledger_line *line = &sim->ledger.lines[host->log.lines[host->durable]];

        line->owed = !line->late;
        if (line->owed && line->read_ms > line->owed_ms)
            line->owed_ms = line->read_ms;
    }
    return true;
}

static void write_map(struct host *host)
{
    const struct map_text *map = node_map(&host->node);

    free(host->map);
    host->map = malloc(map->size);
    assert(host->map != NULL);
    memcpy(host->map, map->bytes, map->size);
    host->map_size = map->size;
    host->node.file_hash = node_map_hash(&host->node, map->bytes, map->size);
}

static bool map_is_due(const struct host *host)
{
    const struct effects *effects = &host->node.effects;

    if (host->map == NULL)
        return true;
    for (size_t i = 0; i < effects->count; i++)
        if (effects->list[i].type == EFFECT_MAP || effects->list[i].type == EFFECT_DONE)
            return true;
    return false;
}

/* The host that has that key; of several that are up, whichever the network finds. */
static size_t route(struct sim *sim, size_t identity)
{
    size_t found = identity, count = 0;

    for (size_t i = identity; i < sim->host_count; i++)
        if (sim->hosts[i]->identity == identity && (sim->hosts[i]->up || sim->hosts[i]->hostile) &&
            prng_below(&sim->prng, ++count) == 0)
            found = i;
    return found;
}

static void send_frames(struct sim *sim, struct host *host, size_t count)
{
    struct node *node = &host->node;

    for (size_t i = 0; i < count; i++) {
        struct node_frame *frame = &node->frames[i];
        struct node_peer *peer = &node->peers[frame->peer];
        uint8_t *bytes = frame->bytes;
        size_t size = frame->size;

        rules_watch_frame(sim, host, bytes, size);
        frame->bytes = NULL; /* ours now */
        if (host->next && prng_chance(&sim->prng, 50000))
            net_send(sim, host->index, route(sim, host->peers[frame->peer]),
                     version_unknown(bytes, size), size);
        if (host->next)
            version_extend(sim, &bytes, &size);
        if (net_send(sim, host->index, route(sim, host->peers[frame->peer]), bytes, size))
            continue;
        node->state.counters.frames_unsent += peer->greeted;
        peer->fresh = true;
    }
}

static void take_answers(struct sim *sim, struct host *host, const struct now *now)
{
    struct node_done done;

    while (node_take_done(&host->node, now, &done))
        for (size_t i = 0; i < host->command_count; i++)
            if (host->commands[i].request == done.request) {
                rules_watch_answer(sim, host, &host->commands[i], &done);
                host->answer = done;
                host->commands[i] = host->commands[--host->command_count];
                break;
            }
}

/* What is done before the commit; nothing of it is seen outside. */
static void flush_turn(struct sim *sim, struct host *host, const struct now *now)
{
    int64_t pause_ms = node_wants_allow(&host->node) ? LEASES_AGAIN_MS : LEASES_MS;

    if (host->leases_ms == INT64_MIN || sim->now_ms - host->leases_ms >= pause_ms) {
        node_allow(&host->node, now, host->leases, host->lease_count, "configuration");
        host->leases_ms = sim->now_ms;
    }
    node_tick(&host->node, now);
    node_flush(&host->node, now);
}

/* What follows once it is known whether the commit went well. */
static bool end_turn(struct sim *sim, struct host *host, const struct now *now, enum host_stop stop)
{
    struct node *node = &host->node;

    if (map_is_due(host))
        write_map(host);
    if (node_wants_file(node))
        node_file(node, now, host->map, host->map_size);
    if (stop == STOP_BEFORE_SEND)
        return false;
    send_frames(sim, host,
                stop == STOP_WHILE_SENDING ? prng_below(&sim->prng, node->frame_count + 1)
                                           : node->frame_count);
    if (stop == STOP_WHILE_SENDING || stop == STOP_BEFORE_ANSWER)
        return false;
    take_answers(sim, host, now);
    node_turn_end(node);
    return true;
}

static bool run_turn(struct sim *sim, struct host *host, enum host_stop stop)
{
    struct now now = host_now(sim, host);
    size_t first;
    bool durable;

    begin_turn(sim, host);
    read_log(sim, host, &now);
    if (stop == STOP_BEFORE_FLUSH)
        return false;
    flush_turn(sim, host, &now);
    if (stop == STOP_BEFORE_COMMIT)
        return false;
    durable = commit(sim, host);
    if (stop == STOP_AFTER_COMMIT)
        return false;
    first = host->node.effects.count;
    node_committed(&host->node, &now, durable);
    rules_watch_commit(sim, host, first, durable);
    return stop != STOP_BEFORE_MAP && end_turn(sim, host, &now, stop);
}

void host_turn(struct sim *sim, struct host *host)
{
    enum host_stop stop = host->stop;

    host->stop = STOP_NOT;
    host->due = false;
    host->turn_ms = sim->now_ms + SIM_TURN_MS;
    sim->stats.turns++;
    if (!run_turn(sim, host, stop))
        host_kill(sim, host);
    host->begun = false;
}

const struct map_text *host_map(struct host *host)
{
    return node_map(&host->node);
}
