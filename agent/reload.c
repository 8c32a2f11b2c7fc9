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
#include "mapwriter.h"
#include "neverban.h"
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

/* What would come into force at once. */
struct rush {
    struct preview preview; /* senders newly banned by another policy */
    size_t would;           /* bans that were only observed so far */
};

/* The one place that counts it. false: no memory. */
static bool count_bans(struct agent *agent, const struct config *wanted, const struct netlist *file,
                       struct rush *rush)
{
    struct policy policy = reload_policy(wanted);
    size_t own_count;
    struct addr *own = protect_list(wanted, file, agent->now.wall_ms, &own_count);
    int result = -1;

    if (own != NULL)
        result = preview_policy(&agent->node.state, &policy, own, own_count, &rush->preview);
    free(own);
    rush->would = agent->config->observe && !wanted->observe ? mapwriter_would_count(agent) : 0;
    return result == 0;
}

static void print_names(const struct preview *preview, char *names, size_t size)
{
    size_t used = 0;

    names[0] = '\0';
    for (size_t i = 0; i < preview->count && i < PREVIEW_NAMES_MAX; i++) {
        char net[ADDR_TEXT_SIZE];

        addr_print_subject(&preview->names[i], net);
        used += (size_t)snprintf(names + used, size - used, "%s%s", i > 0 ? ", " : " (", net);
    }
    if (preview->count > 0)
        snprintf(names + used, size - used, preview->count > PREVIEW_NAMES_MAX ? ", ...)" : ")");
}

static void print_refusal(const struct rush *rush, int64_t max, char **message)
{
    char names[PREVIEW_NAMES_MAX * (ADDR_TEXT_SIZE + 2) + 16], banned[sizeof(names) + 64] = "";
    char would[96] = "", text[sizeof(banned) + sizeof(would) + 128];

    print_names(&rush->preview, names, sizeof(names));
    if (rush->preview.count > 0)
        snprintf(banned, sizeof(banned), "ban %zu senders at once%s", rush->preview.count, names);
    if (rush->would > 0)
        snprintf(would, sizeof(would), "%sbring %zu bans into force that were only observed",
                 rush->preview.count > 0 ? " and " : "", rush->would);
    snprintf(text, sizeof(text),
             "refused: this configuration would %s%s; [ban] max_new_per_minute is %lld", banned,
             would, (long long)max);
    *message = strdup(text);
    log_error("reload %s; the running configuration stays in force; if it is meant: banctl reload "
              "--yes",
              text);
}

/* Whether so many bans at once are in order. */
static enum reload_outcome judge(struct agent *agent, const struct config *wanted,
                                 const struct netlist *file, bool yes, struct rush *rush,
                                 struct reload *reload)
{
    if (!count_bans(agent, wanted, file, rush)) {
        log_error("reload refused: no memory");
        return RELOAD_MISTAKE;
    }
    reload->bans = rush->preview.count;
    if (yes || rush->preview.count + rush->would <= (size_t)wanted->max_new_per_minute)
        return RELOAD_DONE;
    print_refusal(rush, wanted->max_new_per_minute, &reload->message);
    return RELOAD_REFUSED;
}

/* Another file than before must be readable. */
static enum reload_outcome read_file(const struct config *wanted, struct netlist *file,
                                     struct netlist_mark *mark, char **message)
{
    char error[PATH_BYTES_MAX + CONFIG_MISTAKE_SIZE], text[sizeof(error) + 32];

    if (wanted->never_ban_file[0] == '\0' ||
        netlist_read(wanted->never_ban_file, file, mark, error, sizeof(error)) == 0)
        return RELOAD_DONE;
    snprintf(text, sizeof(text), "[never-ban] file: %s", error);
    *message = strdup(text);
    log_mistakes(text);
    return RELOAD_MISTAKE;
}

/* What another mode means for the map; NULL if it is the same. */
static char *switch_map(struct agent *agent, bool observed, size_t would)
{
    char text[2 * PATH_BYTES_MAX + 256];

    mapwriter_switch(agent, observed, would, text, sizeof(text));
    return text[0] != '\0' ? strdup(text) : NULL;
}

static void apply(struct agent *agent, struct config *wanted)
{
    struct policy policy;

    config_apply(agent->config, wanted);
    policy = reload_policy(agent->config);
    agent->node.observe = agent->config->observe;
    agent->mapwriter.due = true; /* accounts may be counted now, and have a file */
    node_policy(&agent->node, &policy, (unsigned)agent->config->ipv6_prefix,
                reload_buckets_hash(agent));
    node_brake(&agent->node, agent->config->max_new_per_minute);
    control_groups(agent->control, agent->config->admin_group, agent->config->read_group);
    log_open((enum log_level)agent->config->log_level);
    protect_publish(agent);
    alert_reloaded(agent);
}

enum reload_outcome reload_config(struct agent *agent, bool yes, struct reload *reload)
{
    bool observed = agent->config->observe;
    struct rush rush = {.would = 0};
    enum reload_outcome outcome;
    struct netlist file = {.list = NULL};
    struct netlist_mark mark = {.size = 0};
    struct config *wanted;
    bool same_file;

    *reload = (struct reload){0};
    wanted = config_load(agent->config_path, &reload->message);
    if (wanted == NULL) {
        log_mistakes(reload->message);
        return RELOAD_MISTAKE;
    }
    identity_adopt(wanted, &agent->key);
    same_file = strcmp(agent->config->never_ban_file, wanted->never_ban_file) == 0;
    outcome = same_file ? RELOAD_DONE : read_file(wanted, &file, &mark, &reload->message);
    if (outcome == RELOAD_DONE)
        outcome =
            judge(agent, wanted, same_file ? &agent->neverban.list : &file, yes, &rush, reload);
    if (outcome == RELOAD_DONE) {
        reload->restart = config_restart_keys(agent->config, wanted);
        if (!same_file)
            neverban_replace(agent, &file, &mark);
        apply(agent, wanted);
        reload->map = switch_map(agent, observed, rush.would);
        log_notice("configuration read again%s%s",
                   reload->restart != NULL ? "; needs a restart: " : "",
                   reload->restart != NULL ? reload->restart : "");
        if (reload->bans > 0)
            log_warning("configuration banned at once count=%zu", reload->bans);
    }
    netlist_free(&file);
    config_free(&wanted);
    return outcome;
}

void reload_free(struct reload *reload)
{
    free(reload->message);
    free(reload->restart);
    free(reload->map);
    *reload = (struct reload){0};
}

struct policy reload_policy(const struct config *config)
{
    struct policy policy = {.threshold = (uint32_t)config->threshold,
                            .window_ms = config->window_ms,
                            .memory_ms = config->ban_memory_ms,
                            .accounts = (enum policy_accounts)config->accounts,
                            .count_messages = config->count_messages};

    policy.durations.count = config->ban_durations.count;
    memcpy(policy.durations.ms, config->ban_durations.ms, sizeof(policy.durations.ms));
    return policy;
}

uint64_t reload_buckets_hash(const struct agent *agent)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < agent->config->bucket_count; i++)
        sum += hash64(&agent->node.state.key, agent->config->buckets[i],
                      strlen(agent->config->buckets[i]));
    return sum;
}
