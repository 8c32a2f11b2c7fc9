/* SPDX-License-Identifier: Apache-2.0 */
/*
 * top: who approaches a ban. All subjects are looked at, in slices; one question at a time, so that
 * only that one has a list.
 */
#include <stdio.h>

#include "approach.h"
#include "command.h"
#include "question.h"
#include "reply.h"

#define TOP_ITEM_WORK 64 /* what one sender costs to be told, its strikes apart */

struct top {
    struct question question;
    size_t limit;
    bool begun;
    bool walked;
    size_t told; /* of the list, or gone since */
    struct approaches approaches;
};

/* The number asked for; false, and answered, if it is none that may be. */
static bool read_limit(struct agent *agent, const struct request *request, size_t *limit)
{
    int64_t number = APPROACHING_DEFAULT;
    char message[96];

    json_number(request->json, "limit", &number);
    if (number >= 1 && number <= APPROACHING_MAX) {
        *limit = (size_t)number;
        return true;
    }
    snprintf(message, sizeof(message), "\"limit\" must be from 1 to %d", APPROACHING_MAX);
    reply_error(agent, request->client, "usage", EXIT_USAGE, message, NULL);
    return false;
}

static void add_cover(const struct agent *agent, struct json *item, const struct addr *addr)
{
    struct unpacked room;
    const struct subject *cover = state_find_cover(&agent->node.state, addr, &room);

    if (cover != NULL)
        reply_net(item, "cover", &cover->addr);
    else
        json_add_null(item, "cover");
}

static void tell_sender(struct agent *agent, uint64_t client, const struct subject *subject,
                        const struct view *view, int64_t last_ms)
{
    const struct state *state = &agent->node.state;
    struct json *root, *item = reply_item(&root);

    reply_net(item, "net", &subject->addr);
    json_add_number(item, "count", (int64_t)view->count);
    json_add_number(item, "threshold", state->policy.threshold);
    json_add_number(item, "hits", (int64_t)view->hits);
    json_add_number(item, "messages", (int64_t)view->messages);
    reply_time(item, "last", last_ms);
    reply_nodes(agent, item, view->nodes, view->node_count);
    reply_beside(item, &subject->addr, &view->evidence);
    add_cover(agent, item, &subject->addr);
    reply_allowed(agent, item, &subject->addr);
    reply_send(agent, client, &root);
}

/* Tells the next one, as it is now. What became of it since it was found may leave nothing to tell.
 * Returns what that cost. */
static size_t tell_next(struct agent *agent, struct top *top)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject =
        state_find(state, &top->approaches.list[top->told++].addr, &room);
    struct approach approach;
    struct view view;

    if (subject == NULL || !approach_read(state, subject, &approach)) {
        top->approaches.total--;
        return TOP_ITEM_WORK;
    }
    view_make(state, subject, &view);
    tell_sender(agent, top->question.client, subject, &view, approach.last_ms);
    return TOP_ITEM_WORK + view.hits;
}

static void end_answer(struct agent *agent, const struct top *top)
{
    const struct policy *policy = &agent->node.state.policy;
    struct json *root, *result = reply_result(&root, "banctl.top/1", EXIT_DONE);

    json_add_number(result, "total", (int64_t)top->approaches.total);
    json_add_number(result, "limit", (int64_t)top->limit);
    json_add_number(result, "threshold", policy->threshold);
    json_add_text(result, "counts", policy->count_messages ? "messages" : "hits");
    json_add_number(result, "window_ms", policy->window_ms);
    json_add_text(result, "node", agent->node.name);
    reply_end(agent, top->question.client, &root);
}

static bool go_on(struct agent *agent, void *question, size_t *work)
{
    struct top *top = question;

    if (!top->begun && approaches_begin(&top->approaches, top->limit) != 0) {
        reply_error(agent, top->question.client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return true;
    }
    top->begun = true;
    if (!top->walked)
        top->walked = approaches_walk(&top->approaches, &agent->node.state, work);
    if (!top->walked)
        return false;
    while (top->told < top->approaches.count) {
        if (*work == 0)
            return false;
        question_spend(work, tell_next(agent, top));
    }
    end_answer(agent, top);
    return true;
}

static void end(void *question)
{
    struct top *top = question;

    approaches_clear(&top->approaches);
}

static const struct question_kind kind = {
    .size = sizeof(struct top), .at_once = 1, .go_on = go_on, .end = end};

void command_top(struct agent *agent, const struct request *request)
{
    struct top top = {.limit = 0};

    if (read_limit(agent, request, &top.limit))
        question_ask(agent, request->client, &kind, &top);
}
