/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line as values.
 *
 * First words are sorted into options and operands, whatever the command is (options.h); then the
 * command is looked up and what was given is compared with what it takes. So order does not matter
 * and every error can name the command.
 * Does not: accept abbreviations; a script that uses one would break with the next command.
 */
#include "args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "addr.h"
#include "suggest.h"
#include "synonym.h"

static int apply_globals(struct args *args, struct failure *failure);
static int read_timeout(const char *text, int64_t *seconds, struct failure *failure);
static int find_command(struct args *args, struct failure *failure);
static int find_in_group(struct args *args, struct failure *failure);
static bool is_address(const char *word);
static int unknown_command(struct failure *failure, const char *name);
static int check_options(const struct args *args, struct failure *failure);
static int check_operands(const struct args *args, struct failure *failure);
static int no_operand(const struct args *args, struct failure *failure);
static int needs_operand(const struct args *args, struct failure *failure);
static int check_accounts(const struct args *args, struct failure *failure);
static size_t target_count(const struct args *args);
static int too_many(const struct args *args, struct failure *failure);
static void drop_operand(struct args *args);
static bool lifts_all(const struct args *args);

/* Unless told otherwise. Some are answered when all is done, slice by slice. */
static int64_t timeout_of(const struct args *args)
{
    switch (args->command->id) {
    case COMMAND_ID_map_adopt:
    case COMMAND_ID_release:
    case COMMAND_ID_drop:
    case COMMAND_ID_export:
        return ARGS_TIMEOUT_ADOPT_S;
    case COMMAND_ID_unban:
        return lifts_all(args) || args_given(args, "by-node") ? ARGS_TIMEOUT_ADOPT_S
                                                              : ARGS_TIMEOUT_DEFAULT_S;
    case COMMAND_ID_list:
        return ARGS_TIMEOUT_LIST_S;
    case COMMAND_ID_verify:
        return args_given(args, "repair") ? ARGS_TIMEOUT_REPAIR_S : ARGS_TIMEOUT_DEFAULT_S;
    default:
        return ARGS_TIMEOUT_DEFAULT_S;
    }
}

int args_parse(int argc, char **argv, const char *environment_socket, struct args *args,
               struct failure *failure)
{
    *args = (struct args){.operands = argv + 1, .timeout_s = ARGS_TIMEOUT_DEFAULT_S};
    args->socket_path = environment_socket ? environment_socket : CONTROL_SOCKET_DEFAULT;
    int result = options_read(argc, argv, &args->operand_count, &args->options, failure);
    args->json = args->options.json;
    if (result < 0 || apply_globals(args, failure) < 0 || find_command(args, failure) < 0)
        return -1;
    if (args->help || args->version)
        return 0;
    if (!args_given(args, "timeout"))
        args->timeout_s = timeout_of(args);
    if (check_options(args, failure) < 0)
        return -1;
    return check_operands(args, failure);
}

bool args_given(const struct args *args, const char *name)
{
    return options_find(&args->options, name) != NULL;
}

const char *args_value_at(const struct args *args, const char *name, size_t index)
{
    for (size_t i = 0; i < args->options.count; i++) {
        const struct option_given *given = &args->options.given[i];
        if (given->name_length == strlen(name) && strncmp(given->name, name, strlen(name)) == 0 &&
            index-- == 0)
            return given->value;
    }
    return NULL;
}

const char *args_value(const struct args *args, const char *name)
{
    const struct option_given *option = options_find(&args->options, name);
    return option ? option->value : NULL;
}

static int apply_globals(struct args *args, struct failure *failure)
{
    args->help = args_given(args, "help");
    args->version = args_given(args, "version");
    if (args_given(args, "socket"))
        args->socket_path = args_value(args, "socket");
    if (args_given(args, "color") && !terminal_parse(args_value(args, "color"), &args->color))
        return failure_set(failure, "usage", EXIT_USAGE,
                           "\"%s\" is not auto, always or never (--color)",
                           args_value(args, "color"));
    if (!args_given(args, "timeout"))
        return 0;
    return read_timeout(args_value(args, "timeout"), &args->timeout_s, failure);
}

static int read_timeout(const char *text, int64_t *seconds, struct failure *failure)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && number >= 1 &&
        number <= ARGS_TIMEOUT_MAX_S) {
        *seconds = number;
        return 0;
    }
    return failure_set(failure, "usage", EXIT_USAGE,
                       "\"%s\" is not a number of seconds from 1 to %d (--timeout)", text,
                       ARGS_TIMEOUT_MAX_S);
}

