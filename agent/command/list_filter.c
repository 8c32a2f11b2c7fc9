/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bans list is asked for, see list_filter.h.
 */
#include "list_filter.h"

#include <stdio.h>
#include <string.h>

#include "reply.h"
#include "roll.h"
#include "view.h"

/* In the order of their enumerations. */
static const char *const sources[] = {
    NULL,
#define LIST_SOURCE(id, word) word,
#define LIST_ORDER(id, word)
#include <bansync/list.def>
#undef LIST_SOURCE
#undef LIST_ORDER
};

static const char *const orders[] = {
#define LIST_SOURCE(id, word)
#define LIST_ORDER(id, word) word,
#include <bansync/list.def>
#undef LIST_SOURCE
#undef LIST_ORDER
};

static bool usage(struct agent *agent, uint64_t client, const char *message)
{
    reply_error(agent, client, "usage", EXIT_USAGE, message, NULL);
    return false;
}

/* The place of the member's word among the words, *place as it is if it is absent. False: answered,
 * it is none of them. */
static bool read_word(struct agent *agent, const struct request *request, const char *member,
                      const char *const *words, size_t count, size_t *place)
{
    const char *text = json_text(request->json, member);
    char message[256];
    int used;

    if (text == NULL)
        return true;
    used = snprintf(message, sizeof(message), "\"%s\" must be one of", member);
    for (size_t i = 0; i < count; i++) {
        if (words[i] == NULL)
            continue;
        if (strcmp(words[i], text) == 0) {
            *place = i;
            return true;
        }
        used += snprintf(message + used, sizeof(message) - (size_t)used, " %s", words[i]);
    }
    return usage(agent, request->client, message);
}

static bool read_words(struct agent *agent, const struct request *request,
                       struct list_filter *filter)
{
    size_t source = LIST_SOURCE_ANY, order = 0;

    if (!read_word(agent, request, "source", sources, sizeof(sources) / sizeof(sources[0]),
                   &source) ||
        !read_word(agent, request, "sort", orders, sizeof(orders) / sizeof(orders[0]), &order))
        return false;
    filter->source = (enum list_source)source;
    filter->order = (enum list_order)order;
    return true;
}

static bool read_numbers(struct agent *agent, const struct request *request,
                         struct list_filter *filter)
{
    int64_t limit = 0, for_ms = 0;

    if (json_number(request->json, "limit", &limit) && limit < 1)
        return usage(agent, request->client, "\"limit\" must be 1 or more");
    if (json_number(request->json, "since_ms", &for_ms) && for_ms < 1000)
        return usage(agent, request->client, "\"since_ms\" must be a number of at least 1 s");
    filter->limit = (size_t)limit;
    if (for_ms > 0 && for_ms < agent->now.wall_ms)
        filter->since_ms = agent->now.wall_ms - for_ms;
    return true;
}

static bool read_node(struct agent *agent, const struct request *request,
                      struct list_filter *filter)
{
    const char *text = json_text(request->json, "node");
    char message[128];

    filter->has_node = text != NULL;
    if (text == NULL || roll_resolve(agent, text, &filter->node))
        return true;
    roll_unknown(agent, text, message, sizeof(message));
    reply_error(agent, request->client, "unknown_node", EXIT_USAGE, message,
                "names, keys and ids:  banctl node list");
    return false;
}

static bool read_in(struct agent *agent, const struct request *request, struct list_filter *filter)
{
    const char *text = json_text(request->json, "in");

    filter->has_in = text != NULL;
    return text == NULL || reply_target(agent, request->client, text, &filter->in);
}

bool list_filter_read(struct agent *agent, const struct request *request,
                      struct list_filter *filter)
{
    const struct json *json = request->json;

    *filter = (struct list_filter){.observe = agent->config->observe};
    json_bool(json, "would", &filter->would);
    json_bool(json, "accounts_only", &filter->accounts_only);
    json_bool(json, "permanent", &filter->permanent);
    json_bool(json, "temporary", &filter->temporary);
    if (filter->permanent && filter->temporary)
        return usage(agent, request->client,
                     "\"permanent\" and \"temporary\" contradict each other");
    if (filter->accounts_only && json_has(json, "in"))
        return usage(agent, request->client,
                     "\"accounts_only\" and \"in\" contradict each other: an account is in no "
                     "network");
    if (!read_words(agent, request, filter) || !read_numbers(agent, request, filter) ||
        !read_node(agent, request, filter) || !read_in(agent, request, filter))
        return false;
    if (filter->would && filter->observe)
        inforce_begin(agent, &filter->inforce);
    return true;
}

int list_filter_prepare(struct list_filter *filter, size_t *work)
{
    return filter->would && filter->observe ? inforce_read(&filter->inforce, work) : 1;
}

static bool has_part(const struct list_filter *filter, const struct record *record,
                     const struct view *view)
{
    if (view->manual && record->manual.stamp.node == filter->node)
        return true;
    for (size_t i = 0; i < view->node_count; i++)
        if (view->nodes[i].node == filter->node)
            return true;
    return false;
}

static bool would_ban(const struct list_filter *filter, const struct state *state,
                      const struct addr *addr)
{
    return filter->observe && !inforce_has(&filter->inforce, addr) &&
           allows_cover(&state->allows, addr, state_now_ms(state)) == NULL;
}

static int64_t key_of(const struct list_filter *filter, const struct view *view, int64_t since_ms)
{
    switch (filter->order) {
    case LIST_ORDER_COUNT:
        return -(int64_t)view->count;
    case LIST_ORDER_SINCE:
        return -since_ms;
    case LIST_ORDER_EXPIRES:
        return view->until_ms;
    default:
        return 0;
    }
}

bool list_filter_wants(const void *context, const struct state *state,
                       const struct subject *subject, int64_t *key)
{
    const struct list_filter *filter = context;
    bool is_account = subject->addr.kind == ADDR_ACCOUNT;
    struct view view;
    int64_t since_ms = 0;

    if ((filter->accounts_only && !is_account) ||
        (filter->has_in && (is_account || !addr_covers(&filter->in, &subject->addr))) ||
        (filter->would && !would_ban(filter, state, &subject->addr)))
        return false;
    view_make(state, subject, &view);
    if (filter->since_ms > 0 || filter->order == LIST_ORDER_SINCE)
        since_ms = view_since_ms(state, subject);
    *key = key_of(filter, &view, since_ms);
    return (!filter->permanent || view.until_ms == TIME_NEVER_MS) &&
           (!filter->temporary || view.until_ms != TIME_NEVER_MS) &&
           (filter->source != LIST_SOURCE_MANUAL || view.manual) &&
           (filter->source != LIST_SOURCE_AUTO || !view.manual) && since_ms >= filter->since_ms &&
           (!filter->has_node || has_part(filter, &subject->record, &view));
}

void list_filter_clear(struct list_filter *filter)
{
    inforce_clear(&filter->inforce);
}
