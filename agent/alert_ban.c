/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts on bans, and on the brake that holds them back; see alert_ban.h.
 */
#include "alert_ban.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert_digest.h"
#include "alert_mark.h"
#include "alert_post.h"
#include "notice.h"
#include "view.h"

_Static_assert(MAILTEXT_TEXTS_MAX >= EVIDENCE_ACCOUNTS_MAX &&
                   MAILTEXT_TEXTS_MAX >= EVIDENCE_BUCKETS_MAX,
               "all of the evidence fits into a mail");

#define MINUTE_MS 60000

/* The same on every node: of several alerts on one ban one may be kept. */
static void make_id(const struct state *state, const struct subject *subject,
                    const struct fact *fact, char id[SPOOL_ID_SIZE])
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
    snprintf(id, SPOOL_ID_SIZE, "%016llx%016llx", (unsigned long long)hash.lane[0],
             (unsigned long long)hash.lane[1]);
}

static enum alertkind kind_of(int64_t until_ms)
{
    return until_ms == TIME_NEVER_MS ? ALERTKIND_PERMANENT : ALERTKIND_BAN;
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

/* decider: the node of the deciding strike. tell: alert_tell, or alert_tell_left. */
static void tell_fact(struct agent *agent, const struct subject *subject, const struct fact *fact,
                      uint64_t decider, int64_t decided_ms,
                      bool (*tell)(struct agent *agent, struct mailtext *mail))
{
    const struct state *state = &agent->node.state;
    char sender[ADDR_TEXT_SIZE], operand[ADDR_TEXT_SIZE], id[SPOOL_ID_SIZE],
        unknown[FACT_NODES_MAX][17], own[17];
    struct mailtext_count counts[FACT_NODES_MAX];
    struct mailtext mail = {.sender = sender,
                            .operand = operand,
                            .is_account = subject->addr.kind == ADDR_ACCOUNT,
                            .id = id,
                            .counts = counts,
                            .first_ms = fact->first_ms,
                            .last_ms = fact->last_ms,
                            .decided_ms = decided_ms,
                            .decider = notice_node_name(agent, decider, own)};
    struct view view;

    view_make(state, subject, &view);
    addr_print_subject(&subject->addr, sender);
    addr_print_operand(&subject->addr, operand);
    make_id(state, subject, fact, id);
    mail.kind = kind_of(view.until_ms);
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
    mail.line_count = hitlines_find(&agent->alert.lines, &subject->addr, mail.lines);
    if (tell(agent, &mail))
        alert_mark_told(agent, id);
}

/* Log lines have whole seconds, so the second of the start belongs to this run. */
static bool is_news(const struct agent *agent, const struct effect *effect)
{
    int64_t started_ms = agent->alert.started_ms - agent->alert.started_ms % 1000;

    return effect->origin == agent->node.state.node && (effect->own || effect->at_ms >= started_ms);
}

/* The fact that bans the subject, NULL if it is over already; both are perhaps in room. */
static const struct fact *find_fact(const struct agent *agent, const struct addr *addr,
                                    const struct subject **subject, struct unpacked *room)
{
    const struct state *state = &agent->node.state;

    *subject = state_find(state, addr, room);
    return *subject != NULL ? record_newest_fact(&(*subject)->record, state_now_ms(state)) : NULL;
}

static void tell_ban(struct agent *agent, const struct effect *effect)
{
    struct unpacked room;
    const struct subject *subject;
    const struct fact *fact = find_fact(agent, &effect->addr, &subject, &room);

    if (fact != NULL)
        tell_fact(agent, subject, fact, effect->origin, effect->at_ms, alert_tell);
}

/* It was decided by another node, a short while ago. */
static bool is_news_of_others(const struct agent *agent, const struct effect *effect)
{
    return effect->origin != 0 && effect->origin != agent->node.state.node &&
           effect->at_ms >= agent->alert.started_ms &&
           effect->at_ms >= agent->now.wall_ms - ALERT_NEWS_MS;
}

/* It is told by its node, and counts there and here as one of those that are told one by one; or it
 * is one of too many. */
static void watch_ban(struct agent *agent, const struct effect *effect)
{
    struct unpacked room;
    const struct subject *subject;
    const struct fact *fact = find_fact(agent, &effect->addr, &subject, &room);
    char id[SPOOL_ID_SIZE], sender[ADDR_TEXT_SIZE];
    enum alertkind kind;

    if (fact == NULL)
        return;
    kind = kind_of(record_until_ms(&subject->record, state_now_ms(&agent->node.state)));
    if (!alert_is_chosen(agent->config, kind))
        return;
    make_id(&agent->node.state, subject, fact, id);
    if (alert_is_allowed(agent)) {
        alert_mark_watch(agent, effect, id);
        return;
    }
    addr_print_subject(&subject->addr, sender);
    if (!alert_digest_gather(agent, id, kind, sender))
        agent->node.state.counters.alerts_unwatched++;
}

/* Nobody has told it; if it is another ban by now, that one is watched by itself. */
static void take_over(struct agent *agent, const struct alert_pending *pending)
{
    struct unpacked room;
    const struct subject *subject;
    const struct fact *fact = find_fact(agent, &pending->addr, &subject, &room);
    char id[SPOOL_ID_SIZE], wanted[SPOOL_ID_SIZE];

    if (fact == NULL)
        return;
    make_id(&agent->node.state, subject, fact, id);
    for (size_t i = 0; i < sizeof(pending->id); i++)
        snprintf(wanted + 2 * i, 3, "%02x", pending->id[i]);
    if (strcmp(id, wanted) == 0)
        tell_fact(agent, subject, fact, pending->origin, pending->at_ms, alert_tell_left);
}

/* One when it engages, not one for each who is held; and one a minute. */
static void tell_brake(struct agent *agent)
{
    struct alert *alert = &agent->alert;
    bool engaged = agent->node.state.counters.brakes != alert->brakes;
    struct mailtext mail = {.kind = ALERTKIND_BRAKE,
                            .brake_max = agent->config->max_new_per_minute};

    alert->brakes = agent->node.state.counters.brakes;
    if (!engaged || !alert_is_wanted(agent->config))
        return;
    if (alert->brake_mailed_ms == 0 || agent->now.mono_ms - alert->brake_mailed_ms >= MINUTE_MS) {
        alert->brake_mailed_ms = agent->now.mono_ms;
        alert_tell(agent, &mail);
    } else {
        agent->node.state.counters.alerts_digested++;
    }
}

void alert_ban_turn(struct agent *agent)
{
    const struct effects *effects = &agent->node.effects;

    tell_brake(agent);
    if (!alert_is_wanted(agent->config))
        return;
    for (size_t i = 0; i < effects->count; i++) {
        if (effects->list[i].type != EFFECT_BANNED)
            continue;
        if (is_news(agent, &effects->list[i]))
            tell_ban(agent, &effects->list[i]);
        else if (is_news_of_others(agent, &effects->list[i]))
            watch_ban(agent, &effects->list[i]);
    }
    alert_mark_turn(agent, take_over);
}
