/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request for list asks for, see request_list.h.
 */
#include "request_list.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <bansync/limits.h>

#include "request.h"
#include "request_view.h"
#include "terminal.h"

#define LIST_SOURCE(id, word) word " "
#define LIST_ORDER(id, word)
const char request_list_sources[] =
#include <bansync/list.def>
    ;
#undef LIST_SOURCE
#undef LIST_ORDER

#define LIST_SOURCE(id, word)
#define LIST_ORDER(id, word) word " "
const char request_list_orders[] =
#include <bansync/list.def>
    ;
#undef LIST_SOURCE
#undef LIST_ORDER

static bool is_among(const char *words, const char *text)
{
    size_t length = strlen(text);
    for (; *words; words += strcspn(words, " ") + 1)
        if (strcspn(words, " ") == length && memcmp(words, text, length) == 0)
            return true;
    return false;
}

/* One of a few words. */
static int add_word(struct ctl_json *request, const struct args *args, const char *option,
                    const char *words, struct failure *failure)
{
    const char *text = args_value(args, option);
    if (!text)
        return 0;
    if (is_among(words, text)) {
        ctl_json_set_text(request, option, text);
        return 0;
    }
    failure_set(failure, "usage", EXIT_USAGE, "\"%s\" is not a word of --%s", text, option);
    return failure_hint(failure, "words:  %.*s", (int)strlen(words) - 1, words);
}

static int contradict(const struct args *args, const char *one, const char *other,
                      struct failure *failure)
{
    if (!args_given(args, one) || !args_given(args, other))
        return 0;
    return failure_set(failure, "usage", EXIT_USAGE, "--%s and --%s contradict each other", one,
                       other);
}

static int add_place(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *node = args_value(args, "node"), *in = args_value(args, "in");
    if (in && request_target(in, true, failure) < 0)
        return -1;
    if (in)
        ctl_json_set_text(request, "in", in);
    if (node)
        ctl_json_set_text(request, "node", node);
    return 0;
}

static int add_since(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *since = args_value(args, "since");
    int64_t ms;
    if (!since)
        return 0;
    if (request_span(since, "since", &ms, failure) < 0)
        return -1;
    if (ms != TIME_NEVER_MS)
        ctl_json_set_number(request, "since_ms", ms);
    return 0;
}

static int add_limit(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *text = args_value(args, "limit");
    int64_t limit = LIST_TERMINAL_MAX;
    if (text && request_number(text, "limit", INT32_MAX, &limit, failure) < 0)
        return -1;
    if (text || (!args_given(args, "all") && !args->json && terminal_columns(stdout) > 0))
        ctl_json_set_number(request, "limit", limit);
    return 0;
}

int request_add_list(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    if (contradict(args, "permanent", "temporary", failure) < 0 ||
        contradict(args, "limit", "all", failure) < 0 ||
        contradict(args, "accounts", "in", failure) < 0 ||
        add_word(request, args, "source", request_list_sources, failure) < 0 ||
        add_word(request, args, "sort", request_list_orders, failure) < 0 ||
        add_place(request, args, failure) < 0 || add_since(request, args, failure) < 0)
        return -1;
    if (args_given(args, "accounts"))
        ctl_json_set_true(request, "accounts_only");
    if (args_given(args, "temporary"))
        ctl_json_set_true(request, "temporary");
    return add_limit(request, args, failure);
}
