/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one alert to its file in the spool, see alert_post.h.
 */
#include "alert_post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert_digest.h"
#include "alert_spool.h"
#include "alertdoc.h"

#define ALL_CHANNELS ((1u << CHANNEL_COUNT) - 1)

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

/* True: only this node has it. */
static bool gather(struct agent *agent, const struct mailtext *mail)
{
    bool is_ban = mail->kind == ALERTKIND_BAN || mail->kind == ALERTKIND_PERMANENT;

    agent->node.state.counters.alerts_digested++;
    if (is_ban && alert_digest_gather(agent, mail->id, mail->kind, mail->sender))
        return false;
    storm_count(&agent->alert.storm, mail->kind, mail->sender, agent->now.wall_ms);
    return true;
}

bool alert_is_chosen(const struct config *config, enum alertkind kind)
{
    return alert_is_wanted(config) && (config->alert_on >> kind & 1) != 0;
}

bool alert_is_allowed(struct agent *agent)
{
    return storm_allows(&agent->alert.storm, agent->config->digest_after, agent->now.mono_ms);
}

bool alert_tell(struct agent *agent, struct mailtext *mail)
{
    char id[SPOOL_ID_SIZE];

    if (!alert_is_chosen(agent->config, mail->kind))
        return false;
    if (!is_single(mail->kind) && !alert_is_allowed(agent))
        return gather(agent, mail);
    fill(agent, mail, id);
    post(agent, mail, ALL_CHANNELS, false);
    return false;
}

bool alert_tell_left(struct agent *agent, struct mailtext *mail)
{
    char id[SPOOL_ID_SIZE];

    if (!alert_is_chosen(agent->config, mail->kind))
        return false;
    if (alert_digest_waiting(agent) > 0)
        return gather(agent, mail);
    fill(agent, mail, id);
    post(agent, mail, ALL_CHANNELS, false);
    return false;
}

int alert_post_digest(struct agent *agent, struct mailtext *mail, char id[SPOOL_ID_SIZE])
{
    fill(agent, mail, id);
    return post(agent, mail, ALL_CHANNELS, false);
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
