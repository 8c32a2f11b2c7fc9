/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes config_load: any bytes as the configuration file.
 *
 * Either there is a configuration, whose values keep every bound, or there are mistakes, each one
 * line of printable text; never both, never neither.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "config_endpoint.h"
#include "config_net.h"
#include "config_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file = -1;
static char path[64];
static struct config *defaults;

static void load_defaults(void)
{
    char *errors;
    file = memfd_create("bansync.conf", MFD_CLOEXEC);
    assert(file >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    defaults = config_load(path, &errors);
    assert(defaults && !errors);
}

static void check_mistakes(char *errors)
{
    char *rest = errors;
    assert(errors[0] != '\0' && errors[strlen(errors) - 1] == '\n');
    for (char *line = strsep(&rest, "\n"); rest; line = strsep(&rest, "\n")) {
        assert(strncmp(line, path, strlen(path)) == 0 || strncmp(line, "and ", 4) == 0);
        assert(strstr(line, "; "));
        for (const char *at = line; *at != '\0'; at++)
            assert((unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7f);
    }
}

static void check_config(const struct config *config)
{
    char mistake[CONFIG_MISTAKE_SIZE];
    char net[CONFIG_NET_SIZE];
    assert(config_name_is_node(config->node_name));
    assert(config_name_is_valid(config->cluster_name));
    assert(config->listen[0] == '\0' || !config_endpoint_check(config->listen, true));
    assert(config->key_file[0] == '/' && config->state_dir[0] == '/');
    assert(config->log_file[0] == '/' && config->map_file[0] == '/');
    assert(config->threshold >= 1 && config->threshold <= THRESHOLD_MAX);
    assert(config->window_ms >= 1000 && config->window_ms <= WINDOW_MS_MAX);
    assert(config->ipv6_prefix >= 32 && config->ipv6_prefix <= 128);
    assert(config->ban_durations.count >= 1 && config->ban_durations.count <= DURATIONS_MAX);
    for (size_t i = 0; i < config->ban_durations.count; i++)
        assert(
            config->ban_durations.ms[i] >= 1000 &&
            (config->ban_durations.ms[i] < TIME_NEVER_MS || i + 1 == config->ban_durations.count));
    assert(config->ban_memory_ms >= MEMORY_MS_MIN && config->ban_memory_ms <= MEMORY_MS_MAX);
    assert(config->peer_count <= PEERS_MAX && config->never_ban_count <= NEVER_BAN_MAX);
    assert(config->bucket_count <= BUCKETS_MAX);
    for (size_t i = 0; i < config->peer_count; i++) {
        assert(config_name_is_node(config->peers[i].name));
        assert(!config_endpoint_check(config->peers[i].endpoint, false));
    }
    for (size_t i = 0; i < config->never_ban_count; i++) {
        assert(config_net_parse(config->never_ban[i], net, mistake) == 0);
        assert(strcmp(net, config->never_ban[i]) == 0);
    }
    free(config_restart_keys(defaults, config));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *errors;
    if (file < 0)
        load_defaults();
    if (ftruncate(file, 0) || pwrite(file, data, size, 0) != (ssize_t)size)
        abort();
    struct config *config = config_load(path, &errors);
    assert(!config == !!errors);
    if (config)
        check_config(config);
    else
        check_mistakes(errors);
    free(errors);
    config_free(&config);
    return 0;
}
