/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify test: a real alert through the real spool by each channel, and what came of each.
 */
#include <stdio.h>
#include <string.h>

#include "alert_post.h"
#include "command.h"
#include "reply.h"

#define SCHEMA "banctl.notify_test/1"
#define ALL_CHANNELS ((1u << CHANNEL_COUNT) - 1)

/* One bit a channel; 0: answered with an error. */
static unsigned channels_of(struct agent *agent, const struct request *request)
{
    const char *name = json_text(request->json, "channel");
    enum channel channel;

    if (name == NULL)
        return ALL_CHANNELS;
    channel = channel_parse(name, strlen(name));
    if (channel < CHANNEL_COUNT)
        return 1u << channel;
    reply_error(agent, request->client, "usage", EXIT_USAGE, "there is no such channel",
                "channels:  mail webhook exec");
    return 0;
}

static void answer_unset(struct agent *agent, const struct request *request, unsigned channels)
{
    static const char *const keys[CHANNEL_COUNT] = {"mail_to", "webhook", "exec"};
    char message[128] = "nobody is told of alerts";
    const char *hint = "set mail_to, webhook or exec in [alert] of bansync.conf, then: banctl "
                       "reload";

    for (int i = 0; i < CHANNEL_COUNT; i++)
        if (channels == 1u << i)
            snprintf(message, sizeof(message), "%s is not set in [alert] of bansync.conf", keys[i]);
    if (channels != ALL_CHANNELS)
        hint = "set it, then: banctl reload";
    reply_error(agent, request->client, "not_configured", EXIT_REFUSED, message, hint);
}

static void answer_lost(struct agent *agent, const struct request *request)
{
    char message[512];

    snprintf(message, sizeof(message), "the test cannot be put into %.200s/alerts: %.200s",
             agent->config->state_dir, agent->alert.spool_error);
    reply_error(agent, request->client, "internal", EXIT_INTERNAL, message, NULL);
}

void command_notify_test(struct agent *agent, const struct request *request)
{
    struct alert_test *test = &agent->alert.test;
    unsigned channels = channels_of(agent, request);
    int targets;

    if (channels == 0)
        return;
    if (test->client != 0) {
        reply_error(agent, request->client, "busy", EXIT_DEGRADED, "another test is under way",
                    "try again in a few seconds");
        return;
    }
    if (courier_is_gone(&agent->alert.courier)) {
        reply_error(agent, request->client, "internal", EXIT_INTERNAL,
                    "the process that delivers alerts has ended", "restart bansyncd");
        return;
    }
    *test = (struct alert_test){.end_ms = agent->now.mono_ms + ALERT_TEST_MS};
    targets = alert_post_test(agent, channels, test->id);
    if (targets == 0)
        answer_unset(agent, request, channels);
    else if (targets < 0)
        answer_lost(agent, request);
    test->client = targets > 0 ? request->client : 0;
    test->target_count = targets > 0 ? (size_t)targets : 0;
}

static void reply_report(struct agent *agent, uint64_t client, const struct courier_report *report)
{
    bool delivered = report->outcome == COURIER_DELIVERED;
    struct json *root, *item = reply_item(&root);

    json_add_text(item, "channel", channel_name(report->channel));
    json_add_text(item, "target", report->target);
    json_add_bool(item, "delivered", delivered);
    json_add_text(item, "detail", delivered ? NULL : report->reason);
    reply_send(agent, client, &root);
}

void notify_turn(struct agent *agent)
{
    struct alert_test *test = &agent->alert.test;
    struct json *root, *result;
    size_t delivered = 0;

    if (test->client == 0 ||
        (test->report_count < test->target_count && agent->now.mono_ms < test->end_ms))
        return;
    for (size_t i = 0; i < test->report_count; i++) {
        reply_report(agent, test->client, &test->reports[i]);
        delivered += test->reports[i].outcome == COURIER_DELIVERED;
    }
    result =
        reply_result(&root, SCHEMA, delivered == test->target_count ? EXIT_DONE : EXIT_DEGRADED);
    json_add_number(result, "targets", (int64_t)test->target_count);
    json_add_number(result, "delivered", (int64_t)delivered);
    json_add_number(result, "unanswered", (int64_t)(test->target_count - test->report_count));
    reply_end(agent, test->client, &root);
    *test = (struct alert_test){.client = 0};
}