/* Takes the command off the operands. "help" in its place is --help, for those who try that first.
 */
static int find_command(struct args *args, struct failure *failure)
{
    if (args->operand_count > 0 && strcmp(args->operands[0], "help") == 0) {
        args->help = true;
        drop_operand(args);
    }
    if (args->operand_count == 0) {
        if (args->help || args->version)
            return 0;
        failure_set(failure, "usage", EXIT_USAGE, "which command?");
        return failure_hint(failure, "all commands:  banctl --help");
    }
    size_t used;
    args->command = command_find(args->operands, args->operand_count, &used);
    if (!args->command && command_is_group(args->operands[0]))
        return find_in_group(args, failure);
    if (!args->command)
        return unknown_command(failure, args->operands[0]);
    while (used-- > 0)
        drop_operand(args);
    return 0;
}

/* The first word is a group's, the second is none of its commands. */
static int find_in_group(struct args *args, struct failure *failure)
{
    const char *group = args->operands[0];
    const char *word = args->operand_count > 1 ? args->operands[1] : NULL;
    struct suggest suggest;
    if (args->help && !word) {
        args->group = group;
        return 0;
    }
    suggest_begin(&suggest, word ? word : "", word ? strlen(word) : 0);
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        const char *second = command_in_group(command_at(i), group);
        if (second)
            suggest_offer(&suggest, second, strlen(second));
    }
    const char *meant = word ? synonym_second(group, word) : NULL;
    if (meant) {
        suggest.best = meant;
        suggest.best_length = strlen(meant);
    }
    if (!word)
        failure_set(failure, "usage", EXIT_USAGE, "\"%s\" what?", group);
    else if (strcmp(group, "allow") == 0 && is_address(word))
        failure_set(failure, "usage", EXIT_USAGE,
                    "unknown command \"%s %s\"; did you mean \"%s add %s\"?", group, word, group,
                    word);
    else if (suggest.best)
        failure_set(failure, "usage", EXIT_USAGE,
                    "unknown command \"%s %s\"; did you mean \"%s %.*s\"?", group, word, group,
                    (int)suggest.best_length, suggest.best);
    else
        failure_set(failure, "usage", EXIT_USAGE, "unknown command \"%s %s\"", group, word);
    return failure_hint(failure, "its commands:  banctl %s --help", group);
}

static bool is_address(const char *word)
{
    struct addr addr;
    return addr_parse(word, strlen(word), true, &addr) == 0;
}

static int unknown_command(struct failure *failure, const char *name)
{
    const struct synonym *synonym = synonym_find(name);
    struct suggest suggest;
    if (synonym)
        return failure_set(failure, "usage", EXIT_USAGE,
                           "unknown command \"%s\"; did you mean \"%s\"%s%s%s?", name,
                           synonym->meant, synonym->other ? " or \"" : "",
                           synonym->other ? synonym->other : "", synonym->other ? "\"" : "");
    if (strcmp(name, "start") == 0 || strcmp(name, "stop") == 0 || strcmp(name, "restart") == 0) {
        failure_set(failure, "usage", EXIT_USAGE, "unknown command \"%s\"", name);
        return failure_hint(failure, "of the agent:  systemctl %s bansyncd", name);
    }
    suggest_begin(&suggest, name, strlen(name));
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++)
        suggest_offer(&suggest, command_at(i)->name, strcspn(command_at(i)->name, " "));
    if (suggest.best)
        return failure_set(failure, "usage", EXIT_USAGE,
                           "unknown command \"%s\"; did you mean \"%.*s\"?", name,
                           (int)suggest.best_length, suggest.best);
    failure_set(failure, "usage", EXIT_USAGE, "unknown command \"%s\"", name);
    return failure_hint(failure, "all commands:  banctl --help");
}

static int check_options(const struct args *args, struct failure *failure)
{
    for (size_t i = 0; i < args->options.count; i++) {
        const struct option_given *given = &args->options.given[i];
        struct command_option option;
        if (options_is_global(given) ||
            command_takes(args->command, given->name, given->name_length, &option))
            continue;
        const char *name = args->command->name;
        const char *meant = synonym_option(name, given->name, given->name_length);
        failure_set(failure, "usage", EXIT_USAGE, "\"%s\" takes no option \"--%.*s\"%s%s%s", name,
                    (int)given->name_length, given->name, meant ? "; did you mean \"--" : "",
                    meant ? meant : "", meant ? "\"?" : "");
        return failure_hint(failure, "what it takes:  banctl %s --help", name);
    }
    return 0;
}

