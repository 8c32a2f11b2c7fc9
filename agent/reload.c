/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the configuration again, see reload.h.
 */
#include "reload.h"

#include <string.h>

#include "alert.h"
#include "identity.h"
#include "log.h"
#include "protect.h"

/* One line a mistake. */
static void log_mistakes(const char *mistakes)
{
    log_error("reload refused, the running configuration stays in force");
    while (*mistakes != '\0') {
        size_t length = strcspn(mistakes, "\n");

        log_error("%.*s", (int)length, mistakes);
        mistakes += length + (mistakes[length] == '\n');
    }
}

int reload_config(struct agent *agent, char **message, char **restart)
{
    struct policy policy;
    struct config *wanted = config_load(agent->config_path, message);

    *restart = NULL;
    if (wanted == NULL) {
        log_mistakes(*message);
        return -1;
    }
    identity_adopt(wanted, &agent->key);
    *restart = config_restart_keys(agent->config, wanted);
    config_apply(agent->config, wanted);
    config_free(&wanted);
    policy = reload_policy(agent->config);
    node_policy(&agent->node, &policy, (unsigned)agent->config->ipv6_prefix,
                reload_buckets_hash(agent));
    control_groups(agent->control, agent->config->admin_group, agent->config->read_group);
    log_open((enum log_level)agent->config->log_level);
    protect_publish(agent);
    alert_reloaded(agent);
    *message = NULL;
    log_notice("configuration read again%s%s", *restart != NULL ? "; needs a restart: " : "",
               *restart != NULL ? *restart : "");
    return 0;
}

struct policy reload_policy(const struct config *config)
{
    return (struct policy){.threshold = (uint32_t)config->threshold,
                           .window_ms = config->window_ms,
                           .duration_ms = config->ban_duration_ms,
                           .memory_ms = MEMORY_MS};
}

uint64_t reload_buckets_hash(const struct agent *agent)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < agent->config->bucket_count; i++)
        sum += hash64(&agent->node.state.key, agent->config->buckets[i],
                      strlen(agent->config->buckets[i]));
    return sum;
}
