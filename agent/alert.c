/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is worth a mail to the admin, see alert.h.
 */
#include "alert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "mailtext.h"
#include "notice.h"
#include "view.h"

_Static_assert(MAILTEXT_TEXTS_MAX >= EVIDENCE_ACCOUNTS_MAX &&
                   MAILTEXT_TEXTS_MAX >= EVIDENCE_BUCKETS_MAX,
               "all of the evidence fits into a mail");

#define ID_SIZE 33
#define MINUTE_MS 60000

void alert_start(struct agent *agent)
{
    agent_now(agent);
    agent->alert.started_ms = agent->now.wall_ms;
    if (mailer_start(&agent->alert.mailer) != 0)
        log_error("cannot start the process that sends mails: %s", strerror(errno));
}

/* The same on every node: of several mails on one ban a mailbox may keep one. */
static void make_id(const struct state *state, const struct subject *subject,
                    const struct fact *fact, char id[ID_SIZE])
{
    uint8_t bytes[ENTRY_KEY_BYTES_MAX + 17];
    size_t size = entry_write_addr(&subject->addr, bytes);
    const struct stamp *cut = &subject->record.cut.stamp;
    struct hash128 hash;

    for (int shift = 0; shift < 64; shift += 8) {
        bytes[size++] = (uint8_t)(cut->hlc >> shift);
        bytes[size++] = (uint8_t)(cut->node >> shift);
    }
    bytes[size++] = fact->level;
    hash = hash128(&state->key, bytes, size);
    snprintf(id, ID_SIZE, "%016llx%016llx", (unsigned long long)hash.lane[0],
             (unsigned long long)hash.lane[1]);
}

static void take_texts(const struct evidence_text *from, size_t count, struct mailtext_bytes *to)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (struct mailtext_bytes){from[i].bytes, from[i].size};
}

static int compare_counts(const void *a, const void *b)
{
    const struct mailtext_count *x = a, *y = b;

    return strcmp(x->node, y->node);
}

/* By name, as people look for it. unknown: room for the names of nodes that have none here. */
static void take_counts(const struct agent *agent, const struct view *view,
                        char unknown[FACT_NODES_MAX][17], struct mailtext_count *to)
{
    for (size_t i = 0; i < view->node_count; i++) {
        to[i].node = notice_node_name(agent, view->nodes[i].node, unknown[i]);
        to[i].strikes = view->nodes[i].strikes;
    }
    qsort(to, view->node_count, sizeof(*to), compare_counts);
}

/* Whether at least one mail was handed over. */
static bool send_to_all(struct agent *agent, const char *text, size_t size)
{
    bool handed_over = false;
    struct mailer_mail mail = {.server = agent->config->smtp,
                               .from = agent->config->mail_from,
                               .text = text,
                               .size = size};

    for (const char *at = agent->config->mail_to; *at != '\0';) {
        char to[MAIL_ADDRESS_BYTES_MAX + 1];
        size_t length = strcspn(at, ",");

        snprintf(to, sizeof(to), "%.*s", (int)length, at);
        mail.to = to;
        if (mailer_send(&agent->alert.mailer, &mail))
            handed_over = true;
        else
            agent->node.state.counters.alerts_dropped++;
        at += length + (at[length] == ',');
    }
    return handed_over;
}

static void mail_ban(struct agent *agent, const struct subject *subject, const struct fact *fact,
                     int64_t decided_ms)
{
    const struct state *state = &agent->node.state;
    char sender[ADDR_TEXT_SIZE], id[ID_SIZE], text[MAIL_BYTES_MAX + 1];
    char unknown[FACT_NODES_MAX][17];
    struct mailtext_count counts[FACT_NODES_MAX];
    struct mailtext mail = {.from = agent->config->mail_from,
                            .to = agent->config->mail_to,
                            .cluster = agent->config->cluster_name,
                            .node = agent->node.name,
                            .sender = sender,
                            .id = id,
                            .now_ms = agent->now.wall_ms,
                            .counts = counts,
                            .first_ms = fact->first_ms,
                            .last_ms = fact->last_ms,
                            .decided_ms = decided_ms,
                            .unmailed = agent->alert.unmailed};
    struct view view;

    view_make(state, subject, &view);
    addr_print_operand(&subject->addr, sender);
    make_id(state, subject, fact, id);
    mail.until_ms = view.until_ms;
    mail.level = view.level;
    mail.allowed = allows_cover(&state->allows, &subject->addr, state_now_ms(state)) != NULL;
    mail.observed = agent->config->observe;
    mail.hits = view.hits;
    mail.messages = view.messages;
    mail.count_count = view.node_count;
    take_counts(agent, &view, unknown, counts);
    mail.account_count = view.evidence.account_count;
    mail.bucket_count = view.evidence.bucket_count;
    take_texts(view.evidence.accounts, mail.account_count, mail.accounts);
    take_texts(view.evidence.buckets, mail.bucket_count, mail.buckets);
    if (send_to_all(agent, text, mailtext_write(&mail, text)))
        agent->alert.unmailed = 0;
    else
        agent->alert.unmailed++;
}