static int check_operands(const struct args *args, struct failure *failure)
{
    const struct command *command = args->command;
    bool takes_some = command->operands[0] != '\0';
    if (takes_some && args->operand_count == 0 &&
        (args_given(args, "line") || command_may_do_without(command)))
        return 0; /* a line in place of a file; or all there are */
    if (args_given(args, "account"))
        return check_accounts(args, failure);
    if (takes_some && args->operand_count == 0 &&
        (args_given(args, "by-node") || args_given(args, "file") || lifts_all(args)))
        return 0; /* whatever a node caused, a file, or all, in place of addresses */
    if (!takes_some && args->operand_count > 0)
        return no_operand(args, failure);
    if (takes_some && args->operand_count == 0)
        return needs_operand(args, failure);
    if (args->operand_count > 1 && !command_repeats(command))
        failure_set(failure, "usage", EXIT_USAGE, "\"%s\" takes one %s, and not also \"%s\"",
                    command->name, command->operands, args->operands[1]);
    else
        return target_count(args) > CONTROL_TARGETS_MAX ? too_many(args, failure) : 0;
    return failure_hint(failure, "examples:  banctl %s --help", command->name);
}

/* What is meant by it some commands have in another way. */
static int no_operand(const struct args *args, struct failure *failure)
{
    const char *name = args->command->name, *operand = args->operands[0];
    failure_set(failure, "usage", EXIT_USAGE, "\"%s\" takes no operand: \"%s\"", name, operand);
    if (args->command->id == COMMAND_ID_export)
        return failure_hint(failure, "to write it to a file:  banctl export > %s", operand);
    if (args->command->id == COMMAND_ID_list)
        return failure_hint(failure,
                            "one sender:  banctl show %s      all inside a network:  banctl list "
                            "--in %s",
                            operand, operand);
    return failure_hint(failure, "examples:  banctl %s --help", name);
}

static int needs_operand(const struct args *args, struct failure *failure)
{
    struct command_option account;
    bool or_account =
        command_takes(args->command, "account", strlen("account"), &account) && account.value;
    failure_set(failure, "usage", EXIT_USAGE, "\"%s\" needs %s%s%.*s", args->command->name,
                args->command->operands, or_account ? " or --account " : "",
                or_account ? (int)account.value_length : 0, or_account ? account.value : "");
    return failure_hint(failure, "examples:  banctl %s --help", args->command->name);
}

/* They may be named beside addresses; of a command that is about one alone there is one. */
static int check_accounts(const struct args *args, struct failure *failure)
{
    bool repeats = command_repeats(args->command);
    const char *second = args_value_at(args, "account", args->operand_count > 0 ? 0 : 1);
    if (!repeats && second) {
        failure_set(failure, "usage", EXIT_USAGE, "\"%s\" takes one %s, and not also \"%s\"",
                    args->command->name,
                    args->operand_count > 0 ? args->command->operands : "account", second);
        return failure_hint(failure, "examples:  banctl %s --help", args->command->name);
    }
    return target_count(args) > CONTROL_TARGETS_MAX ? too_many(args, failure) : 0;
}

/* Addresses and accounts. */
static size_t target_count(const struct args *args)
{
    size_t count = args->operand_count;
    for (size_t i = 0; i < args->options.count; i++) {
        const struct option_given *given = &args->options.given[i];
        count += given->name_length == strlen("account") &&
                 strncmp(given->name, "account", given->name_length) == 0;
    }
    return count;
}

static int too_many(const struct args *args, struct failure *failure)
{
    failure_set(failure, "usage", EXIT_USAGE, "%zu %s are too many for one command",
                target_count(args),
                args_given(args, "account") ? "accounts and addresses" : "addresses");
    return failure_hint(failure, "at most %d; divide them, as with xargs -n %d",
                        CONTROL_TARGETS_MAX, CONTROL_TARGETS_MAX);
}

static bool lifts_all(const struct args *args)
{
    return args->command->id == COMMAND_ID_unban && args_given(args, "all");
}

static void drop_operand(struct args *args)
{
    args->operands++;
    args->operand_count--;
}
