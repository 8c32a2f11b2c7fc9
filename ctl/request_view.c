/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request for a view asks for, see request_view.h.
 */
#include "request_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "duration.h"
#include "request.h"

int request_number(const char *text, const char *option, int64_t max, int64_t *number,
                   struct failure *failure)
{
    char *end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *number >= 1 &&
        *number <= max)
        return 0;
    return failure_set(failure, "usage", EXIT_USAGE, "\"%s\" is not a number from 1 to %lld (--%s)",
                       text, (long long)max, option);
}

static int add_list(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *limit = args_value(args, "limit");
    int64_t number;
    if (limit && request_number(limit, "limit", INT32_MAX, &number, failure) < 0)
        return -1;
    if (limit)
        ctl_json_set_number(request, "limit", number);
    return 0;
}

/* How far back, and how much of it. */
static int add_history(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *since = args_value(args, "since"), *limit = args_value(args, "limit");
    int64_t number;
    if (since && request_span(since, "since", &number, failure) < 0)
        return -1;
    if (since && number != TIME_NEVER_MS)
        ctl_json_set_number(request, "since_ms", number);
    if (limit && request_number(limit, "limit", HISTORY_MAX, &number, failure) < 0)
        return -1;
    if (limit)
        ctl_json_set_number(request, "limit", number);
    return 0;
}

static int add_stats(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *since = args_value(args, "since"), *limit = args_value(args, "limit");
    int64_t number;
    if (since && request_span(since, "since", &number, failure) < 0)
        return -1;
    if (since)
        ctl_json_set_number(request, "since_ms", number);
    if (limit && request_number(limit, "limit", STATS_ROWS_MAX, &number, failure) < 0)
        return -1;
    if (limit)
        ctl_json_set_number(request, "limit", number);
    return 0;
}

/* Which kinds there are, the agent knows. */
static int add_watch(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *kinds = args_value(args, "kind"), *count = args_value(args, "count");
    int64_t number;
    if (count && request_number(count, "count", INT32_MAX, &number, failure) < 0)
        return -1;
    if (count)
        ctl_json_set_number(request, "events", number);
    if (!kinds)
        return 0;
    struct ctl_json *list = ctl_json_set_array(request, "kinds");
    for (;;) {
        size_t length = strcspn(kinds, ",");
        char *kind = strndup(kinds, length);
        if (!kind)
            failure_memory();
        ctl_json_append_text(list, kind);
        free(kind);
        if (kinds[length] == '\0')
            return 0;
        kinds += length + 1;
    }
}

int request_add_view(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    switch (args->command->id) {
    case COMMAND_ID_list:
        return add_list(request, args, failure);
    case COMMAND_ID_history:
        return add_history(request, args, failure);
    case COMMAND_ID_stats:
        return add_stats(request, args, failure);
    case COMMAND_ID_watch:
        return add_watch(request, args, failure);
    default:
        return 0;
    }
}
