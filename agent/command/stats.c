/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats: what the state holds of a span of time. All subjects are looked at, in slices; one
 * question at a time, as for top.
 */
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "entry.h"
#include "notice.h"
#include "question.h"
#include "reply.h"

struct stats_question {
    struct question question;
    int64_t span_ms;
    size_t limit;
    bool begun;
    struct stats stats;
};

/* False, and answered, if one of the numbers may not be. */
static bool read_question(struct agent *agent, const struct request *request,
                          struct stats_question *question)
{
    int64_t span_ms = STRIKE_HORIZON_MS, limit = STATS_ROWS_DEFAULT;
    char message[96];

    json_number(request->json, "since_ms", &span_ms);
    json_number(request->json, "limit", &limit);
    *question = (struct stats_question){.span_ms = span_ms, .limit = (size_t)limit};
    if (span_ms < STATS_SPAN_MS_MIN || span_ms > STRIKE_HORIZON_MS) {
        reply_error(agent, request->client, "usage", EXIT_USAGE,
                    "the span must be from 1m to 1d: hits are kept for a day", NULL);
        return false;
    }
    if (limit >= 1 && limit <= STATS_ROWS_MAX)
        return true;
    snprintf(message, sizeof(message), "\"limit\" must be from 1 to %d", STATS_ROWS_MAX);
    reply_error(agent, request->client, "usage", EXIT_USAGE, message, NULL);
    return false;
}

static void add_steps(struct json *item, const char *name, const uint64_t steps[STATS_STEPS])
{
    struct json *array = json_add_array(item, name);

    for (size_t i = 0; i < STATS_STEPS; i++)
        json_append_number(array, (int64_t)steps[i]);
}

static int by_strikes(const void *a, const void *b)
{
    const struct fact_node *x = a, *y = b;

    if (x->strikes != y->strikes)
        return x->strikes > y->strikes ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

static void add_nodes(const struct agent *agent, struct json *item, struct stats *stats)
{
    struct json *array = json_add_array(item, "nodes");

    qsort(stats->nodes, stats->node_count, sizeof(stats->nodes[0]), by_strikes);
    for (size_t i = 0; i < stats->node_count; i++) {
        struct json *row = json_append_object(array);

        reply_node(agent, row, "node", stats->nodes[i].node);
        json_add_number(row, "hits", stats->nodes[i].strikes);
    }
}

static void add_senders(struct json *item, const struct stats *stats)
{
    struct json *array = json_add_array(item, "senders");

    for (size_t i = 0; i < stats->sender_count; i++) {
        struct json *row = json_append_object(array);

        reply_net(row, "net", &stats->senders[i].addr);
        json_add_number(row, "hits", (int64_t)stats->senders[i].hits);
        json_add_bool(row, "banned", stats->senders[i].banned);
        json_add_bool(row, "allowed", stats->senders[i].allowed);
    }
}

static void add_networks(struct json *item, struct stats *stats)
{
    struct json *array = json_add_array(item, "networks");
    const size_t count = ranking_top(&stats->networks, stats->limit);

    for (size_t i = 0; i < count; i++) {
        const struct ranking_item *network = &stats->networks.list[i];
        struct json *row = json_append_object(array);
        struct addr addr;

        if (entry_read_addr(ranking_key(&stats->networks, network), network->key_size, &addr) != 0)
            continue;
        reply_net(row, "net", &addr);
        json_add_number(row, "hits", (int64_t)network->sum);
    }
}

static void add_accounts(struct json *item, struct stats *stats)
{
    struct json *array = json_add_array(item, "accounts");
    const size_t count = ranking_top(&stats->accounts, stats->limit);

    for (size_t i = 0; i < count; i++) {
        const struct ranking_item *account = &stats->accounts.list[i];
        struct json *row = json_append_object(array);

        json_add_bytes(row, "account", ranking_key(&stats->accounts, account), account->key_size);
        json_add_number(row, "hits", (int64_t)account->sum);
    }
}

static void answer(struct agent *agent, struct stats_question *question)
{
    struct stats *stats = &question->stats;
    struct json *root, *item = reply_item(&root), *bans;

    json_add_text(item, "node", agent->node.name);
    reply_time(item, "since", stats->since_ms);
    reply_time(item, "until", stats->until_ms);
    json_add_number(item, "step_ms", question->span_ms / STATS_STEPS);
    json_add_number(item, "hits", (int64_t)stats->hits);
    add_steps(item, "hits_by", stats->hits_by);
    bans = json_add_object(item, "bans");
    json_add_number(bans, "auto", (int64_t)stats->bans_auto);
    json_add_number(bans, "manual", (int64_t)stats->bans_manual);
    add_steps(item, "bans_by", stats->bans_by);
    json_add_number(item, "unbans", (int64_t)stats->unbans);
    json_add_number(item, "ended", (int64_t)stats->ended);
    json_add_number(item, "banned", (int64_t)stats->banned);
    json_add_number(item, "allowed", (int64_t)stats->allowed);
    json_add_number(item, "senders_total", (int64_t)stats->senders_total);
    json_add_number(item, "networks_total", (int64_t)stats->networks.count);
    json_add_number(item, "accounts_total", (int64_t)stats->accounts.count);
    json_add_number(item, "unranked",
                    (int64_t)(stats->networks.lost + stats->accounts.lost + stats->nodes_lost));
    add_nodes(agent, item, stats);
    add_senders(item, stats);
    add_networks(item, stats);
    add_accounts(item, stats);
    reply_send(agent, question->question.client, &root);
    reply_result(&root, "banctl.stats/1", EXIT_DONE);
    reply_end(agent, question->question.client, &root);
}

static bool go_on(struct agent *agent, void *asked, size_t *work)
{
    struct stats_question *question = asked;

    if (!question->begun) {
        question->begun = true;
        if (stats_begin(&question->stats, &agent->node.strike_key, question->span_ms,
                        agent->now.wall_ms, question->limit) != 0) {
            reply_error(agent, question->question.client, "memory", EXIT_INTERNAL, "no memory",
                        NULL);
            return true;
        }
    }
    if (!stats_walk(&question->stats, &agent->node.state, work))
        return false;
    answer(agent, question);
    *work = 0; /* to rank was work, too */
    return true;
}

static void end(void *asked)
{
    struct stats_question *question = asked;

    if (question->begun)
        stats_clear(&question->stats);
}

static const struct question_kind kind = {
    .size = sizeof(struct stats_question), .at_once = 1, .go_on = go_on, .end = end};

void command_stats(struct agent *agent, const struct request *request)
{
    struct stats_question question;

    if (read_question(agent, request, &question))
        question_ask(agent, request->client, &kind, &question);
}
