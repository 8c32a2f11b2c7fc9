/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From arguments to the request line (bansync-protocol(7)); what was not given is not in it.
 *
 * Does not: know the allowlist or the limits of the configuration; the agent judges those.
 */
#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "addr.h"
#include "duration.h"
#include "json.h"

static int add_targets(struct ctl_json *request, const struct args *args, struct failure *failure);
static int check_target(const char *text, bool networks, struct failure *failure);
static int host_bits(const char *text, const struct addr *masked, struct failure *failure);
static int add_duration(struct ctl_json *request, const struct args *args, struct failure *failure);
static int read_duration(const char *text, const char *option, int64_t *ms,
                         struct failure *failure);
static int add_allow(struct ctl_json *request, const struct args *args, struct failure *failure);
static int add_reason(struct ctl_json *request, const struct args *args, struct failure *failure);
static int add_node(struct ctl_json *request, const struct args *args, struct failure *failure);
static int add_channel(struct ctl_json *request, const struct args *args, struct failure *failure);
static int add_history(struct ctl_json *request, const struct args *args, struct failure *failure);
static void add_flag(struct ctl_json *request, const struct args *args, const char *name);
static void add_ssh_client(struct ctl_json *request, const char *ssh);
static int finish(const struct ctl_json *request, char **line, size_t *size,
                  struct failure *failure);

int request_build(const struct args *args, const char *ssh, char **line, size_t *size,
                  struct failure *failure)
{
    struct ctl_json *request = ctl_json_object();
    ctl_json_set_text(request, "command", args->command->name);
    int result = add_targets(request, args, failure);
    if (result == 0)
        result = add_duration(request, args, failure);
    if (result == 0)
        result = add_allow(request, args, failure);
    if (result == 0)
        result = add_reason(request, args, failure);
    if (result == 0)
        result = args->command->id == COMMAND_ID_history ? add_history(request, args, failure)
                                                         : add_node(request, args, failure);
    if (result == 0)
        result = add_channel(request, args, failure);
    add_flag(request, args, "force");
    add_flag(request, args, "forget");
    add_flag(request, args, "wait");
    add_flag(request, args, "yes");
    add_flag(request, args, "would");
    if (args->command->id == COMMAND_ID_ban || args->command->id == COMMAND_ID_map_adopt)
        add_ssh_client(request, ssh);
    if (result == 0)
        result = finish(request, line, size, failure);
    ctl_json_free(&request);
    return result;
}

static int add_targets(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    bool networks;
    if (!command_wants_addresses(args->command, &networks) || args->operand_count == 0)
        return 0;
    struct ctl_json *targets = ctl_json_set_array(request, "targets");
    for (size_t i = 0; i < args->operand_count; i++) {
        if (check_target(args->operands[i], networks, failure) < 0)
            return -1;
        ctl_json_append_text(targets, args->operands[i]);
    }
    return 0;
}

static int check_target(const char *text, bool networks, struct failure *failure)
{
    struct addr addr;
    size_t length = strlen(text);
    if (addr_parse_host(text, length, &addr) == 0)
        return 0;
    if (networks && addr_parse(text, length, false, &addr) == 0)
        return 0;
    if (!networks && addr_parse(text, length, true, &addr) == 0) {
        failure_set(failure, "usage", EXIT_USAGE, "\"%s\" is a network, not an address", text);
        return failure_hint(failure, "networks:  banctl show %s", text);
    }
    if (addr_parse(text, length, true, &addr) == 0)
        return host_bits(text, &addr, failure);
    return failure_set(failure, "usage", EXIT_USAGE, "\"%s\" is not an IP address%s", text,
                       networks ? " or network" : "");
}

static int host_bits(const char *text, const struct addr *masked, struct failure *failure)
{
    char network[ADDR_TEXT_SIZE];
    addr_print_net(masked, network);
    return failure_set(failure, "usage", EXIT_USAGE,
                       "\"%s\" is an address inside a network; did you mean \"%s\"?", text,
                       network);
}

static int add_duration(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    bool permanent = args_given(args, "permanent");
    const char *text = args_value(args, "for");
    int64_t ms = 0;
    if (text && permanent)
        return failure_set(failure, "usage", EXIT_USAGE,
                           "--for and --permanent contradict each other");
    if (text && read_duration(text, "for", &ms, failure) < 0)
        return -1;
    if (permanent || ms == TIME_NEVER_MS)
        ctl_json_set_true(request, "permanent");
    else if (text)
        ctl_json_set_number(request, "for_ms", ms);
    return 0;
}

static int read_duration(const char *text, const char *option, int64_t *ms, struct failure *failure)
{
    if (duration_parse(text, ms) == 0 && *ms != 0)
        return 0;
    failure_set(failure, "usage", EXIT_USAGE, "\"%s\" is not a duration (--%s)", text, option);
    return failure_hint(failure, "durations:  90s 10m 1h 7d 2w permanent");
}

