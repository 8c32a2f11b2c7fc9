/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and stopping the agent, see start.h.
 */
#include "start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bansync/control.h>

#include "alert.h"
#include "clock.h"
#include "command.h"
#include "identity.h"
#include "log.h"
#include "mapwriter.h"
#include "neverban.h"
#include "persist.h"
#include "protect.h"
#include "reload.h"
#include "roll.h"
#include "source.h"

#ifndef BANSYNC_VERSION
#error "BANSYNC_VERSION is given by the build"
#endif

/* Peers of the configuration without the node's own line, which every node may have in the same
 * file. */
static size_t other_peers(const struct agent *agent, const struct config_peer *out[PEERS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < agent->config->peer_count && count < PEERS_MAX; i++)
        if (memcmp(agent->config->peers[i].key, agent->key.public_key, NODE_KEY_BYTES) != 0)
            out[count++] = &agent->config->peers[i];
    return count;
}

static int open_node(struct agent *agent)
{
    const struct config_peer *peers[PEERS_MAX];
    const char *names[PEERS_MAX];
    uint64_t ids[PEERS_MAX];
    size_t count = other_peers(agent, peers);
    struct node_options options = {
        .name = agent->config->node_name,
        .version = BANSYNC_VERSION,
        .cluster = agent->config->cluster_name,
        .id = hash_node(agent->key.public_key),
        .boot = identity_random(),
        .strike_key = hash_derive("bansync strike", agent->key.secret_key, NODE_KEY_BYTES),
        .policy = reload_policy(agent->config),
        .ipv6_prefix = (unsigned)agent->config->ipv6_prefix,
        .peer_names = names,
        .peer_ids = ids,
        .peer_count = count,
        .max_new_per_minute = agent->config->max_new_per_minute,
    };

    for (size_t i = 0; i < count; i++) {
        names[i] = peers[i]->name;
        ids[i] = hash_node(peers[i]->key);
    }
    if (node_open(&agent->node, &options) != 0) {
        log_error("no memory");
        return -1;
    }
    agent->node.observe = agent->config->observe;
    agent->node.buckets_hash = reload_buckets_hash(agent);
    return 0;
}

/* DAEMON_OK, or the exit code: a database that is not for this version is nothing that a restart
 * helps against. */
static int open_store(struct agent *agent)
{
    char error[512];
    int result;

    agent->persist.store =
        store_open(agent->config->state_dir, &agent->persist.set_aside, error, sizeof(error));
    if (agent->persist.store == NULL) {
        result = errno == ENOTSUP ? DAEMON_CONFIG : DAEMON_FAILED;
        log_error("%s", error);
        return result;
    }
    if (store_migrated_from(agent->persist.store) != 0)
        log_notice("database migrated from schema %ld; as it was it is kept in "
                   "%s/bansync.db.schema-%ld",
                   store_migrated_from(agent->persist.store), agent->config->state_dir,
                   store_migrated_from(agent->persist.store));
    if (agent->persist.set_aside)
        log_error("a new database was begun: %s", error);
    if (persist_load(agent) != 0)
        return errno == ENOTSUP ? DAEMON_CONFIG : DAEMON_FAILED;
    if (agent->node.state.rederived > 0)
        log_warning("banned at start by strikes already stored count=%zu: threshold, window or "
                    "durations were changed, or rows of the database were lost",
                    agent->node.state.rederived);
    return DAEMON_OK;
}

static int open_bus(struct agent *agent)
{
    const struct config_peer *others[PEERS_MAX];
    struct bus_peer peers[PEERS_MAX];
    struct bus_options options = {.peers = peers, .peer_count = other_peers(agent, others)};
    char error[512];

    options.listen = agent->config->listen[0] != '\0' ? agent->config->listen : NULL;
    if (options.listen == NULL && options.peer_count == 0)
        return 0;
    memcpy(options.public_key, agent->key.public_key, NODE_KEY_BYTES);
    memcpy(options.secret_key, agent->key.secret_key, NODE_KEY_BYTES);
    for (size_t i = 0; i < options.peer_count; i++) {
        peers[i].endpoint = others[i]->endpoint;
        memcpy(peers[i].key, others[i]->key, NODE_KEY_BYTES);
    }
    agent->bus = bus_open(&options, error, sizeof(error));
    if (agent->bus == NULL)
        log_error("%s", error);
    return agent->bus != NULL ? 0 : -1;
}

static int open_control(struct agent *agent)
{
    const struct config *config = agent->config;
    char error[512];

    agent->control = control_open(config->control_socket, config->admin_group, config->read_group,
                                  error, sizeof(error));
    if (agent->control == NULL)
        log_error("%s", error);
    return agent->control != NULL ? 0 : -1;
}

/* Others may pass through, as rspamd must reach a map that lies below; the files themselves are
 * closed to them. */
static int make_state_dir(const char *path)
{
    if (mkdir(path, 0751) == 0)
        return chmod(path, 0751); /* whatever the umask is */
    if (errno == EEXIST)
        return 0;
    log_error("cannot make %s: %s", path, strerror(errno));
    return -1;
}

int start_agent(struct agent *agent)
{
    int result;

    agent_now(agent);
    agent->started_ms = agent->now.mono_ms;
    agent->next_request = identity_random();
    if (make_state_dir(agent->config->state_dir) != 0)
        return DAEMON_FAILED;
    if (identity_load(agent->config, &agent->key) != 0)
        return DAEMON_CONFIG;
    identity_adopt(agent->config, &agent->key);
    if (open_node(agent) != 0)
        return DAEMON_FAILED;
    result = open_store(agent);
    if (result != DAEMON_OK)
        return result;
    alert_open(agent);
    roll_open(agent);
    if (mapwriter_open(agent) != 0 || open_bus(agent) != 0 || source_open(agent) != 0 ||
        open_control(agent) != 0)
        return DAEMON_FAILED;
    neverban_open(agent);
    protect_publish(agent);
    return DAEMON_OK;
}

void start_undo(struct agent *agent)
{
    command_close(agent);
    control_close(&agent->control);
    source_close(agent);
    bus_close(&agent->bus);
    mapwriter_close(agent);
    store_close(&agent->persist.store);
    roll_close(agent);
    neverban_close(agent);
    if (agent->node.in != NULL)
        node_close(&agent->node);
    free(agent->protected);
    agent->protected = NULL;
    keyfile_wipe(&agent->key);
    config_free(&agent->config);
}
