/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: a yes or no for each of some addresses and accounts.
 */
#include "command.h"
#include "reply.h"
#include "target.h"

static enum exit_code check_one(struct agent *agent, uint64_t client, const struct target *target)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject = state_find_cover(state, &target->host, &room);
    bool allowed = allows_cover(&state->allows, &target->host, state_now_ms(state)) != NULL;
    bool banned = subject != NULL && !allowed;
    struct json *root, *item = reply_item(&root);

    target_add(item, target);
    json_add_bool(item, "banned", banned);
    json_add_bool(item, "observe", agent->config->observe);
    if (banned && target->addr.kind != ADDR_ACCOUNT)
        reply_net(item, "net", &subject->addr);
    else
        json_add_null(item, "net");
    reply_send(agent, client, &root);
    return banned ? EXIT_DONE : EXIT_NO;
}

void command_check(struct agent *agent, const struct request *request)
{
    enum exit_code exit_code = EXIT_DONE;
    struct target targets[CONTROL_TARGETS_MAX];
    struct json *root;
    size_t count;

    if (!target_read_all(agent, request, targets, &count))
        return;
    for (size_t i = 0; i < count; i++)
        if (check_one(agent, request->client, &targets[i]) == EXIT_NO)
            exit_code = EXIT_NO;
    reply_result(&root, "banctl.check/1", exit_code);
    reply_end(agent, request->client, &root);
}
