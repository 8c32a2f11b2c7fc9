/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list: all bans, or those that are asked for. Found and told in slices, as for export.
 */
#include "banned.h"
#include "command.h"
#include "list_filter.h"
#include "question.h"
#include "reply.h"

#define LIST_ITEM_WORK 32 /* what one ban costs to be told */
#define LISTS_MAX 4       /* at once: one without a small limit holds the address of every ban */

struct list {
    struct question question;
    struct list_filter filter;
    bool begun;
    bool walked;
    struct banned banned;
    size_t told;
};

static void tell_one(struct agent *agent, uint64_t client, const struct subject *subject)
{
    struct json *root, *item = reply_item(&root);
    struct view view;

    view_make(&agent->node.state, subject, &view);
    reply_net(item, "net", &subject->addr);
    reply_view(agent, item, subject, &view);
    reply_beside(item, &subject->addr, &view.evidence);
    reply_allowed(agent, item, &subject->addr);
    reply_send(agent, client, &root);
}

static void end_answer(struct agent *agent, const struct list *list)
{
    struct json *root, *result = reply_result(&root, "banctl.list/1", EXIT_DONE);
    char digest[33];

    reply_digest(agent, digest);
    json_add_number(result, "total", (int64_t)list->banned.total);
    json_add_number(result, "banned", (int64_t)list->banned.banned);
    json_add_text(result, "digest", digest);
    json_add_bool(result, "would", list->filter.would);
    json_add_text(result, "mode", agent->config->observe ? "observe" : "enforce");
    reply_end(agent, list->question.client, &root);
}

/* False: there is no memory. */
static bool walk(struct agent *agent, struct list *list, size_t *work)
{
    int result = list->begun ? 1 : list_filter_prepare(&list->filter, work);

    if (result > 0 && !list->begun) {
        list->begun = true;
        if (banned_begin(&list->banned, list->filter.limit, list_filter_wants, &list->filter) != 0)
            result = -1;
    }
    if (result > 0)
        result = banned_walk(&list->banned, &agent->node.state, work);
    list->walked = result > 0;
    return result >= 0;
}

static bool go_on(struct agent *agent, void *question, size_t *work)
{
    struct list *list = question;
    struct unpacked room;
    size_t limit = list->filter.limit > 0 ? list->filter.limit : SIZE_MAX;

    if (!list->walked && !walk(agent, list, work)) {
        reply_error(agent, list->question.client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return true;
    }
    for (; list->walked && *work > 0; question_spend(work, LIST_ITEM_WORK), list->told++) {
        const struct subject *subject =
            list->told < limit ? banned_next(&list->banned, &agent->node.state, &room) : NULL;

        if (subject == NULL) {
            end_answer(agent, list);
            return true;
        }
        tell_one(agent, list->question.client, subject);
    }
    return false;
}

static void end(void *question)
{
    struct list *list = question;

    banned_clear(&list->banned);
    list_filter_clear(&list->filter);
}

static const struct question_kind kind = {
    .size = sizeof(struct list), .at_once = LISTS_MAX, .go_on = go_on, .end = end};

void command_list(struct agent *agent, const struct request *request)
{
    struct list list = {.told = 0};

    if (list_filter_read(agent, request, &list.filter) &&
        question_ask(agent, request->client, &kind, &list) == NULL)
        list_filter_clear(&list.filter);
}