/* One when it engages, not one for each who is held. Each time is another mail. */
static void mail_brake(struct agent *agent)
{
    const struct state *state = &agent->node.state;
    char id[ID_SIZE], text[MAIL_BYTES_MAX + 1];
    struct mailtext mail = {.from = agent->config->mail_from,
                            .to = agent->config->mail_to,
                            .cluster = agent->config->cluster_name,
                            .node = agent->node.name,
                            .id = id,
                            .now_ms = agent->now.wall_ms,
                            .brake_max = agent->config->max_new_per_minute};

    snprintf(id, ID_SIZE, "%016llx%016llx", (unsigned long long)state->node,
             (unsigned long long)state->hlc);
    send_to_all(agent, text, mailtext_write(&mail, text));
}

/* False: there were as many mails in the last minute as there may be. */
static bool take_turn(struct alert *alert, int64_t mono_ms)
{
    int64_t *slot = &alert->mailed_ms[alert->mailed % MAILS_A_MINUTE_MAX];

    if (alert->mailed >= MAILS_A_MINUTE_MAX && mono_ms - *slot < MINUTE_MS)
        return false;
    *slot = mono_ms;
    alert->mailed++;
    return true;
}

/* Log lines have whole seconds, so the second of the start belongs to this run. */
static bool is_news(const struct agent *agent, const struct effect *effect)
{
    int64_t started_ms = agent->alert.started_ms - agent->alert.started_ms % 1000;

    return effect->origin == agent->node.state.node && (effect->own || effect->at_ms >= started_ms);
}

static void tell_ban(struct agent *agent, const struct effect *effect)
{
    const struct state *state = &agent->node.state;
    const struct subject *subject = state_find(state, &effect->addr);
    const struct fact *fact =
        subject != NULL ? record_newest_fact(&subject->record, state_now_ms(state)) : NULL;

    if (fact == NULL)
        return; /* over already */
    if (take_turn(&agent->alert, agent->now.mono_ms)) {
        mail_ban(agent, subject, fact, effect->at_ms);
        return;
    }
    agent->alert.unmailed++;
    agent->node.state.counters.alerts_dropped++;
}

static void take_failure(struct agent *agent, const struct mailer_report *report)
{
    struct alert *alert = &agent->alert;

    if (alert->failing_since_ms == 0) {
        alert->failing_since_ms = agent->now.wall_ms;
        log_warning("a mail could not be sent: %s", report->reason);
    }
    snprintf(alert->reason, sizeof(alert->reason), "%s", report->reason);
}

static void take_report(struct agent *agent, const struct mailer_report *report)
{
    struct counters *counters = &agent->node.state.counters;

    if (report->outcome == MAILER_SENT) {
        counters->alerts_sent++;
        agent->alert.sent_ms = agent->now.wall_ms;
        agent->alert.failing_since_ms = 0;
        return;
    }
    counters->alerts_failed += report->outcome == MAILER_FAILED;
    counters->alerts_dropped += report->outcome == MAILER_DROPPED;
    take_failure(agent, report);
}

static void take_reports(struct agent *agent)
{
    struct mailer *mailer = &agent->alert.mailer;
    bool was_gone = mailer_is_gone(mailer);
    struct mailer_report report;

    while (mailer_take(mailer, &report))
        take_report(agent, &report);
    if (!was_gone && mailer_is_gone(mailer))
        log_error("the process that sends mails has ended; restart bansyncd");
}

/* The mails on bans have used up their own minute by then. */
static void tell_brake(struct agent *agent)
{
    struct alert *alert = &agent->alert;
    bool engaged = agent->node.state.counters.brakes != alert->brakes;

    alert->brakes = agent->node.state.counters.brakes;
    if (!engaged || agent->config->mail_to[0] == '\0')
        return;
    if (alert->brake_mailed_ms == 0 || agent->now.mono_ms - alert->brake_mailed_ms >= MINUTE_MS) {
        alert->brake_mailed_ms = agent->now.mono_ms;
        mail_brake(agent);
    } else {
        agent->node.state.counters.alerts_dropped++;
    }
}

void alert_turn(struct agent *agent)
{
    const struct effects *effects = &agent->node.effects;

    take_reports(agent);
    tell_brake(agent);
    if (agent->config->mail_to[0] == '\0')
        return;
    for (size_t i = 0; i < effects->count; i++)
        if (effects->list[i].type == EFFECT_BANNED && is_news(agent, &effects->list[i]))
            tell_ban(agent, &effects->list[i]);
}

void alert_reloaded(struct agent *agent)
{
    agent->alert.failing_since_ms = 0;
    mailer_redirect(&agent->alert.mailer, agent->config->smtp, agent->config->mail_from);
}

bool alert_problem(const struct agent *agent, char *text, size_t size)
{
    const struct alert *alert = &agent->alert;
    char when[CLOCK_TEXT_SIZE];

    if (agent->config->mail_to[0] == '\0')
        return false;
    if (mailer_is_gone(&alert->mailer)) {
        snprintf(text, size, "alerts: the process that sends mails has ended; restart bansyncd");
        return true;
    }
    clock_print(alert->failing_since_ms, when);
    snprintf(text, size, "alerts: mails fail since %s: %s", when, alert->reason);
    return alert->failing_since_ms != 0;
}

void alert_close(struct agent *agent)
{
    take_reports(agent);
    mailer_close(&agent->alert.mailer);
}
