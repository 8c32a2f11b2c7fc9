/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From arguments to the request line (bansync-protocol(7)); what was not given is not in it.
 *
 * Does not: know the allowlist or the limits of the configuration; the agent judges those.
 */
#include "request.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "account.h"
#include "addr.h"
#include "duration.h"
#include "json.h"
#include "request_view.h"

enum { ANSWER_MS = 500 }; /* for the answer, of the time there is */

static int add_targets(struct ctl_json *request, const struct args *args, struct failure *failure);
static int hint_name(const char *text, struct failure *failure);
static int add_accounts(struct ctl_json *request, const struct args *args, struct failure *failure);
static int host_bits(const char *text, const struct addr *masked, struct failure *failure);
static int add_duration(struct ctl_json *request, const struct args *args, struct failure *failure);
static int add_allow(struct ctl_json *request, const struct args *args, struct failure *failure);
static int add_reason(struct ctl_json *request, const struct args *args, struct failure *failure);
static int add_node(struct ctl_json *request, const struct args *args, struct failure *failure);
static int add_channel(struct ctl_json *request, const struct args *args, struct failure *failure);
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
        result = add_accounts(request, args, failure);
    if (result == 0)
        result = add_duration(request, args, failure);
    if (result == 0)
        result = add_allow(request, args, failure);
    if (result == 0)
        result = add_reason(request, args, failure);
    if (result == 0)
        result = add_node(request, args, failure);
    if (result == 0)
        result = request_add_view(request, args, failure);
    if (result == 0)
        result = add_channel(request, args, failure);
    add_flag(request, args, "force");
    add_flag(request, args, "forget");
    add_flag(request, args, "wait");
    if (args->command->id == COMMAND_ID_reload)
        add_flag(request, args, "yes");
    add_flag(request, args, "would");
    add_flag(request, args, "defaults");
    add_flag(request, args, "diff");
    if (args_given(args, "repair")) {
        ctl_json_set_true(request, "repair");
        ctl_json_set_number(request, "wait_ms", args->timeout_s * 1000 - ANSWER_MS);
    }
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
        if (request_target(args->operands[i], networks, failure) < 0)
            return hint_name(args->operands[i], failure);
        ctl_json_append_text(targets, args->operands[i]);
    }
    return 0;
}

/* An account is often named like a mailbox, and a node like a host. Returns -1. */
static int hint_name(const char *text, struct failure *failure)
{
    if (strchr(text, '@'))
        return failure_hint(failure, "if it is an account:  --account %s", text);
    if (isalpha((unsigned char)text[0]) && !strpbrk(text, ".:/"))
        return failure_hint(
            failure, "if it is an account:  --account %s      nodes:  banctl node list", text);
    return -1;
}

static int add_accounts(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    struct ctl_json *accounts = NULL;
    struct addr addr;
    const char *name;
    char escaped[ACCOUNT_TEXT_SIZE];
    for (size_t i = 0; (name = args_value_at(args, "account", i)) != NULL; i++) {
        if (addr_parse_account(name, strlen(name), &addr) < 0) {
            failure_set(failure, "usage", EXIT_USAGE, "\"%s\" is not an account", name);
            return failure_hint(failure, "1 to %d bytes, none of them a control character",
                                ACCOUNT_BYTES_MAX - 1);
        }
        account_print_request(&addr, escaped);
        if (!accounts)
            accounts = ctl_json_set_array(request, "accounts");
        ctl_json_append_text(accounts, escaped);
    }
    return 0;
}

int request_target(const char *text, bool networks, struct failure *failure)
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
    failure_set(failure, "usage", EXIT_USAGE, "\"%s\" is not an IP address%s", text,
                networks ? " or network" : "");
    return -1;
}

static int host_bits(const char *text, const struct addr *masked, struct failure *failure)
{
    char network[ADDR_TEXT_SIZE];
    addr_print_net(masked, network);
    return failure_set(failure, "usage", EXIT_USAGE,
                       "\"%s\" is an address inside a network; did you mean \"%s\"?", text,
                       network);
}

int request_duration(const struct args *args, bool *permanent, int64_t *for_ms,
                     struct failure *failure)
{
    const char *text = args_value(args, "for");
    *permanent = args_given(args, "permanent");
    *for_ms = 0;
    if (text && *permanent)
        return failure_set(failure, "usage", EXIT_USAGE,
                           "--for and --permanent contradict each other");
    if (text && request_span(text, "for", for_ms, failure) < 0)
        return -1;
    *permanent = *permanent || *for_ms == TIME_NEVER_MS;
    return 0;
}

