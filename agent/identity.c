/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who this node is, see identity.h. There is no mode without keys: what is not configured is made
 * or refused.
 */
#include "identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "log.h"

/* A host name may begin with "127.", too; an address has digits and dots only. */
static bool is_loopback(const char *endpoint)
{
    return (strncmp(endpoint, "tcp://127.", 10) == 0 &&
            endpoint[6 + strspn(endpoint + 6, "0123456789.")] == ':') ||
           strncmp(endpoint, "tcp://[::1]:", 12) == 0;
}

static bool needs_key_file(const struct config *config)
{
    return config->key_file_set || config->peer_count > 0 ||
           (config->listen[0] != '\0' && !is_loopback(config->listen)) ||
           access(config->key_file, F_OK) == 0;
}

/* What one peer line says that cannot be. */
static int check_peer(const struct config *config, const struct config_peer *peer,
                      const struct keyfile_pair *pair, char *error, size_t error_size)
{
    bool own_key = memcmp(peer->key, pair->public_key, NODE_KEY_BYTES) == 0;
    char key[NODE_KEY_TEXT_SIZE];

    keyfile_text(peer->key, key);
    if (strncmp(key, "ExampleKey", 10) == 0) {
        snprintf(error, error_size,
                 "peer %s has the key of the sample; put the one that banctl keygen printed there",
                 peer->name);
        return -1;
    }
    keyfile_text(pair->public_key, key);
    if (!own_key && config->listen[0] != '\0' && strcmp(peer->endpoint, config->listen) == 0) {
        snprintf(error, error_size,
                 "peer %s has this node's address %s, but another key; the public key of this node "
                 "is %s",
                 peer->name, peer->endpoint, key);
        return -1;
    }
    if (!own_key && config->node_name_set && strcmp(peer->name, config->node_name) == 0) {
        snprintf(error, error_size,
                 "peer %s has this node's [node] name, but another key; the public key of this "
                 "node is %s",
                 peer->name, key);
        return -1;
    }
    if (own_key && config->node_name_set && strcmp(peer->name, config->node_name) != 0) {
        snprintf(error, error_size,
                 "peer %s has the key of this node, whose [node] name is %s; give both one name",
                 peer->name, config->node_name);
        return -1;
    }
    return 0;
}

void identity_adopt(struct config *config, const struct keyfile_pair *pair)
{
    for (size_t i = 0; i < config->peer_count; i++) {
        const struct config_peer *peer = &config->peers[i];

        if (memcmp(peer->key, pair->public_key, NODE_KEY_BYTES) != 0)
            continue;
        if (!config->node_name_set)
            memcpy(config->node_name, peer->name, sizeof(config->node_name));
        if (config->listen[0] == '\0')
            memcpy(config->listen, peer->endpoint, sizeof(config->listen));
    }
}

int identity_check(const struct config *config, char *error, size_t error_size)
{
    struct keyfile_pair pair;
    int result;

    if (!needs_key_file(config))
        return 0;
    if (access(config->key_file, F_OK) != 0 && errno == ENOENT) {
        snprintf(error, error_size,
                 "no key: %s does not exist, and without a key this node neither listens nor talks "
                 "to peers; make one with: banctl keygen --out %s",
                 config->key_file, config->key_file);
        return -1;
    }
    result = keyfile_read(config->key_file, &pair, error, error_size);
    for (size_t i = 0; i < config->peer_count && result == 0; i++)
        result = check_peer(config, &config->peers[i], &pair, error, error_size);
    keyfile_wipe(&pair);
    return result;
}

/* A node alone still has an identity, which its strikes carry. */
static int load_own(const struct config *config, struct keyfile_pair *pair)
{
    char path[PATH_BYTES_MAX + 16];
    char error[PATH_BYTES_MAX + 256];

    snprintf(path, sizeof(path), "%s/node.key", config->state_dir);
    if (access(path, F_OK) == 0) {
        if (keyfile_read(path, pair, error, sizeof(error)) == 0)
            return 0;
        log_error("%s", error);
        return -1;
    }
    if (keyfile_generate(pair) == 0 && keyfile_write(path, pair, (gid_t)-1) == 0)
        return 0;
    log_error("cannot make %s: %s", path, strerror(errno));
    return -1;
}

int identity_load(const struct config *config, struct keyfile_pair *pair)
{
    char error[2 * PATH_BYTES_MAX + 512];

    if (!needs_key_file(config))
        return load_own(config, pair);
    if (identity_check(config, error, sizeof(error)) == 0 &&
        keyfile_read(config->key_file, pair, error, sizeof(error)) == 0)
        return 0;
    log_error("%s", error);
    return -1;
}

uint64_t identity_random(void)
{
    uint64_t number = 0;

    while (number == 0)
        if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
            number = 0;
    return number;
}
