/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status: this node on one page.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alert.h"
#include "alert_digest.h"
#include "alert_post.h"
#include "census.h"
#include "clock.h"
#include "command.h"
#include "config_value.h"
#include "guard.h"
#include "heldmap.h"
#include "ingest.h"
#include "judge.h"
#include "logstate.h"
#include "logzone.h"
#include "mapwriter.h"
#include "peers.h"
#include "persist.h"
#include "reply.h"
#include "status.h"
#include "webhook.h"

/* Strangers are named, but whoever can reach the port could otherwise degrade the status at will.
 */
static void judge_strangers(const struct agent *agent, struct json *result)
{
    struct bus_stats stats;
    struct json *out;

    if (agent->bus == NULL) {
        json_add_null(result, "refused");
        return;
    }
    bus_statistics(agent->bus, &stats);
    if (stats.handshakes_refused + stats.handshakes_failed == 0) {
        json_add_null(result, "refused");
        return;
    }
    out = json_add_object(result, "refused");
    json_add_number(out, "unknown_key", (int64_t)stats.handshakes_refused);
    json_add_number(out, "no_handshake", (int64_t)stats.handshakes_failed);
    json_add_text(out, "last_key",
                  stats.last_refused_key[0] != '\0' ? stats.last_refused_key : NULL);
    json_add_text(out, "last_address",
                  stats.last_refused_address[0] != '\0' ? stats.last_refused_address : NULL);
}

static void add_node(struct agent *agent, struct json *result)
{
    struct json *node = json_add_object(result, "node");
    char key[NODE_KEY_TEXT_SIZE];

    keyfile_text(agent->key.public_key, key);
    json_add_text(node, "name", agent->node.name);
    reply_hex(node, "id", agent->node.state.node);
    json_add_text(node, "key", key);
    json_add_text(node, "version", agent->node.version);
    json_add_text(node, "cluster", agent->config->cluster_name);
    json_add_number(node, "uptime_ms", agent->now.mono_ms - agent->started_ms);
    json_add_number(node, "pid", getpid());
}

static void add_zone(const struct agent *agent, struct json *log)
{
    char text[LOGZONE_TEXT_SIZE];
    int east_min;

    if (!logzone_print(agent, &east_min, text)) {
        json_add_null(log, "zone");
        return;
    }
    log = json_add_object(log, "zone");
    json_add_number(log, "east_min", east_min);
    json_add_text(log, "detail", text);
}

static void add_log(struct agent *agent, struct json *result)
{
    struct json *log = json_add_object(result, "log");
    const char *problem = ingest_problem(agent);
    struct tail_stats stats = {0};

    if (agent->ingest.tail != NULL)
        tail_statistics(agent->ingest.tail, &stats);
    json_add_text(log, "file", agent->config->log_file);
    json_add_text(log, "state",
                  agent->config->from_rspamd ? "off"
                  : problem == NULL          ? "read"
                                             : "unreadable");
    json_add_text(log, "detail", problem);
    reply_time(log, "last_line", agent->ingest.last_line_ms);
    reply_time(log, "last_hit", agent->ingest.last_hit_ms);
    if (agent->ingest.tail != NULL)
        json_add_number(log, "quiet_ms", logstate_quiet_ms(agent));
    else
        json_add_null(log, "quiet_ms");
    json_add_text(log, "polling", logstate_polling(agent));
    json_add_text(log, "damaged", stats.damaged > 0 ? stats.damaged_name : NULL);
    add_zone(agent, log);
}

static void add_source(struct agent *agent, struct json *result)
{
    struct json *rspamd;

    json_add_text(result, "source", agent->config->from_rspamd ? "rspamd" : "log");
    if (!agent->config->from_rspamd) {
        json_add_null(result, "rspamd");
        return;
    }
    rspamd = json_add_object(result, "rspamd");
    json_add_text(rspamd, "socket", agent->config->rspamd_socket);
    reply_time(rspamd, "last_datagram", agent->receive.last_ms);
    reply_time(rspamd, "last_hit", agent->receive.last_hit_ms);
}