/* How long what is unbanned stays on the allowlist. */
static int add_allow(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *text = args_value(args, "allow");
    int64_t ms;
    if (!text)
        return 0;
    if (read_duration(text, "allow", &ms, failure) < 0)
        return -1;
    if (ms == TIME_NEVER_MS)
        ctl_json_set_true(request, "allow_permanent");
    else
        ctl_json_set_number(request, "allow_ms", ms);
    return 0;
}

static int add_reason(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *reason = args_value(args, "reason");
    if (!reason)
        return 0;
    if (strlen(reason) > REASON_BYTES_MAX)
        return failure_set(failure, "usage", EXIT_USAGE,
                           "the reason has %zu bytes; at most %d are kept", strlen(reason),
                           REASON_BYTES_MAX);
    ctl_json_set_text(request, "reason", reason);
    return 0;
}

/* unban --by-node, and node forget. */
static int add_node(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *node = args_value(args, "by-node");
    const char *since = args_value(args, "since");
    int64_t ms;
    if (args->command->id == COMMAND_ID_node_forget)
        ctl_json_set_text(request, "node", args->operands[0]);
    if (!node && since)
        return failure_set(failure, "usage", EXIT_USAGE, "--since means nothing without --by-node");
    if (!node && args_given(args, "dry-run"))
        return failure_set(failure, "usage", EXIT_USAGE,
                           "--dry-run means nothing without --by-node");
    if (!node)
        return 0;
    if (args->operand_count > 0)
        return failure_set(failure, "usage", EXIT_USAGE,
                           "--by-node takes the place of addresses: leave out \"%s\"",
                           args->operands[0]);
    if (args_given(args, "allow"))
        return failure_set(failure, "usage", EXIT_USAGE,
                           "--by-node and --allow contradict each other");
    if (since && read_duration(since, "since", &ms, failure) < 0)
        return -1;
    ctl_json_set_text(request, "by_node", node);
    if (since && ms != TIME_NEVER_MS)
        ctl_json_set_number(request, "since_ms", ms);
    if (args_given(args, "dry-run"))
        ctl_json_set_true(request, "dry_run");
    return 0;
}

static int add_channel(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    static const char *const channels[] = {"mail", "webhook", "exec"};
    if (args->command->id != COMMAND_ID_notify_test || args->operand_count == 0)
        return 0;
    for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
        if (strcmp(args->operands[0], channels[i]) == 0) {
            ctl_json_set_text(request, "channel", channels[i]);
            return 0;
        }
    }
    failure_set(failure, "usage", EXIT_USAGE, "\"%s\" is no channel", args->operands[0]);
    return failure_hint(failure, "channels:  mail webhook exec");
}

/* How far back, and how much of it. */
static int add_history(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *since = args_value(args, "since"), *limit = args_value(args, "limit");
    char *end = NULL;
    int64_t ms;
    long number;
    if (since && read_duration(since, "since", &ms, failure) < 0)
        return -1;
    if (since && ms != TIME_NEVER_MS)
        ctl_json_set_number(request, "since_ms", ms);
    if (!limit)
        return 0;
    errno = 0;
    number = strtol(limit, &end, 10);
    if (limit[0] < '0' || limit[0] > '9' || *end != '\0' || errno != 0 || number < 1 ||
        number > HISTORY_MAX)
        return failure_set(failure, "usage", EXIT_USAGE,
                           "\"%s\" is not a number from 1 to %d (--limit)", limit, HISTORY_MAX);
    ctl_json_set_number(request, "limit", number);
    return 0;
}

static void add_flag(struct ctl_json *request, const struct args *args, const char *name)
{
    if (args_given(args, name))
        ctl_json_set_true(request, name);
}

/* "198.51.100.9 51514 22": the first word, if it is an address. */
static void add_ssh_client(struct ctl_json *request, const char *ssh)
{
    char text[ADDR_TEXT_SIZE];
    struct addr addr;
    if (!ssh)
        return;
    size_t length = strcspn(ssh, " ");
    if (length >= sizeof(text) || addr_parse_host(ssh, length, &addr) < 0)
        return;
    memcpy(text, ssh, length);
    text[length] = '\0';
    ctl_json_set_text(request, "ssh_client", text);
}

static int finish(const struct ctl_json *request, char **line, size_t *size,
                  struct failure *failure)
{
    char *text = ctl_json_dump(request);
    size_t length = strlen(text);
    if (length + 1 > CONTROL_REQUEST_BYTES_MAX) {
        free(text);
        return failure_set(failure, "usage", EXIT_USAGE,
                           "the request is too long: %zu bytes of at most %d", length + 1,
                           CONTROL_REQUEST_BYTES_MAX);
    }
    text[length] = '\n'; /* in place of NUL: the size tells the end */
    *line = text;
    *size = length + 1;
    return 0;
}
