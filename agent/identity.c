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
    char error[PATH_BYTES_MAX + 512];

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
