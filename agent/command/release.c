/* SPDX-License-Identifier: Apache-2.0 */
/*
 * held, release and drop: what the brake holds, and what becomes of it.
 *
 * Letting go takes some turns; the answer comes when the last of it is on this node's disk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addrs.h"
#include "auditing.h"
#include "change.h"
#include "clock.h"
#include "command.h"
#include "grouped.h"
#include "log.h"
#include "persist.h"
#include "question.h"
#include "reply.h"
#include "target.h"

struct release {
    struct question question;
    bool drop;
    size_t strikes;
    struct addrs senders; /* whose strikes are let go */
};

/* All who are held and inside one of the targets (none: all). 0, or -1 without memory. */
static int list_senders(const struct agent *agent, const struct addr *targets, size_t count,
                        struct addrs *out)
{
    const struct table *held = &agent->node.hold.held.sets[HELD_WAITING].subjects;
    const struct subject *subject;

    for (struct table_walk walk = {0}; (subject = table_next(held, &walk)) != NULL;) {
        bool wanted = count == 0;

        for (size_t i = 0; i < count && !wanted; i++)
            wanted = addr_covers(&targets[i], &subject->addr);
        if (wanted && addrs_append(out, &subject->addr) != 0)
            return -1;
    }
    addrs_sort(out);
    return 0;
}

static void list_one(struct agent *agent, uint64_t client, const struct subject *held)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject = state_find(state, &held->addr, &room);
    const struct strikes *strikes = &held->strikes;
    struct json *root, *item = reply_item(&root);
    uint8_t bytes[EVIDENCE_BYTES_MAX];
    struct evidence evidence = {.messages = 0};

    evidence_read(bytes, evidence_write(strikes->list, strikes->count, bytes), &evidence);
    reply_net(item, "net", &held->addr);
    json_add_number(item, "hits", (int64_t)strikes->count);
    json_add_number(item, "messages",
                    evidence.messages != 0 ? evidence.messages : (int64_t)strikes->count);
    reply_time(item, "first", strikes->list[0].t_ms);
    reply_time(item, "last", strikes->list[strikes->count - 1].t_ms);
    reply_beside(item, &held->addr, &evidence);
    reply_texts(item, "buckets", evidence.buckets, evidence.bucket_count);
    json_add_bool(item, "banned",
                  subject != NULL && record_is_banned(&subject->record, state_now_ms(state)));
    reply_send(agent, client, &root);
}

void command_held(struct agent *agent, const struct request *request)
{
    const struct held *held = &agent->node.hold.held;
    const struct table *subjects = &held->sets[HELD_WAITING].subjects;
    struct addrs senders = {0};
    struct json *root, *result;

    if (list_senders(agent, NULL, 0, &senders) != 0) {
        addrs_clear(&senders);
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return;
    }
    for (size_t i = 0; i < senders.count; i++) {
        const struct addr *addr = &senders.list[i];

        list_one(agent, request->client,
                 table_find(subjects, addr, state_hash(&agent->node.state, addr), NULL));
    }
    result = reply_result(&root, "banctl.held/1", EXIT_DONE);
    json_add_number(result, "senders", (int64_t)senders.count);
    json_add_number(result, "hits", (int64_t)held->sets[HELD_WAITING].count);
    reply_time(result, "since", held_since_ms(held));
    json_add_number(result, "max_new_per_minute", agent->config->max_new_per_minute);
    reply_end(agent, request->client, &root);
    addrs_clear(&senders);
}

/* Those of the request, none for all; false: answered with an error. */
static bool read_targets(struct agent *agent, const struct request *request,
                         struct addr targets[CONTROL_TARGETS_MAX], size_t *count)
{
    bool named = json_has(request->json, "targets") || json_has(request->json, "accounts");
    struct target target;

    *count = target_count(request->json);
    if (named && !target_has_some(agent, request))
        return false;
    for (size_t i = 0; i < *count; i++) {
        if (!target_read(agent, request, i, &target))
            return false;
        targets[i] = target.addr;
    }
    return true;
}

static bool go_on(struct agent *agent, void *question, size_t *work);
static bool is_ready(const struct agent *agent, const void *question);

static void end(void *question)
{
    struct release *release = question;

    addrs_clear(&release->senders);
}

static const struct question_kind kind = {.size = sizeof(struct release),
                                          .at_once = 1,
                                          .lasts = true,
                                          .go_on = go_on,
                                          .is_ready = is_ready,
                                          .end = end};

/* False, and answered, if nothing can be let go now. */
static bool guard(struct agent *agent, const struct request *request)
{
    char message[512];

    if (question_first(agent, &kind) != NULL) {
        reply_error(agent, request->client, "busy", EXIT_DEGRADED,
                    "another release or drop is under way", "try again later");
        return false;
    }
    if (!agent->persist.failing)
        return true;
    snprintf(message, sizeof(message), "not durable, nothing was changed: %s",
             agent->persist.error);
    reply_error(agent, request->client, "not_durable", EXIT_INTERNAL, message, persist_hint(agent));
    return false;
}

/* NULL: answered with an error. */
static struct release *make(struct agent *agent, const struct request *request, bool drop)
{
    struct addr targets[CONTROL_TARGETS_MAX];
    struct release release = {.drop = drop}, *asked = NULL;
    size_t count;

