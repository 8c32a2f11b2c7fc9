/* SPDX-License-Identifier: Apache-2.0 */
/*
 * top: who approaches a ban. All subjects are looked at, in slices; one question at a time, so that
 * many of them make no turn longer, and only that one has a list.
 */
#include <stdio.h>
#include <stdlib.h>

#include "approach.h"
#include "command.h"
#include "reply.h"

/* Of one turn, for all who ask: 5 ms with a million subjects. */
#define TOP_WORK 16384
#define TOP_ITEM_WORK 64 /* what one sender costs to be told, its strikes apart */

struct top {
    struct top *next; /* who asked later */
    uint64_t client;
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

void command_top(struct agent *agent, const struct request *request)
{
    struct top **end = &agent->tops, *top;
    size_t limit;

    if (!read_limit(agent, request, &limit))
        return;
    top = calloc(1, sizeof(*top));
    if (top == NULL) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return;
    }
    *top = (struct top){.client = request->client, .limit = limit};
    while (*end != NULL)
        end = &(*end)->next;
    *end = top;
}

static void drop(struct top **place)
{
    struct top *top = *place;

    *place = top->next;
    approaches_clear(&top->approaches);
    free(top);
}

static void drop_gone(struct agent *agent)
{
    struct top **place = &agent->tops;

    while (*place != NULL)
        if (control_is_connected(agent->control, (*place)->client))
            place = &(*place)->next;
        else
            drop(place);
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
    json_add_bool(item, "allowed",
                  allows_cover(&state->allows, &subject->addr, state_now_ms(state)) != NULL);
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
    tell_sender(agent, top->client, subject, &view, approach.last_ms);
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
    reply_end(agent, top->client, &root);
}

/* Goes on with the first one; false: there is no work left in this turn. */
static bool go_on(struct agent *agent, struct top *top, size_t *work)
{
    if (!top->begun && approaches_begin(&top->approaches, top->limit) != 0) {
        reply_error(agent, top->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return true;
    }
    top->begun = true;
    if (!top->walked)
        top->walked = approaches_walk(&top->approaches, &agent->node.state, work);
    if (!top->walked)
        return false;
    while (top->told < top->approaches.count) {
        size_t cost;

        if (*work == 0)
            return false;
        cost = tell_next(agent, top);
        *work -= cost < *work ? cost : *work;
    }
    end_answer(agent, top);
    return true;
}

void top_turn(struct agent *agent)
{
    size_t work = TOP_WORK;

    drop_gone(agent);
    while (agent->tops != NULL && work > 0 && go_on(agent, agent->tops, &work))
        drop(&agent->tops);
}

bool top_is_busy(const struct agent *agent)
{
    return agent->tops != NULL;
}

void top_close(struct agent *agent)
{
    while (agent->tops != NULL)
        drop(&agent->tops);
}
