/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics: the counters, and the gauges of metric.def, one item a sample. Samples of one metric
 * come one after the other, as the text of Prometheus wants it.
 *
 * Does not: tell addresses or accounts.
 */
#include "census.h"
#include "command.h"
#include "ingest.h"
#include "logstate.h"
#include "reply.h"
#include "status.h"

#include <stdio.h>
#include <string.h>

struct metric {
    const char *name, *type, *help;
    const char *label; /* "": has none */
};

/* Where samples go. */
struct samples {
    struct agent *agent;
    uint64_t client;
    const struct state_bans *bans;
    const struct metric *metric;
};

typedef void gauge_fn(struct samples *samples);

static void sample(struct samples *samples, const char *label, int64_t value)
{
    const struct metric *metric = samples->metric;
    struct json *root, *item = reply_item(&root), *labels;

    json_add_text(item, "name", metric->name);
    json_add_text(item, "type", metric->type);
    json_add_text(item, "help", metric->help);
    labels = json_add_object(item, "labels");
    if (metric->label[0] != '\0')
        json_add_text(labels, metric->label, label);
    json_add_number(item, "value", value);
    reply_send(samples->agent, samples->client, &root);
}

/* Peers may have the same label: then the later ones are told apart by their id. */
static const char *peer_label(const struct agent *agent, size_t index, char text[17])
{
    const struct node_peer *peers = agent->node.peers;

    for (size_t i = 0; i < index; i++)
        if (strcmp(peers[i].name, peers[index].name) == 0) {
            snprintf(text, 17, "%016llx", (unsigned long long)peers[index].id);
            return text;
        }
    return peers[index].name;
}

static bool is_up(const struct agent *agent, const struct node_peer *peer)
{
    return peer->refused == 0 && node_peer_is_up(peer, &agent->now);
}

/* A point on the monotonic clock as seconds since 1970; 0: never. */
static int64_t mono_seconds(const struct agent *agent, int64_t mono_ms)
{
    return mono_ms == 0 ? 0 : (agent->now.wall_ms - (agent->now.mono_ms - mono_ms)) / 1000;
}

static void gauge_build_info(struct samples *samples)
{
    sample(samples, samples->agent->node.version, 1);
}

static void gauge_start_time_seconds(struct samples *samples)
{
    sample(samples, NULL, mono_seconds(samples->agent, samples->agent->started_ms));
}

static void gauge_healthy(struct samples *samples)
{
    sample(samples, NULL, status_is_healthy(samples->agent));
}

static void gauge_bans(struct samples *samples)
{
    sample(samples, "permanent", samples->bans->permanent);
    sample(samples, "temporary", samples->bans->temporary);
}

static void gauge_subjects(struct samples *samples)
{
    sample(samples, NULL, (int64_t)samples->agent->node.state.table.count);
}

static void gauge_strikes(struct samples *samples)
{
    sample(samples, NULL, (int64_t)samples->agent->node.state.strike_count);
}

static void gauge_audit_entries(struct samples *samples)
{
    const struct state *state = &samples->agent->node.state;

    sample(samples, NULL, (int64_t)state_chronicle(state, ENTRY_AUDIT)->count);
}

static void gauge_brake_held_senders(struct samples *samples)
{
    const struct held *held = &samples->agent->node.hold.held;

    sample(samples, NULL, (int64_t)held->sets[HELD_WAITING].subjects.count);
}

static void gauge_brake_held_strikes(struct samples *samples)
{
    sample(samples, NULL, (int64_t)samples->agent->node.hold.held.sets[HELD_WAITING].count);
}

static void gauge_brake_held_since_timestamp_seconds(struct samples *samples)
{
    sample(samples, NULL, held_since_ms(&samples->agent->node.hold.held) / 1000);
}

static void gauge_digest_info(struct samples *samples)
{
    char digest[33];

    reply_settled_digest(samples->agent, digest);
    sample(samples, digest, 1);
}

