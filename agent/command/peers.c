/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers and reload, and what status tells of peers.
 */
#include "peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "command.h"
#include "config_duration.h"
#include "config_value.h"
#include "mapwriter.h"
#include "refusal.h"
#include "reload.h"
#include "service.h"

#define PEER_FILE_MS 10000 /* a file is not written at once, nor a PING sent */

bool peer_is_linking(const struct agent *agent, const struct node_peer *peer)
{
    return peer->seen_ms == 0 && agent->now.mono_ms - agent->started_ms < AGENT_LINK_MS;
}

const char *peer_state(const struct agent *agent, const struct node_peer *peer)
{
    if (refusal_is_total(peer, &agent->now))
        return "refused";
    if (node_peer_is_up(peer, &agent->now))
        return "up";
    return peer_is_linking(agent, peer) ? "linking" : "down";
}

/* A peer of later may know more of them. */
static const char *accounts_name(int number)
{
    const char *name = config_accounts_name(number);

    return name != NULL ? name : "unknown";
}

/* What this node and the peer judge by, if it differs. */
static bool describe_policy(const struct agent *agent, const struct node_peer *peer, char *out,
                            size_t size)
{
    const struct policy *own = &agent->node.state.policy;
    const struct message_hello *hello = &peer->hello;
    char here[CONFIG_DURATIONS_SIZE], there[CONFIG_DURATIONS_SIZE];

    if (hello->threshold != own->threshold)
        snprintf(out, size, "policy differs: threshold is %u here, %u there", own->threshold,
                 hello->threshold);
    else if (hello->count_messages != own->count_messages)
        snprintf(out, size, "policy differs: count is %s here, %s there",
                 own->count_messages ? "messages" : "hits",
                 hello->count_messages ? "messages" : "hits");
    else if (hello->accounts != own->accounts)
        snprintf(out, size, "policy differs: accounts is %s here, %s there",
                 accounts_name((int)own->accounts), accounts_name(hello->accounts));
    else if (hello->window_ms != own->window_ms)
        snprintf(out, size, "policy differs: window is %lld s here, %lld s there",
                 (long long)own->window_ms / 1000, (long long)hello->window_ms / 1000);
    else if (hello->duration_count != own->durations.count ||
             memcmp(hello->durations_ms, own->durations.ms, sizeof(own->durations.ms)) != 0)
        snprintf(out, size, "policy differs: durations are %s here, %s there",
                 config_durations_print(own->durations.ms, own->durations.count, here),
                 config_durations_print(hello->durations_ms, hello->duration_count, there));
    else if (hello->memory_ms != own->memory_ms)
        snprintf(out, size, "policy differs: memory is %s here, %s there",
                 config_duration_print(own->memory_ms, here),
                 config_duration_print(hello->memory_ms, there));
    else if (hello->ipv6_prefix != agent->node.ipv6_prefix)
        snprintf(out, size, "policy differs: ipv6_prefix is %u here, %u there",
                 agent->node.ipv6_prefix, hello->ipv6_prefix);
    else if (hello->buckets_hash != agent->node.buckets_hash)
        snprintf(out, size, "policy differs: [detect] buckets");
    else
        return false;
    return true;
}

static int64_t clock_offset_ms(const struct agent *agent, const struct node_peer *peer)
{
    return peer->ping.wall_ms + (agent->now.mono_ms - peer->ping_ms) - agent->now.wall_ms;
}

/* What it stamps is skipped then, here or there. */
static bool describe_clock(const struct agent *agent, const struct node_peer *peer, char *out,
                           size_t size)
{
    int64_t off_ms = peer->ping_ms != 0 ? clock_offset_ms(agent, peer) : 0;

    if (off_ms >= -CLOCK_SKEW_MS_MAX && off_ms <= CLOCK_SKEW_MS_MAX)
        return false;
    snprintf(out, size, "its clock is %lld s %s this node's",
             (long long)(off_ms < 0 ? -off_ms : off_ms) / 1000, off_ms < 0 ? "behind" : "ahead of");
    return true;
}

/* What its PINGs say of the file that its mail server reads. How often it writes goes by how long
 * its map is, which is as long as this node's. */
static bool describe_file(const struct agent *agent, const struct node_peer *peer, char *out,
                          size_t size)
{
    int64_t stale_ms = agent->now.mono_ms - peer->file_ms;
    char since[CLOCK_TEXT_SIZE];

    if (peer->file_ms == 0 || stale_ms < PEER_FILE_MS + 2 * mapwriter_pause_ms(agent))
        return false;
    clock_print(agent->now.wall_ms - stale_ms, since);
    snprintf(out, size, "its map file is not its map since %s: banctl status there", since);
    return true;
}

bool peer_detail(const struct agent *agent, const struct node_peer *peer, char *out, size_t size)
{
    const struct now *now = &agent->now;
    bool up = node_peer_is_up(peer, now);

    if (peer->clone_ms != 0 && now->mono_ms - peer->clone_ms < NODE_CLONE_MS)
        snprintf(out, size,
                 "clone: several live nodes use its key; make a new one for each but one: "
                 "banctl keygen");
    else if (refusal_print(peer, now, out, size))
        return true;
    else if (up && describe_policy(agent, peer, out, size))
        return true;
    else if (up && describe_clock(agent, peer, out, size))
        return true;
    else if (up && peer->compared && !peer->same && peer->descents >= 3)
        snprintf(out, size, "state differs after %u repairs", peer->descents);
    else if (up && describe_file(agent, peer, out, size))
        return true;
    else if (node_peer_is_deaf(peer, now))
        snprintf(out, size, "does not hear this node, which hears it: is the way there open?");
    else if (peer_is_linking(agent, peer))
        return false;
    else if (!up && peer->seen_ms == 0)
        snprintf(out, size,
                 "not seen since the start: is it up, can it be reached, does it list this "
                 "node's key?");
    else if (!up)
        snprintf(out, size, "silent for %lld s: is it up, can it be reached?",
                 (long long)(now->mono_ms - peer->seen_ms) / 1000);
    else
        return false;
    return true;
}

