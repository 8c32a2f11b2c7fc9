/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the configuration again, see reload.h.
 */
#include "reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert.h"
#include "identity.h"
#include "log.h"
#include "preview.h"
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

/* What would come into force at once: the one place that counts it. false: no memory. */
static bool count_bans(const struct agent *agent, const struct config *wanted,
                       struct preview *preview)
{
    struct policy policy = reload_policy(wanted);
    size_t own_count;
    struct addr *own = protect_list(wanted, &own_count);
    int result = -1;

    if (own != NULL)
        result = preview_policy(&agent->node.state, &policy, own, own_count, preview);
    free(own);
    return result == 0;
}

static void print_refusal(const struct preview *preview, int64_t max, char **message)
{
    size_t named = preview->count < PREVIEW_NAMES_MAX ? preview->count : PREVIEW_NAMES_MAX;
    char names[PREVIEW_NAMES_MAX * (ADDR_TEXT_SIZE + 2)] = "";
    char text[sizeof(names) + 256];

    for (size_t i = 0, used = 0; i < named; i++) {
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s", i > 0 ? ", " : "");
        used += addr_print(&preview->names[i], names + used);
    }
    snprintf(text, sizeof(text),
             "refused: this configuration would ban %zu senders at once (%s%s); [ban] "
             "max_new_per_minute is %lld",
             preview->count, names, preview->count > named ? ", ..." : "", (long long)max);
    *message = strdup(text);
    log_error("reload %s; the running configuration stays in force; if it is meant: banctl reload "
              "--yes",
              text);
}

/* Whether so many bans at once are in order. */
static enum reload_outcome judge(const struct agent *agent, const struct config *wanted, bool yes,
                                 struct reload *reload)
{
    struct preview preview;

    if (!count_bans(agent, wanted, &preview)) {
        log_error("reload refused: no memory");
        return RELOAD_MISTAKE;
    }
    reload->bans = preview.count;
    if (yes || preview.count <= (size_t)wanted->max_new_per_minute)
        return RELOAD_DONE;
    print_refusal(&preview, wanted->max_new_per_minute, &reload->message);
    return RELOAD_REFUSED;
}

static void apply(struct agent *agent, struct config *wanted)
{
    struct policy policy;

    config_apply(agent->config, wanted);
    policy = reload_policy(agent->config);
    node_policy(&agent->node, &policy, (unsigned)agent->config->ipv6_prefix,
                reload_buckets_hash(agent));
    control_groups(agent->control, agent->config->admin_group, agent->config->read_group);
    log_open((enum log_level)agent->config->log_level);
    protect_publish(agent);
    alert_reloaded(agent);
}

enum reload_outcome reload_config(struct agent *agent, bool yes, struct reload *reload)
{
    struct config *wanted;
    enum reload_outcome outcome;

    *reload = (struct reload){0};
    wanted = config_load(agent->config_path, &reload->message);
    if (wanted == NULL) {
        log_mistakes(reload->message);
        return RELOAD_MISTAKE;
    }
    identity_adopt(wanted, &agent->key);
    outcome = judge(agent, wanted, yes, reload);
    if (outcome == RELOAD_DONE) {
        reload->restart = config_restart_keys(agent->config, wanted);
        apply(agent, wanted);
        log_notice("configuration read again%s%s",
                   reload->restart != NULL ? "; needs a restart: " : "",
                   reload->restart != NULL ? reload->restart : "");
        if (reload->bans > 0)
            log_warning("configuration banned at once count=%zu", reload->bans);
    }
    config_free(&wanted);
    return outcome;
}

void reload_free(struct reload *reload)
{
    free(reload->message);
    free(reload->restart);
    *reload = (struct reload){0};
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
