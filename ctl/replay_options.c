/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What "banctl replay" was asked for. The bounds are those of bansync.conf(5).
 */
#include "replay_options.h"

#include <bansync/limits.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"

enum {
    THRESHOLD_DEFAULT = 10,
    WINDOW_MS_DEFAULT = 600000,
    WINDOW_MS_MIN = 1000,
    IPV6_PREFIX_DEFAULT = 64,
    TOP_DEFAULT = 20,
    TOP_MAX = 1000000,
};

/* A whole number from low to high; what is not given leaves *number alone. */
static int read_number(const struct args *args, const char *option, long low, long high,
                       long *number, struct failure *failure)
{
    const char *text = args_value(args, option);
    char *end;
    if (!text)
        return 0;
    errno = 0;
    long read = strtol(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || read < low || read > high)
        return failure_set(failure, "usage", EXIT_USAGE,
                           "\"%s\" is not a number from %ld to %ld (--%s)", text, low, high,
                           option);
    *number = read;
    return 0;
}

static int read_window(const struct args *args, int64_t *window_ms, struct failure *failure)
{
    const char *text = args_value(args, "window");
    if (!text || (duration_parse(text, window_ms) == 0 && *window_ms >= WINDOW_MS_MIN &&
                  *window_ms <= WINDOW_MS_MAX))
        return 0;
    failure_set(failure, "usage", EXIT_USAGE, "\"%s\" is not a window (--window)", text);
    return failure_hint(failure, "from 1s to 12h:  90s 10m 1h");
}

static int read_count(const struct args *args, bool *messages, struct failure *failure)
{
    const char *text = args_value(args, "count");
    if (!text || strcmp(text, "hits") == 0 || strcmp(text, "messages") == 0) {
        *messages = text && strcmp(text, "messages") == 0;
        return 0;
    }
    return failure_set(failure, "usage", EXIT_USAGE, "\"%s\" is not hits or messages (--count)",
                       text);
}

static int read_source(const struct args *args, struct replay_options *options,
                       struct failure *failure)
{
    options->line = args_value(args, "line");
    options->path = args->operand_count > 0 ? args->operands[0] : NULL;
    if (options->line && options->path)
        return failure_set(failure, "usage", EXIT_USAGE, "--line and a file contradict each other");
    if (options->line && strlen(options->line) > LINE_BYTES_MAX)
        return failure_set(failure, "usage", EXIT_USAGE, "a line has %d bytes at most (--line)",
                           LINE_BYTES_MAX);
    if (options->line || options->path)
        return 0;
    failure_set(failure, "usage", EXIT_USAGE, "\"replay\" needs a file or --line");
    return failure_hint(failure, "examples:  banctl replay --help");
}

int replay_options_read(const struct args *args, struct replay_options *options,
                        struct failure *failure)
{
    long threshold = THRESHOLD_DEFAULT, prefix = IPV6_PREFIX_DEFAULT, top = TOP_DEFAULT;
    *options = (struct replay_options){
        .policy = {.window_ms = WINDOW_MS_DEFAULT, .durations = {{TIME_NEVER_MS}, 1}},
        .accounts = args_given(args, "accounts"),
        .hits = args_given(args, "hits"),
        .json = args->json,
    };
    if (read_source(args, options, failure) < 0 ||
        read_number(args, "threshold", 1, THRESHOLD_MAX, &threshold, failure) < 0 ||
        read_number(args, "ipv6-prefix", PREFIX6_MIN, 128, &prefix, failure) < 0 ||
        read_number(args, "top", 0, TOP_MAX, &top, failure) < 0 ||
        read_window(args, &options->policy.window_ms, failure) < 0 ||
        read_count(args, &options->policy.count_messages, failure) < 0)
        return -1;
    options->policy.threshold = (uint32_t)threshold;
    options->ipv6_prefix = (unsigned)prefix;
    options->top = args->json || args_given(args, "all") ? SIZE_MAX : (size_t)top;
    return 0;
}
