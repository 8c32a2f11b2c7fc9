/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes before banctl unban --all and --by-node, see unban_plan.h.
 */
#include "unban_plan.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "confirm.h"
#include "json.h"
#include "phrase.h"
#include "request.h"

/* What the agent would do. */
struct plan {
    struct ctl_json *result; /* owned; NULL: it refuses, which it will tell itself */
};

static bool is_many(const struct args *args);
static int look(const struct args *args, const char *ssh, struct plan *plan,
                struct failure *failure);
static bool take_line(void *context, const char *line, size_t length);
static bool is_own(const struct plan *plan);
static int confirm_all(const struct args *args, const struct plan *plan, int64_t count,
                       struct failure *failure);
static int confirm_node(const struct args *args, const struct plan *plan, int64_t count,
                        struct failure *failure);

int unban_plan_confirm(struct args *args, const char *ssh, struct failure *failure)
{
    struct plan plan = {NULL};
    int64_t count = 0;
    if (!is_many(args) || args_given(args, "dry-run"))
        return 0;
    int result = look(args, ssh, &plan, failure);
    ctl_json_number(plan.result, "count", &count);
    if (result == 0 && count > 0)
        result = args_given(args, "all") ? confirm_all(args, &plan, count, failure)
                                         : confirm_node(args, &plan, count, failure);
    if (args_given(args, "by-node") && !args_given(args, "yes"))
        args->at_most = count > CONFIRM_ENTRIES_MAX || is_own(&plan) ? count : CONFIRM_ENTRIES_MAX;
    ctl_json_free(&plan.result);
    return result;
}

static bool is_many(const struct args *args)
{
    return args->command->id == COMMAND_ID_unban &&
           (args_given(args, "all") || args_given(args, "by-node"));
}

/* The same request as a dry run; what is wrong with it is told before anything is asked. */
static int look(const struct args *args, const char *ssh, struct plan *plan,
                struct failure *failure)
{
    const struct client_options options = {.socket_path = args->socket_path,
                                           .timeout_s = args->timeout_s};
    struct args dry = *args;
    char *request;
    size_t size;
    if (options_add_flag(&dry.options, "dry-run", failure) < 0 ||
        request_build(&dry, ssh, &request, &size, failure) < 0)
        return -1;
    int result = client_ask(&options, request, size, take_line, plan, failure);
    free(request);
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

static bool is_own(const struct plan *plan)
{
    return ctl_json_is_true(plan->result, "own");
}

static int confirm_all(const struct args *args, const struct plan *plan, int64_t count,
                       struct failure *failure)
{
    const char *cluster = ctl_json_text(plan->result, "cluster");
    struct phrase what;
    phrase_begin(&what);
    phrase_add(&what, "lift all ");
    phrase_add_number(&what, count);
    phrase_add(&what, count == 1 ? " ban on every node" : " bans on every node");
    return confirm_severe(args, what.text, cluster ? cluster : "", failure);
}

/* Few are what is expected of a node that went wrong; of this node it is rather a wrong name. */
static int confirm_node(const struct args *args, const struct plan *plan, int64_t count,
                        struct failure *failure)
{
    const char *node = ctl_json_text(plan->result, "node");
    struct phrase what;
    if (count <= CONFIRM_ENTRIES_MAX && !is_own(plan))
        return 0;
    phrase_begin(&what);
    phrase_add(&what, "lift ");
    phrase_add_number(&what, count);
    phrase_add(&what, " %s of %s%s on every node", count == 1 ? "ban" : "bans",
               node ? node : args_value(args, "by-node"),
               is_own(plan) ? ", which is this node," : "");
    return confirm_moderate(args, what.text, failure);
}