static void gauge_map_entries(struct samples *samples)
{
    sample(samples, NULL, (int64_t)samples->agent->mapwriter.entries);
}

static void gauge_user_map_entries(struct samples *samples)
{
    sample(samples, NULL, (int64_t)samples->agent->userfile.entries);
}

static void gauge_map_max_entries(struct samples *samples)
{
    sample(samples, NULL, samples->agent->config->max_entries);
}

static void gauge_map_matches(struct samples *samples)
{
    sample(samples, NULL, status_map_matches(samples->agent));
}

static void gauge_map_last_write_timestamp_seconds(struct samples *samples)
{
    sample(samples, NULL, samples->agent->mapwriter.written_ms / 1000);
}

static void gauge_source_info(struct samples *samples)
{
    sample(samples, samples->agent->config->from_rspamd ? "rspamd" : "log", 1);
}

static void gauge_rspamd_last_datagram_timestamp_seconds(struct samples *samples)
{
    sample(samples, NULL, samples->agent->receive.last_ms / 1000);
}

static void gauge_log_last_line_timestamp_seconds(struct samples *samples)
{
    sample(samples, NULL, samples->agent->ingest.last_line_ms / 1000);
}

static void gauge_log_readable(struct samples *samples)
{
    if (!samples->agent->config->from_rspamd)
        sample(samples, NULL, ingest_problem(samples->agent) == NULL);
}

static void gauge_log_quiet_seconds(struct samples *samples)
{
    if (!samples->agent->config->from_rspamd)
        sample(samples, NULL, logstate_quiet_ms(samples->agent) / 1000);
}

static void gauge_log_polling(struct samples *samples)
{
    if (!samples->agent->config->from_rspamd)
        sample(samples, NULL, logstate_polling(samples->agent) != NULL);
}

static void gauge_store_failing(struct samples *samples)
{
    sample(samples, NULL, samples->agent->persist.failing);
}

static void gauge_peer_up(struct samples *samples)
{
    const struct agent *agent = samples->agent;
    char text[17];

    for (size_t i = 0; i < agent->node.peer_count; i++)
        sample(samples, peer_label(agent, i, text), is_up(agent, &agent->node.peers[i]));
}

static void gauge_peer_same(struct samples *samples)
{
    const struct agent *agent = samples->agent;
    char text[17];

    for (size_t i = 0; i < agent->node.peer_count; i++)
        if (is_up(agent, &agent->node.peers[i]) && agent->node.peers[i].compared)
            sample(samples, peer_label(agent, i, text), agent->node.peers[i].same);
}

static void gauge_peer_last_seen_timestamp_seconds(struct samples *samples)
{
    const struct agent *agent = samples->agent;
    char text[17];

    for (size_t i = 0; i < agent->node.peer_count; i++)
        sample(samples, peer_label(agent, i, text),
               mono_seconds(agent, agent->node.peers[i].seen_ms));
}

static const struct {
    struct metric metric;
    gauge_fn *tell;
} gauges[] = {
#define METRIC(name, label, help) {{"bansync_" #name, "gauge", help, label}, gauge_##name},
#include <bansync/metric.def>
#undef METRIC
};

static void tell_counters(struct samples *samples)
{
    const struct counters *counters = &samples->agent->node.state.counters;

#define COUNTER(name, alarm, meaning)                                                      \
    samples->metric = &(struct metric){"bansync_" #name "_total", "counter", meaning, ""}; \
    sample(samples, NULL, (int64_t)counters->name);
#include <bansync/counter.def>
#undef COUNTER
}

static void answer(struct agent *agent, uint64_t client, const struct state_bans *counted)
{
    struct samples samples = {agent, client, counted, NULL};
    struct json *root;

    for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++) {
        samples.metric = &gauges[i].metric;
        gauges[i].tell(&samples);
    }
    tell_counters(&samples);
    reply_result(&root, "banctl.metrics/1", EXIT_DONE);
    reply_end(agent, client, &root);
}

void command_metrics(struct agent *agent, const struct request *request)
{
    census_take(agent, request->client, answer);
}
