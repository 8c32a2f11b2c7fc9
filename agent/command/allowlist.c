/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allow list and allow check: what is on the allowlist, and whose it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allow_text.h"
#include "command.h"
#include "reply.h"
#include "target.h"

#define CHECK_ENTRIES_MAX 64 /* entries named for one address */

struct named {
    const struct allow *allow;
    char owner[NAME_BYTES_MAX + 1];
};

/* By prefix; of one prefix the operators' first, then nodes by name. */
static int compare(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = addr_compare(&x->allow->addr, &y->allow->addr);

    if (order == 0)
        order = (x->allow->owner != ALLOW_OPERATOR) - (y->allow->owner != ALLOW_OPERATOR);
    return order != 0 ? order : strcmp(x->owner, y->owner);
}

/* The live entries in order, in a new array; NULL without memory. */
static struct named *live_entries(const struct agent *agent, size_t *count)
{
    const struct state *state = &agent->node.state;
    struct named *list = malloc((state->allows.count + 1) * sizeof(*list));

    *count = 0;
    for (size_t i = 0; list != NULL && i < state->allows.count; i++) {
        const struct allow *allow = &state->allows.list[i];
        struct named *named = &list[*count];
        char text[17];

        if (!allow_is_live(allow, state_now_ms(state)))
            continue;
        named->allow = allow;
        snprintf(named->owner, sizeof(named->owner), "%s", allow_text_owner(agent, allow, text));
        ++*count;
    }
    if (list != NULL)
        qsort(list, *count, sizeof(*list), compare);
    return list;
}

void command_allow_list(struct agent *agent, const struct request *request)
{
    size_t count;
    struct named *list = live_entries(agent, &count);
    struct json *root, *result;

    if (list == NULL) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct json *item = reply_item(&root);

        allow_text_members(agent, item, list[i].allow);
        reply_send(agent, request->client, &root);
    }
    free(list);
    result = reply_result(&root, "banctl.allow_list/1", EXIT_DONE);
    json_add_number(result, "total", (int64_t)count);
    reply_end(agent, request->client, &root);
}

/* True if it is on the list. */
static bool check_one(struct agent *agent, uint64_t client, const struct target *target)
{
    const struct state *state = &agent->node.state;
    const struct allow *list[CHECK_ENTRIES_MAX];
    size_t count =
        allows_covers(&state->allows, &target->host, state_now_ms(state), list, CHECK_ENTRIES_MAX);
    struct json *root, *item = reply_item(&root), *entries;

    target_add(item, target);
    json_add_bool(item, "allowed", count > 0);
    entries = json_add_array(item, "allowed_by");
    for (size_t i = 0; i < count; i++)
        allow_text_members(agent, json_append_object(entries), list[i]);
    reply_send(agent, client, &root);
    return count > 0;
}

void command_allow_check(struct agent *agent, const struct request *request)
{
    enum exit_code exit_code = EXIT_DONE;
    struct target targets[CONTROL_TARGETS_MAX];
    struct json *root;
    size_t count;

    if (!target_read_all(agent, request, targets, &count))
        return;
    for (size_t i = 0; i < count; i++)
        if (!check_one(agent, request->client, &targets[i]))
            exit_code = EXIT_NO;
    reply_result(&root, "banctl.allow_check/1", exit_code);
    reply_end(agent, request->client, &root);
}