static void add_held(struct agent *agent, struct json *map)
{
    const struct heldmap *held = &agent->heldmap;
    struct json *out;

    if (held->kind == HELDMAP_NONE) {
        json_add_null(map, "held");
        return;
    }
    out = json_add_object(map, "held");
    json_add_text(out, "kind", heldmap_kind_name(held->kind));
    json_add_number(out, "entries", (int64_t)held->text.entries);
    reply_time(out, "since", held->since_ms);
    json_add_text(out, "copy", held->copy);
}

static void add_map(struct agent *agent, struct json *result)
{
    struct json *map = json_add_object(result, "map");
    const struct mapwriter *writer = &agent->mapwriter;

    json_add_text(map, "file", agent->config->map_file);
    json_add_number(map, "entries", (int64_t)writer->entries);
    json_add_number(map, "bytes", (int64_t)writer->bytes);
    reply_time(map, "written", writer->written_ms);
    json_add_text(map, "sha256", mapwriter_sha256(agent));
    json_add_bool(map, "matches", status_map_matches(agent));
    json_add_text(map, "mode", agent->config->observe ? "observe" : "enforce");
    if (agent->config->observe)
        json_add_number(map, "would", (int64_t)mapwriter_would_count(agent));
    else
        json_add_null(map, "would");
    add_held(agent, map);
}

/* Null as long as no account is counted or banned. */
static void add_usermap(struct agent *agent, struct json *result)
{
    const struct userfile *users = &agent->userfile;
    struct json *map;

    if (agent->config->accounts == ACCOUNTS_OFF && users->entries == 0 && !users->foreign) {
        json_add_null(result, "user_map");
        return;
    }
    map = json_add_object(result, "user_map");
    json_add_text(map, "file", agent->config->users_file);
    json_add_number(map, "entries", (int64_t)users->entries);
    json_add_number(map, "untold", (int64_t)agent->node.users_untold);
    json_add_bool(map, "foreign", users->foreign);
    json_add_text(map, "accounts", config_accounts_name((int)agent->node.state.policy.accounts));
}

static void add_brake(struct agent *agent, struct json *result)
{
    const struct held *held = &agent->node.hold.held;
    struct json *brake;

    if (held->sets[HELD_WAITING].count == 0) {
        json_add_null(result, "brake");
        return;
    }
    brake = json_add_object(result, "brake");
    json_add_number(brake, "senders", (int64_t)held->sets[HELD_WAITING].subjects.count);
    json_add_number(brake, "hits", (int64_t)held->sets[HELD_WAITING].count);
    reply_time(brake, "since", held_since_ms(held));
}

static void add_database(const struct agent *agent, struct json *result)
{
    const struct persist *persist = &agent->persist;
    struct json *database = json_add_object(result, "database");
    bool failing = persist->failing;

    json_add_text(database, "state", failing ? "failing" : "written");
    reply_time(database, "failing_since", failing ? persist->failing_since_ms : 0);
    json_add_text(database, "cause", failing ? store_trouble_name(persist->trouble) : NULL);
    json_add_text(database, "detail", failing ? persist->error : NULL);
    json_add_text(database, "hint", persist_hint(agent));
}

static void add_channel(struct json *list, const struct agent *agent, enum channel channel)
{
    const struct alert_channel *state = &agent->alert.channels[channel];
    struct json *out = json_append_object(list);

    json_add_text(out, "channel", channel_name(channel));
    reply_time(out, "last_sent", state->sent_ms);
    reply_time(out, "failing_since", state->failing_since_ms);
    json_add_text(out, "detail", state->failing_since_ms != 0 ? state->reason : NULL);
}