    if (!read_targets(agent, request, targets, &count) || !guard(agent, request))
        return NULL;
    if (list_senders(agent, targets, count, &release.senders) != 0)
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
    else if (release.senders.count == 0)
        reply_error(agent, request->client, "nothing", EXIT_NO,
                    count == 0 ? "the brake holds nothing" : "the brake holds nothing of these",
                    count == 0 ? NULL : "what it holds: banctl held");
    else
        asked = question_ask(agent, request->client, &kind, &release);
    if (asked == NULL)
        addrs_clear(&release.senders);
    return asked;
}

/* One entry a target, or one of all. */
static void audit_targets(struct agent *agent, const struct request *request,
                          const struct release *release, const struct audit *audit)
{
    struct addr targets[CONTROL_TARGETS_MAX];
    size_t count;

    if (!read_targets(agent, request, targets, &count)) /* it could be read before */
        return;
    for (size_t i = 0; i < count; i++)
        auditing_subject(agent, audit, agent->next_request++, &targets[i], 0);
    if (count == 0)
        auditing_many(agent, audit, release->senders.count, NULL);
}

static void begin(struct agent *agent, const struct request *request, bool drop)
{
    const size_t *held = &agent->node.hold.held.sets[HELD_WAITING].count;
    struct release *release = make(agent, request, drop);
    char actor[ACTOR_BYTES_MAX + 1], text[4 * ACTOR_BYTES_MAX + 1];
    struct audit audit;

    if (release == NULL)
        return;
    change_actor(request->uid, actor);
    audit = auditing_begin(request->uid, actor, drop ? AUDIT_DROP : AUDIT_RELEASE, NULL);
    audit_targets(agent, request, release, &audit);
    release->strikes = *held;
    for (size_t i = 0; i < release->senders.count; i++)
        (drop ? node_drop : node_release)(&agent->node, &release->senders.list[i]);
    release->strikes -= *held;
    log_notice("brake_%s senders=%zu hits=%zu actor=%s", drop ? "drop" : "release",
               release->senders.count, release->strikes,
               log_escape(actor, strlen(actor), text, sizeof(text)));
}

void command_release(struct agent *agent, const struct request *request)
{
    begin(agent, request, false);
}

void command_drop(struct agent *agent, const struct request *request)
{
    begin(agent, request, true);
}

static size_t count_banned(const struct agent *agent, const struct addrs *senders)
{
    const struct state *state = &agent->node.state;
    size_t count = 0;

    for (size_t i = 0; i < senders->count; i++) {
        struct unpacked room;
        const struct subject *subject = state_find(state, &senders->list[i], &room);

        count += subject != NULL && record_is_banned(&subject->record, state_now_ms(state));
    }
    return count;
}

static void answer(struct agent *agent, const struct release *release)
{
    size_t senders = release->senders.count, banned = count_banned(agent, &release->senders);
    struct json *root, *result;
    char message[160];
    int used =
        snprintf(message, sizeof(message), "%s sender%s %s, with %s hit%s: ", GROUPED(senders),
                 senders == 1 ? "" : "s", release->drop ? "dropped" : "released",
                 GROUPED(release->strikes), release->strikes == 1 ? "" : "s");

    if (release->drop)
        snprintf(message + used, sizeof(message) - (size_t)used, "none of these hits counts");
    else
        snprintf(message + used, sizeof(message) - (size_t)used, "%s %s banned now",
                 GROUPED(banned), banned == 1 ? "is" : "are");
    result = reply_result(&root, release->drop ? "banctl.drop/1" : "banctl.release/1", EXIT_DONE);
    json_add_text(result, "message", message);
    json_add_number(result, "senders", (int64_t)senders);
    json_add_number(result, "hits", (int64_t)release->strikes);
    json_add_number(result, "banned", (int64_t)banned);
    reply_end(agent, release->question.client, &root);
}

/* It is all in memory and with the peers; the database is written anew from memory. */
static void answer_failed(struct agent *agent, const struct release *release)
{
    char message[512], hint[256];

    snprintf(message, sizeof(message), "%s, but not durable: %s",
             release->drop ? "dropped" : "released", agent->persist.error);
    snprintf(hint, sizeof(hint),
             "%s; if the agent ends before that is mended, what it held is held again",
             persist_hint(agent));
    reply_error(agent, release->question.client, "not_durable", EXIT_INTERNAL, message, hint);
}

static bool go_on(struct agent *agent, void *question, size_t *work)
{
    (void)work;
    if (agent->persist.failing)
        answer_failed(agent, question);
    else
        answer(agent, question);
    return true;
}

static bool is_ready(const struct agent *agent, const void *question)
{
    (void)question;
    return !node_is_letting_go(&agent->node) || agent->persist.failing;
}

bool release_print(const struct agent *agent, char *out, size_t size)
{
    const struct held_set *set = &agent->node.hold.held.sets[HELD_WAITING];
    char when[CLOCK_TEXT_SIZE];

    if (set->count == 0)
        return false;
    clock_print(held_since_ms(&agent->node.hold.held), when);
    snprintf(out, size,
             "brake: %s sender%s held since %s, look with banctl held, then banctl release or "
             "banctl drop",
             GROUPED(set->subjects.count), set->subjects.count == 1 ? "" : "s", when);
    return true;
}