static const struct config_peer *config_of(const struct agent *agent, const struct node_peer *peer)
{
    for (size_t i = 0; i < agent->config->peer_count; i++)
        if (hash_node(agent->config->peers[i].key) == peer->id)
            return &agent->config->peers[i];
    return NULL;
}

static void add_optional(struct json *object, const char *name, bool known, int64_t number)
{
    if (known)
        json_add_number(object, name, number);
    else
        json_add_null(object, name);
}

void peer_reply_seen(const struct agent *agent, struct json *item, const struct node_peer *peer)
{
    json_add_text(item, "name", peer->name);
    json_add_text(item, "state", peer_state(agent, peer));
    add_optional(item, "last_seen_ms", peer->seen_ms != 0, agent->now.mono_ms - peer->seen_ms);
}

void peer_reply(struct agent *agent, struct json *item, const struct node_peer *peer)
{
    char detail[PEER_DETAIL_SIZE];

    peer_reply_seen(agent, item, peer);
    if (peer->compared && node_peer_is_up(peer, &agent->now))
        json_add_bool(item, "same", peer->same);
    else
        json_add_null(item, "same");
    json_add_text(item, "detail", peer_detail(agent, peer, detail, sizeof(detail)) ? detail : NULL);
}

static void reply_peer(struct agent *agent, uint64_t client, const struct node_peer *peer)
{
    const struct config_peer *config = config_of(agent, peer);
    struct json *root, *item = reply_item(&root);
    char key[NODE_KEY_TEXT_SIZE] = "";

    peer_reply(agent, item, peer);
    if (config != NULL)
        keyfile_text(config->key, key);
    json_add_text(item, "endpoint", config != NULL ? config->endpoint : "");
    json_add_text(item, "key", key);
    json_add_text(item, "version", peer->hello.version[0] != '\0' ? peer->hello.version : NULL);
    add_optional(item, "clock_offset_ms", peer->ping_ms != 0, clock_offset_ms(agent, peer));
    json_add_text(item, "mode",
                  peer->hello.version[0] == '\0' ? NULL
                  : peer->hello.observe          ? "observe"
                                                 : "enforce");
    json_add_number(item, "bytes_sent", (int64_t)peer->bytes_sent);
    json_add_number(item, "bytes_received", (int64_t)peer->bytes_received);
    reply_send(agent, client, &root);
}

void command_peers(struct agent *agent, const struct request *request)
{
    struct json *root;

    for (size_t i = 0; i < agent->node.peer_count; i++)
        reply_peer(agent, request->client, &agent->node.peers[i]);
    reply_result(&root, "banctl.peers/1", EXIT_DONE);
    reply_end(agent, request->client, &root);
}

/* "[node] name, [detect] log" as two elements. */
static void add_options(struct json *list, const char *names)
{
    while (names != NULL && *names != '\0') {
        const char *end = strstr(names, ", ");
        size_t length = end != NULL ? (size_t)(end - names) : strlen(names);

        json_append_bytes(list, names, length);
        names += length + (end != NULL ? 2 : 0);
    }
}

static void reply_reloaded(struct agent *agent, uint64_t client, const struct reload *reload)
{
    struct json *root, *result = reply_result(&root, "banctl.reload/1", EXIT_DONE);
    char bans[64] = "", message[256];

    if (reload->bans > 0)
        snprintf(bans, sizeof(bans), "; %zu newly banned", reload->bans);
    snprintf(message, sizeof(message), "configuration read again%s%s", bans,
             reload->restart != NULL ? "; some options need a restart" : "");
    json_add_text(result, "message", message);
    json_add_number(result, "bans", (int64_t)reload->bans);
    add_options(json_add_array(result, "restart"), reload->restart);
    json_add_text(result, "map", reload->map);
    reply_end(agent, client, &root);
}

void command_reload(struct agent *agent, const struct request *request)
{
    struct reload reload;
    enum reload_outcome outcome;
    bool yes = false;

    json_bool(request->json, "yes", &yes);
    service_reloading();
    outcome = reload_config(agent, yes, &reload);
    service_reloaded();
    switch (outcome) {
    case RELOAD_DONE:
        reply_reloaded(agent, request->client, &reload);
        break;
    case RELOAD_MISTAKE:
        reply_error(agent, request->client, "config", EXIT_REFUSED,
                    reload.message != NULL ? reload.message : "no memory",
                    "the running configuration stays in force");
        break;
    case RELOAD_REFUSED:
        reply_error(agent, request->client, "refused_bans", EXIT_REFUSED,
                    reload.message != NULL ? reload.message : "refused: too many bans at once",
                    "the running configuration stays in force; if you mean it: banctl reload "
                    "--yes");
        break;
    }
    reload_free(&reload);
}