static int add_duration(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    bool permanent;
    int64_t ms;
    if (request_duration(args, &permanent, &ms, failure) < 0)
        return -1;
    if (permanent)
        ctl_json_set_true(request, "permanent");
    else if (ms > 0)
        ctl_json_set_number(request, "for_ms", ms);
    return 0;
}

int request_span(const char *text, const char *option, int64_t *ms, struct failure *failure)
{
    if (duration_parse(text, ms) == 0 && *ms != 0)
        return 0;
    failure_set(failure, "usage", EXIT_USAGE, "\"%s\" is not a duration (--%s)", text, option);
    return failure_hint(failure, "one number and one unit:  90s 10m 1h 7d 2w%s",
                        strcmp(option, "since") == 0 ? "" : "; or permanent");
}

/* How long what is unbanned stays on the allowlist. */
static int add_allow(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *text = args_value(args, "allow");
    int64_t ms;
    if (!text)
        return 0;
    if (request_span(text, "allow", &ms, failure) < 0)
        return -1;
    if (ms == TIME_NEVER_MS)
        ctl_json_set_true(request, "allow_permanent");
    else
        ctl_json_set_number(request, "allow_ms", ms);
    return 0;
}

int request_reason(const struct args *args, struct failure *failure)
{
    const char *reason = args_value(args, "reason");
    if (reason && strlen(reason) > REASON_BYTES_MAX)
        return failure_set(failure, "usage", EXIT_USAGE,
                           "the reason has %zu bytes; at most %d are kept", strlen(reason),
                           REASON_BYTES_MAX);
    return 0;
}

static int add_reason(struct ctl_json *request, const struct args *args, struct failure *failure)
{
    const char *reason = args_value(args, "reason");
    if (request_reason(args, failure) < 0)
        return -1;
    if (reason)
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
    if (args->command->id == COMMAND_ID_unban && !node && since)
        return failure_set(failure, "usage", EXIT_USAGE, "--since means nothing without --by-node");
    bool all = args->command->id == COMMAND_ID_unban && args_given(args, "all");
    const char *what = all ? "--all" : "--by-node";
    if (!node && !all && args_given(args, "dry-run"))
        return failure_set(failure, "usage", EXIT_USAGE,
                           "--dry-run means nothing without --by-node or --all");
    if (!node && !all)
        return 0;
    if (node && all)
        return failure_set(failure, "usage", EXIT_USAGE,
                           "--by-node and --all contradict each other");
    if (args->operand_count > 0)
        return failure_set(failure, "usage", EXIT_USAGE,
                           "%s takes the place of addresses: leave out \"%s\"", what,
                           args->operands[0]);
    if (args_given(args, "allow"))
        return failure_set(failure, "usage", EXIT_USAGE, "%s and --allow contradict each other",
                           what);
    if (since && request_span(since, "since", &ms, failure) < 0)
        return -1;
    if (all)
        ctl_json_set_true(request, "all");
    else
        ctl_json_set_text(request, "by_node", node);
    if (since && ms != TIME_NEVER_MS)
        ctl_json_set_number(request, "since_ms", ms);
    if (args_given(args, "dry-run"))
        ctl_json_set_true(request, "dry_run");
    if (args->at_most > 0)
        ctl_json_set_number(request, "at_most", args->at_most);
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

static void add_flag(struct ctl_json *request, const struct args *args, const char *name)
{
    if (args_given(args, name))
        ctl_json_set_true(request, name);
}

/* "198.51.100.9 51514 22": the first word, if it is an address. */
const char *request_ssh_client(const char *ssh, char text[ADDR_TEXT_SIZE])
{
    struct addr addr;
    if (!ssh)
        return NULL;
    size_t length = strcspn(ssh, " ");
    if (length >= ADDR_TEXT_SIZE || addr_parse_host(ssh, length, &addr) < 0)
        return NULL;
    memcpy(text, ssh, length);
    text[length] = '\0';
    return text;
}

static void add_ssh_client(struct ctl_json *request, const char *ssh)
{
    char text[ADDR_TEXT_SIZE];
    const char *client = request_ssh_client(ssh, text);
    if (client)
        ctl_json_set_text(request, "ssh_client", client);
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
