/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history: what operators commanded, on all nodes, and the bans by hits of one subject. In
 * slices, one question at a time, as top does it.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "lookback.h"
#include "notice.h"
#include "question.h"
#include "reply.h"
#include "target.h"

#define HISTORY_ITEM_WORK 64 /* what telling one costs */

struct history {
    struct question question;
    struct lookback_filter filter;
    size_t limit;
    bool begun;
    bool walked;
    size_t told; /* of the list, or gone since */
    struct lookback lookback;
};

static bool refuse(struct agent *agent, uint64_t client, const char *message)
{
    reply_error(agent, client, "usage", EXIT_USAGE, message, NULL);
    return false;
}

/* What is asked for; false, and answered, if it is nothing that may be. */
static bool read_request(struct agent *agent, const struct request *request,
                         struct history *history)
{
    int64_t limit = HISTORY_DEFAULT, for_ms = 0;
    struct lookback_filter *filter = &history->filter;
    struct target target;
    char message[96];

    json_number(request->json, "limit", &limit);
    json_number(request->json, "since_ms", &for_ms);
    snprintf(message, sizeof(message), "\"limit\" must be from 1 to %d", HISTORY_MAX);
    if (limit < 1 || limit > HISTORY_MAX)
        return refuse(agent, request->client, message);
    history->limit = (size_t)limit;
    if (json_has(request->json, "since_ms") && for_ms < 1000)
        return refuse(agent, request->client, "\"since_ms\" must be a number of at least 1 s");
    if (for_ms > 0 && for_ms < agent->now.wall_ms)
        filter->since_ms = agent->now.wall_ms - for_ms;
    if (!json_has(request->json, "targets") && !json_has(request->json, "accounts"))
        return true;
    if (target_count(request->json) != 1)
        return refuse(agent, request->client,
                      "\"targets\" must be one address or network, or \"accounts\" one account");
    if (!target_read(agent, request, 0, &target))
        return false;
    filter->addr = target.host; /* what was typed, not what it counts as */
    filter->has_subject = true;
    return true;
}

static void add_text(struct json *item, const char *name, const char *text)
{
    if (text[0] != '\0')
        json_add_bytes(item, name, text, strlen(text));
    else
        json_add_null(item, name);
}

static void add_until(struct json *item, int64_t until_ms)
{
    reply_time(item, "until", until_ms);
    json_add_bool(item, "permanent", until_ms == TIME_NEVER_MS);
}

static void add_action(struct json *item, uint8_t action)
{
    const char *name = audit_action_name(action);
    char text[32];

    snprintf(text, sizeof(text), "action %u", action);
    json_add_text(item, "action", name != NULL ? name : text);
}

static void tell_audit(struct agent *agent, uint64_t client, const struct audit *audit)
{
    struct json *root, *item = reply_item(&root);

    reply_time(item, "time", stamp_ms(audit->stamp.hlc));
    reply_node(agent, item, "node", audit->stamp.node);
    json_add_text(item, "source", "operator");
    add_text(item, "actor", audit->actor);
    if (audit->uid != AUDIT_UID_NONE)
        json_add_number(item, "uid", audit->uid);
    else
        json_add_null(item, "uid");
    add_action(item, audit->action);
    if (audit->has_subject)
        reply_net(item, "net", &audit->addr);
    else
        json_add_null(item, "net");
    json_add_number(item, "subjects", audit->count);
    add_text(item, "object", audit->object);
    add_until(item, audit->until_ms);
    add_text(item, "reason", audit->reason);
    reply_send(agent, client, &root);
}

static void tell_fact(struct agent *agent, uint64_t client, const struct addr *addr,
                      const struct fact *fact)
{
    struct json *root, *item = reply_item(&root);
    int64_t hits = 0;

    for (size_t i = 0; i < fact->node_count; i++)
        hits += fact->nodes[i].strikes;
    reply_time(item, "time", fact->last_ms);
    json_add_null(item, "node");
    json_add_text(item, "source", "hits");
    json_add_null(item, "actor");
    json_add_null(item, "uid");
    json_add_text(item, "action", "ban");
    reply_net(item, "net", addr);
    json_add_number(item, "subjects", 1);
    json_add_null(item, "object");
    add_until(item, fact->until_ms);
    json_add_null(item, "reason");
    json_add_number(item, "hits", hits);
    reply_nodes(agent, item, fact->nodes, fact->node_count);
    json_add_number(item, "level", fact->level);
    reply_send(agent, client, &root);
}

static void tell_next(struct agent *agent, struct history *history)
{
    const struct state *state = &agent->node.state;
    const struct lookback_item *item = &history->lookback.list[history->told++];
    struct unpacked room;
    const struct fact *fact = item->is_fact ? lookback_fact(state, item, &room) : NULL;
    struct audit audit;

    if (fact != NULL)
        tell_fact(agent, history->question.client, &item->addr, fact);
    else if (!item->is_fact && lookback_audit(state, item, &audit))
        tell_audit(agent, history->question.client, &audit);
    else
        history->lookback.total--;
}

static void end_answer(struct agent *agent, const struct history *history)
{
    size_t total = history->lookback.total;
    struct json *root,
        *result = reply_result(&root, "banctl.history/1", total > 0 ? EXIT_DONE : EXIT_NO);

    if (history->filter.has_subject)
        reply_net(result, "net", &history->filter.addr);
    else
        json_add_null(result, "net");
    reply_time(result, "since", history->filter.since_ms);
    json_add_number(result, "total", (int64_t)total);
    json_add_number(result, "limit", (int64_t)history->limit);
    json_add_number(result, "memory_ms", agent->node.state.policy.memory_ms);
    reply_end(agent, history->question.client, &root);
}

static bool go_on(struct agent *agent, void *question, size_t *work)
{
    struct history *history = question;
    const struct state *state = &agent->node.state;

    if (!history->begun &&
        lookback_begin(&history->lookback, state, &history->filter, history->limit) != 0) {
        reply_error(agent, history->question.client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return true;
    }
    history->begun = true;
    if (!history->walked)
        history->walked = lookback_walk(&history->lookback, state, work);
    if (!history->walked)
        return false;
    while (history->told < history->lookback.count) {
        if (*work == 0)
            return false;
        tell_next(agent, history);
        question_spend(work, HISTORY_ITEM_WORK);
    }
    end_answer(agent, history);
    return true;
}

static void end(void *question)
{
    struct history *history = question;

    lookback_clear(&history->lookback);
}

static const struct question_kind kind = {
    .size = sizeof(struct history), .at_once = 1, .go_on = go_on, .end = end};

void command_history(struct agent *agent, const struct request *request)
{
    struct history history = {.begun = false};

    if (read_request(agent, request, &history))
        question_ask(agent, request->client, &kind, &history);
}
