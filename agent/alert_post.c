/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one alert to its file in the spool, see alert_post.h.
 */
#include "alert_post.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert_spool.h"
#include "alertdoc.h"
#include "config_duration.h"
#include "log.h"

#define ALL_CHANNELS ((1u << CHANNEL_COUNT) - 1)
#define DIGEST_NAME "digest"

bool alert_is_wanted(const struct config *config)
{
    return config->mail_to[0] != '\0' || config->webhook[0] != '\0' ||
           config->alert_exec[0] != '\0';
}

/* --- One alert ---------------------------------------------------------------------------------
 */

/* Of alerts that are not the same on several nodes. */
static void make_id(struct agent *agent, char id[SPOOL_ID_SIZE])
{
    uint64_t number = (uint64_t)agent->now.wall_ms << 16 | (agent->alert.serial++ & 0xffff);

    snprintf(id, SPOOL_ID_SIZE, "%016llx%016llx", (unsigned long long)agent->node.state.node,
             (unsigned long long)number);
}

static void add_target(struct spool_file *file, enum channel channel, const char *address,
                       size_t length)
{
    struct spool_target *target = &file->targets[file->target_count++];

    target->channel = channel;
    snprintf(target->address, sizeof(target->address), "%.*s", (int)length, address);
}

static void add_targets(const struct config *config, unsigned channels, struct spool_file *file)
{
    if (channels & 1u << CHANNEL_MAIL) {
        for (const char *at = config->mail_to; *at != '\0';) {
            size_t length = strcspn(at, ",");

            add_target(file, CHANNEL_MAIL, at, length);
            at += length + (at[length] == ',');
        }
    }
    if (channels & 1u << CHANNEL_WEBHOOK && config->webhook[0] != '\0')
        add_target(file, CHANNEL_WEBHOOK, "", 0);
    if (channels & 1u << CHANNEL_EXEC && config->alert_exec[0] != '\0')
        add_target(file, CHANNEL_EXEC, "", 0);
}

/* The number of targets, 0 if there are none; -1: it is lost. */
static int post(struct agent *agent, struct mailtext *mail, unsigned channels, bool once)
{
    char text[ALERT_TEXT_BYTES_MAX + 1], env[ALERT_ENV_BYTES_MAX + 1];
    char letter[MAIL_BYTES_MAX + 1], *json;
    struct spool_file file = {.once = once};
    size_t json_size;
    int result;

    add_targets(agent->config, channels, &file);
    if (file.target_count == 0)
        return 0;
    snprintf(file.id, sizeof(file.id), "%s", mail->id);
    json = alertdoc_json(mail, &json_size);
    file.parts[SPOOL_JSON] = (struct spool_bytes){json, json_size};
    file.parts[SPOOL_TEXT] = (struct spool_bytes){text, alertdoc_text(mail, text)};
    file.parts[SPOOL_ENV] = (struct spool_bytes){env, alertdoc_env(mail, env)};
    if (file.targets[0].channel == CHANNEL_MAIL)
        file.parts[SPOOL_MAIL] = (struct spool_bytes){letter, mailtext_write(mail, letter)};
    result = alert_spool_put(agent, &file, mail->kind);
    free(json);
    return result == 0 ? (int)file.target_count : -1;
}

static void fill(struct agent *agent, struct mailtext *mail, char id[SPOOL_ID_SIZE])
{
    mail->from = agent->config->mail_from;
    mail->to = agent->config->mail_to;
    mail->cluster = agent->config->cluster_name;
    mail->node = agent->node.name;
    mail->now_ms = agent->now.wall_ms;
    if (mail->id == NULL) {
        make_id(agent, id);
        mail->id = id;
    }
}

/* There can be few of these, and they are what one must know of in a storm. */
static bool is_single(enum alertkind kind)
{
    return kind == ALERTKIND_BRAKE || kind == ALERTKIND_SILENT || kind == ALERTKIND_STORE ||
           kind == ALERTKIND_MAP;
}

bool alert_tell(struct agent *agent, struct mailtext *mail)
{
    char id[SPOOL_ID_SIZE];

    if (!alert_is_wanted(agent->config) || (agent->config->alert_on >> mail->kind & 1) == 0)
        return false;
    if (!is_single(mail->kind) &&
        !storm_take(&agent->alert.storm, mail->kind, mail->sender, agent->config->digest_after,
                    agent->now.mono_ms, agent->now.wall_ms)) {
        agent->node.state.counters.alerts_digested++;
        return true;
    }
    fill(agent, mail, id);
    post(agent, mail, ALL_CHANNELS, false);
    return false;
}

