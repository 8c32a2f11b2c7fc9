/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes before banctl unban --all, see unban_all.h.
 */
#include "unban_all.h"

#include <string.h>

#include "client.h"
#include "confirm.h"
#include "json.h"
#include "phrase.h"

/* What the agent would do. */
struct plan {
    struct ctl_json *result; /* owned; NULL: it refuses, which it will tell itself */
};

static bool take_line(void *context, const char *line, size_t length);

int unban_all_confirm(const struct args *args, struct failure *failure)
{
    static const char request[] = "{\"command\":\"unban\",\"all\":true,\"dry_run\":true}\n";
    const struct client_options options = {.socket_path = args->socket_path,
                                           .timeout_s = args->timeout_s};
    struct plan plan = {NULL};
    struct phrase what;
    int64_t count = 0;
    if (args->command->id != COMMAND_ID_unban || !args_given(args, "all") ||
        args_given(args, "dry-run") || args_given(args, "by-node") || args->operand_count > 0)
        return 0;
    int result = client_ask(&options, request, strlen(request), take_line, &plan, failure);
    const char *cluster = ctl_json_text(plan.result, "cluster");
    ctl_json_number(plan.result, "count", &count);
    phrase_begin(&what);
    phrase_add(&what, "lift all ");
    phrase_add_number(&what, count);
    phrase_add(&what, count == 1 ? " ban on every node" : " bans on every node");
    if (result == 0 && count > 0)
        result = confirm_severe(args, what.text, cluster ? cluster : "", failure);
    ctl_json_free(&plan.result);
    return result;
}

static bool take_line(void *context, const char *line, size_t length)
{
    struct plan *plan = context;
    struct ctl_json *root = ctl_json_parse(line, length);
    bool is_item = ctl_json_is_object(ctl_json_member(root, "item"));
    if (!is_item)
        plan->result = ctl_json_take(root, "result");
    ctl_json_free(&root);
    return !is_item;
}