/* The first three of mails: as long as there was nothing else they were all there was. */
static void add_alerts(struct agent *agent, struct json *result)
{
    const struct config *config = agent->config;
    const struct alert_channel *mails = &agent->alert.channels[CHANNEL_MAIL];
    char host[WEBHOOK_HOST_SIZE];
    struct json *alerts, *list;

    if (!alert_is_wanted(config)) {
        json_add_null(result, "alerts");
        return;
    }
    alerts = json_add_object(result, "alerts");
    json_add_text(alerts, "to", config->mail_to[0] != '\0' ? config->mail_to : NULL);
    json_add_text(alerts, "server", config->mail_to[0] != '\0' ? config->smtp : NULL);
    reply_time(alerts, "last_sent", mails->sent_ms);
    reply_time(alerts, "failing_since", mails->failing_since_ms);
    json_add_text(alerts, "detail", mails->failing_since_ms != 0 ? mails->reason : NULL);
    json_add_bool(alerts, "running", !courier_is_gone(&agent->alert.courier));
    json_add_text(alerts, "webhook",
                  config->webhook[0] != '\0' ? webhook_host(config->webhook, host) : NULL);
    json_add_text(alerts, "exec", config->alert_exec[0] != '\0' ? config->alert_exec : NULL);
    json_add_number(alerts, "waiting", alert_waiting(agent));
    json_add_number(alerts, "gathered", (int64_t)alert_digest_waiting(agent));
    list = json_add_array(alerts, "channels");
    for (int i = 0; i < CHANNEL_COUNT; i++)
        add_channel(list, agent, (enum channel)i);
}

static void add_bans(struct agent *agent, struct json *result, const struct state_bans *counted)
{
    const struct state *state = &agent->node.state;
    struct json *bans = json_add_object(result, "bans");

    json_add_number(bans, "permanent", counted->permanent);
    json_add_number(bans, "temporary", counted->temporary);
    json_add_number(result, "subjects", (int64_t)state->table.count);
    json_add_number(result, "strikes", (int64_t)state->strike_count);
    json_add_number(result, "audit_entries", (int64_t)state_chronicle(state, ENTRY_AUDIT)->count);
}

static void add_peers(struct agent *agent, struct json *result)
{
    struct json *peers = json_add_array(result, "peers");
    int64_t up = 0;

    for (size_t i = 0; i < agent->node.peer_count; i++) {
        peer_reply(agent, json_append_object(peers), &agent->node.peers[i]);
        up += node_peer_is_up(&agent->node.peers[i], &agent->now);
    }
    json_add_number(result, "peers_up", up);
    json_add_number(result, "peers_total", (int64_t)agent->node.peer_count);
}

static void add_counters(const struct counters *counters, struct json *result)
{
    struct json *out = json_add_object(result, "counters");

#define COUNTER(name, alarm, meaning) json_add_number(out, #name, (int64_t)counters->name);
#include <bansync/counter.def>
#undef COUNTER
}

bool status_is_healthy(struct agent *agent)
{
    struct json *root = json_open();
    size_t reasons = judge_reasons(agent, json_add_array(root, "reasons"));

    json_free(&root);
    return reasons == 0;
}

bool status_map_matches(const struct agent *agent)
{
    return !agent->mapwriter.failing && agent->heldmap.kind == HELDMAP_NONE &&
           agent->node.file_hash == agent->node.map_hash;
}

/* What is not seen yet is neither well nor a reason. */
static const char *state_name(const struct agent *agent, size_t reasons)
{
    if (reasons > 0)
        return "degraded";
    for (size_t i = 0; i < agent->node.peer_count; i++)
        if (peer_is_linking(agent, &agent->node.peers[i]))
            return "starting";
    return "healthy";
}

static void answer(struct agent *agent, uint64_t client, const struct state_bans *counted)
{
    const struct counters *counters = &agent->node.state.counters;
    struct json *root = json_open();
    struct json *result = json_add_object(root, "result");
    size_t reasons = judge_reasons(agent, json_add_array(result, "reasons"));
    char digest[33];

    reply_digest(agent, digest);
    json_add_text(result, "schema", "banctl.status/1");
    json_add_text(result, "state", state_name(agent, reasons));
    json_add_number(result, "exit", reasons == 0 ? EXIT_DONE : EXIT_DEGRADED);
    add_node(agent, result);
    add_source(agent, result);
    add_log(agent, result);
    add_map(agent, result);
    add_usermap(agent, result);
    add_database(agent, result);
    add_brake(agent, result);
    add_alerts(agent, result);
    add_bans(agent, result, counted);
    add_peers(agent, result);
    judge_strangers(agent, result);
    json_add_text(result, "digest", digest);
    add_counters(counters, result);
    reply_end(agent, client, &root);
}

void command_status(struct agent *agent, const struct request *request)
{
    census_take(agent, request->client, answer);
}