int alert_post_test(struct agent *agent, unsigned channels, char id[SPOOL_ID_SIZE])
{
    struct mailtext mail = {.kind = ALERTKIND_TEST,
                            .title = "a test of alerts",
                            .story = "Somebody asked for this with: banctl notify test\n"
                                     "Nothing has happened, and nothing is to be done.\n"};

    fill(agent, &mail, id);
    return post(agent, &mail, channels, true);
}

/* --- The digest --------------------------------------------------------------------------------
 */

static void add_text(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);

    snprintf(text + used, size - used, "%s", more);
}

/* "12 permanent bans, 1 timed ban" */
static void print_kinds(const struct storm *storm, char *text, size_t size)
{
    text[0] = '\0';
    for (int kind = 0; kind < ALERTKIND_CHOICES; kind++) {
        char one[96];

        if (storm->kinds[kind] == 0)
            continue;
        snprintf(one, sizeof(one), "%s%llu %s", text[0] != '\0' ? ", " : "",
                 (unsigned long long)storm->kinds[kind],
                 alertkind_noun((enum alertkind)kind, storm->kinds[kind]));
        add_text(text, size, one);
    }
}

static void print_story(const struct agent *agent, const char *kinds, char *story, size_t size)
{
    const struct storm *storm = &agent->alert.storm;
    char every[CONFIG_DURATION_SIZE];
    size_t told = 0;

    snprintf(story, size,
             "More than %lld alerts came within 10 minutes; what came beyond that in the last %s:\n"
             "\n%s\n\n",
             (long long)agent->config->digest_after,
             config_duration_print(agent->config->digest_every_ms, every), kinds);
    for (size_t i = 0; i < storm->name_count; i++) {
        char line[ADDR_TEXT_SIZE + 4];

        if (strlen(story) + sizeof(line) + 64 > size)
            break; /* the longest names of accounts */
        told++;
        snprintf(line, sizeof(line), "  %s\n", storm->names[i]);
        add_text(story, size, line);
    }
    if (storm->count > told)
        add_text(story, size, "and others.\n");
    add_text(story, size, "\nSee all:    banctl list\n");
}

static void tell_digest(struct agent *agent)
{
    struct storm *storm = &agent->alert.storm;
    char kinds[1024], title[256], story[ALERT_TEXT_BYTES_MAX / 2], id[SPOOL_ID_SIZE];
    struct mailtext mail = {
        .kind = ALERTKIND_DIGEST, .kinds = storm->kinds, .title = title, .story = story};

    print_kinds(storm, kinds, sizeof(kinds));
    snprintf(title, sizeof(title), "digest: %.240s", kinds);
    print_story(agent, kinds, story, sizeof(story));
    fill(agent, &mail, id);
    if (post(agent, &mail, ALL_CHANNELS, false) >= 0)
        storm_clear(storm);
}

static void save(struct agent *agent)
{
    struct alert *alert = &agent->alert;
    char text[STORM_TEXT_SIZE];
    size_t size = alert->storm.count > 0 ? storm_print(&alert->storm, text) : 0;

    alert->storm.dirty = false;
    alert_spool_save(agent, DIGEST_NAME, text, size);
}

void alert_digest_turn(struct agent *agent)
{
    struct storm *storm = &agent->alert.storm;

    if (agent->now.mono_ms >= agent->alert.digest_try_ms &&
        storm_is_due(storm, agent->config->digest_every_ms, agent->now.wall_ms)) {
        agent->alert.digest_try_ms = agent->now.mono_ms + 10000; /* a full spool stays so */
        tell_digest(agent);
    }
    if (storm->dirty)
        save(agent);
}

void alert_digest_load(struct agent *agent)
{
    struct alert *alert = &agent->alert;
    char text[STORM_TEXT_SIZE];
    ssize_t size;

    size = alert_spool_load(agent, DIGEST_NAME, text, sizeof(text));
    if (size > 0)
        storm_parse(&alert->storm, text, (size_t)size);
}
