/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A turn of a simulated host, see host.h. Its order is that of agent/loop.c.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "host.h"
#include "maps.h"
#include "rules.h"
#include "version.h"

#define LEASES_MS 3600000 /* how often leases are looked at, as LOOP_PROTECT_MS */
#define LEASES_AGAIN_MS 1000
#define MAP_CHECK_MS 10000

/* What is damaged in memory is loaded again, as persist_check does. */
void host_begin_turn(struct sim *sim, struct host *host)
{
    struct now now = host_now(sim, host);

    if (host->begun)
        return;
    host->begun = true;
    host->begun_ms = state_now_ms(&host->node.state);
    if (!node_check(&host->node, &now))
        return;
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS && !host->rebuild; kind++) {
        const struct disk_table *table = &host->disk.tables[kind - 1];

        for (size_t i = 0; i < table->count; i++)
            node_reload(&host->node, (uint8_t)kind, table->rows[i].body, table->rows[i].size);
    }
    node_reloaded(&host->node, &now, !host->rebuild);
    sim_trace(sim, "mx%zu: damage in memory", host->index + 1);
}

static enum held_place place_of(const struct host *host, const struct ledger_line *line)
{
    const struct node *node = &host->node;
    struct strike strike = {.id = line->id, .origin = node->state.node};

    return held_find(&node->hold.held, state_hash(&node->state, &line->subject), &line->subject,
                     &strike);
}

static bool is_outside(const struct host *host, const struct ledger_line *line)
{
    return line->id != 0 && place_of(host, line) != HELD_NOWHERE;
}

/* As many as are kept of one sender are held, and this one is not among them. */
static bool is_crowded_out(const struct host *host, const struct ledger_line *line)
{
    const struct state *state = &host->node.state;
    struct strike strike = {.id = line->id, .origin = state->node};
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(state, &line->subject, &room_of_subject);
    const struct subject *held =
        table_find(&host->node.hold.held.sets[HELD_WAITING].subjects, &line->subject,
                   state_hash(state, &line->subject), NULL);

    return held != NULL && held->strikes.count >= STRIKES_PER_ORIGIN_MAX &&
           (subject == NULL || strikes_find(&subject->strikes, &strike) == subject->strikes.count);
}

static bool is_dropped(const struct host *host, const struct ledger_line *line)
{
    return place_of(host, line) >= HELD_DROPPING;
}

/* What an operator let go is committed. */
static void note_word(struct sim *sim, struct host *host)
{
    if (host->word == WORD_NONE || node_is_letting_go(&host->node))
        return;
    ledger_let_go(&sim->ledger, host, &host->word_net, host->word == WORD_DROP);
    host->word = WORD_NONE;
}

/* The turn that read the line is durable. */
static void note_durable(const struct host *host, struct ledger_line *line)
{
    if (is_outside(host, line)) {
        line->held |= !is_dropped(host, line);
        return;
    }
    if (is_crowded_out(host, line))
        return;
    line->held = false;
    line->owed = !line->late;
    if (line->owed && line->read_ms > line->owed_ms)
        line->owed_ms = line->read_ms;
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
        disk_rebuild(&host->disk, &host->node, host->cursor);
    else if (rows || host->disk.blank || host->cursor != host->disk.cursor)
        disk_commit(&host->disk, &node->effects, node->state.hlc, host->cursor);
    host->rebuild = false;
    rules_watch_waiting(sim, host);
    note_word(sim, host);
    for (; host->durable < host->cursor; host->durable++) {
        struct ledger_line *line = &sim->ledger.lines[host->log.lines[host->durable]];
        struct ledger_line *beside = &sim->ledger.lines[line->beside];

        note_durable(host, line);
        if (line->beside != 0 && beside->taken && host->policy.accounts != ACCOUNTS_OFF)
            note_durable(host, beside);
    }
    return true;
}

static char *copy_of(const struct map_text *map)
{
    char *copy = malloc(map->size);

    assert(copy != NULL);
    memcpy(copy, map->bytes, map->size);
    return copy;
}

static void write_map(struct sim *sim, struct host *host)
{
    const struct map_text *map = node_map(&host->node), *users = node_usermap(&host->node);

    host->map_ms = sim->now_ms;
    free(host->map);
    free(host->users);
    host->map = copy_of(map);
    host->map_size = map->size;
    host->users = copy_of(users);
    host->users_size = users->size;
    host->node.file_hash =
        node_map_hash(&host->node, map->bytes, map->size, users->bytes, users->size);
}

/* Also at the start, and now and then: agent/mapwriter.c. */
static bool map_is_due(const struct sim *sim, const struct host *host)
{
    const struct effects *effects = &host->node.effects;

    if (sim->now_ms - host->map_ms >= MAP_CHECK_MS)
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

        rules_watch_flow(sim, host, 1, 0);
        rules_watch_frame(sim, host, bytes, size);
        if (host->meter.on)
            meter_count(host->meter.sent, sim->message, size);
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
                rules_watch_told(sim, host, &done);
                host->answer = done;
                host->commands[i] = host->commands[--host->command_count];
                break;
            }
}

/* What is done before the commit; nothing of it is seen outside. */
static void flush_turn(struct sim *sim, struct host *host, const struct now *now)
{
    int64_t pause_ms = node_wants_allow(&host->node) ? LEASES_AGAIN_MS : LEASES_MS;

    meter_begin(&host->meter);
    if (host->leases_ms == INT64_MIN || sim->now_ms - host->leases_ms >= pause_ms) {
        node_allow(&host->node, now, host->leases, host->lease_count, "configuration");
        host->leases_ms = sim->now_ms;
    }
    node_tick(&host->node, now);
    node_flush(&host->node, now);
    meter_end(&host->meter);
}

/* What follows once it is known whether the commit went well. */
static bool end_turn(struct sim *sim, struct host *host, const struct now *now, enum host_stop stop)
{
    struct node *node = &host->node;

    meter_begin(&host->meter);
    if (map_is_due(sim, host))
        write_map(sim, host);
    if (node_wants_file(node))
        node_file(node, now, host->map, host->map_size, host->users, host->users_size);
    meter_end(&host->meter);
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

    meter_begin(&host->meter);
    host_begin_turn(sim, host);
    meter_end(&host->meter);
    host_read_log(sim, host, &now);
    if (stop == STOP_BEFORE_FLUSH)
        return false;
    flush_turn(sim, host, &now);
    rules_watch_rows(sim, host);
    rules_watch_held(sim, host);
    if (stop == STOP_BEFORE_COMMIT)
        return false;
    durable = commit(sim, host);
    if (stop == STOP_AFTER_COMMIT)
        return false;
    first = host->node.effects.count;
    meter_begin(&host->meter);
    node_committed(&host->node, &now, durable);
    meter_end(&host->meter);
    rules_watch_commit(sim, host, first, durable);
    return stop != STOP_BEFORE_MAP && end_turn(sim, host, &now, stop);
}

void host_turn(struct sim *sim, struct host *host)
{
    enum host_stop stop = host->stop;

    host->stop = STOP_NOT;
    host->due = false;
    host->turn_ms = sim->now_ms + SIM_TURN_MS;
    rules_watch_flow(sim, host, 0, 1);
    sim->stats.turns++;
    if (!run_turn(sim, host, stop))
        host_kill(sim, host);
    host->begun = false;
}
