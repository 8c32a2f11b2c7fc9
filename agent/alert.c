/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is worth an alert to the admin, see alert.h.
 */
#include "alert.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alert_ban.h"
#include "alert_digest.h"
#include "alert_mark.h"
#include "alert_post.h"
#include "alert_spool.h"
#include "alert_watch.h"
#include "clock.h"
#include "identity.h"
#include "log.h"

/* From where the agent is. */
#define PROGRAM "../libexec/bansync/deliver-alerts"

/* Once: an agent that is upgraded while it runs has no place any more. */
static void find_program(char *path, size_t size)
{
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

    own[length > 0 ? length : 0] = '\0';
    snprintf(path, size, "%.*s%s",
             (int)(strrchr(own, '/') != NULL ? strrchr(own, '/') + 1 - own : 0), own, PROGRAM);
}

void alert_start(struct agent *agent)
{
    agent_now(agent);
    agent->alert.started_ms = agent->now.wall_ms;
    find_program(agent->alert.program, sizeof(agent->alert.program));
    courier_start(&agent->alert.courier, agent->alert.program); /* if it fails: again, later */
}

static void set(struct agent *agent)
{
    const struct config *config = agent->config;
    struct courier_settings settings;

    memset(&settings, 0, sizeof(settings)); /* it travels as it is */
    snprintf(settings.state_dir, sizeof(settings.state_dir), "%s", config->state_dir);
    alert_spool_run_dir(config, settings.run_dir);
    snprintf(settings.server, sizeof(settings.server), "%s", config->smtp);
    snprintf(settings.from, sizeof(settings.from), "%s", config->mail_from);
    snprintf(settings.webhook, sizeof(settings.webhook), "%s", config->webhook);
    settings.webhook_format = config->webhook_format;
    snprintf(settings.exec, sizeof(settings.exec), "%s", config->alert_exec);
    settings.log_level = (int32_t)config->log_level;
    courier_set(&agent->alert.courier, &settings);
    agent->alert.set = true;
}

static void open_gathered(struct gathered *gathered)
{
    uint64_t numbers[2] = {identity_random(), identity_random()};
    struct hash_key key;

    static_assert(sizeof(numbers) == sizeof(key.bytes), "as many bytes");
    memcpy(key.bytes, numbers, sizeof(key.bytes));
    gathered_open(gathered, &key);
}

void alert_open(struct agent *agent)
{
    open_gathered(&agent->alert.gathered);
    alert_spool_open(agent);
    alert_digest_load(agent);
    alert_mark_clean(agent);
    agent->alert.opened = true;
}

static void fail(struct agent *agent, const struct courier_report *report)
{
    struct alert_channel *channel = &agent->alert.channels[report->channel];

    if (channel->failing_since_ms == 0) {
        channel->failing_since_ms = agent->now.wall_ms;
        log_warning("an alert could not be delivered channel=%s target=%s reason=\"%s\"",
                    channel_name(report->channel), report->target, report->reason);
    }
    snprintf(channel->reason, sizeof(channel->reason), "%s", report->reason);
    snprintf(channel->target, sizeof(channel->target), "%s", report->target);
}

/* A test tells who asked for it, and that a channel works, but not that it fails. */
static bool take_test(struct agent *agent, const struct courier_report *report)
{
    struct alert_test *test = &agent->alert.test;

    if (strcmp(report->id, test->id) != 0 || test->id[0] == '\0' ||
        test->report_count == ALERT_TARGETS_MAX)
        return false;
    test->reports[test->report_count++] = *report;
    return true;
}

static void take_delivery(struct agent *agent, const struct courier_report *report)
{
    struct alert_channel *channel = &agent->alert.channels[report->channel];
    bool tested = take_test(agent, report);

    if (report->outcome == COURIER_DELIVERED) {
        agent->node.state.counters.alerts_sent++;
        channel->sent_ms = agent->now.wall_ms;
        channel->failing_since_ms = 0;
        alert_mark_told(agent, report->id);
        alert_digest_delivered(agent, report->id);
    } else if (!tested) {
        agent->node.state.counters.alerts_failed += report->outcome == COURIER_FAILED;
        fail(agent, report);
    }
}

static void take_report(struct agent *agent, const struct courier_report *report)
{
    struct alert *alert = &agent->alert;

    if (report->outcome == COURIER_ASIDE) {
        agent->node.state.counters.alerts_aside++;
        log_error("spool of alerts: %s: set aside as .bad", report->reason);
    } else if (report->outcome == COURIER_BROKEN) {
        log_error("spool of alerts: %s", report->reason);
        snprintf(alert->spool_error, sizeof(alert->spool_error), "%s", report->reason);
    } else if (report->channel < CHANNEL_COUNT) {
        take_delivery(agent, report);
    }
}

static void take_reports(struct agent *agent)
{
    struct courier_report report;

    while (courier_take(&agent->alert.courier, &report))
        take_report(agent, &report);
}

/* What waits in the spool loses nothing by it. */
static void keep_running(struct agent *agent)
{
    struct courier *courier = &agent->alert.courier;
    enum courier_change change = courier_watch(courier, agent->now.mono_ms);

    if (change == COURIER_ENDED)
        log_error("the process that delivers alerts %s; it is started again in %lld s",
                  courier->end, (long long)courier->pause_ms / 1000);
    if (change != COURIER_STARTED)
        return;
    agent->node.state.counters.alerts_restarts++;
    log_notice("the process that delivers alerts is started again");
}

void alert_input(struct agent *agent)
{
    alert_mark_input(agent);
}

void alert_turn(struct agent *agent)
{
    take_reports(agent);
    keep_running(agent);
    if (agent->alert.opened && !agent->alert.set && alert_mark_is_settled(agent))
        set(agent);
    alert_ban_turn(agent);
    alert_watch_turn(agent);
    alert_digest_turn(agent);
}

void alert_reloaded(struct agent *agent)
{
    for (int i = 0; i < CHANNEL_COUNT; i++)
        agent->alert.channels[i].failing_since_ms = 0;
    agent->alert.spool_error[0] = '\0';
    set(agent);
}

/* The name of what fails, as people say it. */
static const char *noun(enum channel channel)
{
    static const char *const nouns[CHANNEL_COUNT] = {"mails fail", "the webhook fails",
                                                     "the program fails"};

    return nouns[channel];
}

bool alert_problem(const struct agent *agent, char *text, size_t size)
{
    const struct alert *alert = &agent->alert;
    char when[CLOCK_TEXT_SIZE];

    if (!alert_is_wanted(agent->config))
        return false;
    if (courier_is_gone(&alert->courier)) {
        snprintf(text, size, "alerts: the process that delivers them %s; it is started again",
                 alert->courier.end);
        return true;
    }
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        const struct alert_channel *channel = &alert->channels[i];

        if (channel->failing_since_ms == 0)
            continue;
        clock_print(channel->failing_since_ms, when);
        snprintf(text, size, "alerts: %s since %s: %s", noun((enum channel)i), when,
                 channel->reason);
        return true;
    }
    snprintf(text, size, "alerts: they are lost: %s", alert->spool_error);
    return alert->spool_error[0] != '\0';
}

int64_t alert_waiting(struct agent *agent)
{
    return alert_spool_list(agent);
}

void alert_close(struct agent *agent)
{
    take_reports(agent);
    courier_close(&agent->alert.courier);
    alert_spool_close(agent);
}
