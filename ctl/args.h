/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line as values: command, operands, options.
 *
 * What a command takes is in include/bansync/command.def alone.
 * Does not: judge values (request.h), print.
 */
#ifndef BANSYNC_CTL_ARGS_H
#define BANSYNC_CTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command_table.h"
#include "failure.h"
#include "options.h"
#include "terminal.h"

#define ARGS_TIMEOUT_DEFAULT_S 10
#define ARGS_TIMEOUT_ADOPT_S                                                                     \
    600 /* map adopt, release, drop, unban --all and --by-node, export: something for each entry \
         */
#define ARGS_TIMEOUT_LIST_S 60   /* list: some seconds for a million bans, more beside other work */
#define ARGS_TIMEOUT_REPAIR_S 60 /* verify --repair */
#define ARGS_TIMEOUT_MAX_S 3600

/* Texts point into argv and the environment. */
struct args {
    const struct command *command; /* NULL only with help or version */
    const char *group; /* with help and without command: the first word of commands; or NULL */
    char **operands;
    size_t operand_count;
    const char *socket_path;
    int64_t timeout_s;
    enum terminal_when color;
    bool json;
    bool help;
    bool version;
    int64_t at_most; /* so many bans were asked about: no more may be lifted; 0: however many */
    struct options options;
};

/* Reads argv[1..argc-1] and reorders it: operands first. environment_socket: value of BANCTL_SOCKET
 * or NULL. Returns 0, or -1 with *failure; args->json is valid also then. */
int args_parse(int argc, char **argv, const char *environment_socket, struct args *args,
               struct failure *failure);

/* The value of the option at index among those given of that name; NULL behind the last. */
const char *args_value_at(const struct args *args, const char *name, size_t index);

/* True if the option was given; and its value (NULL if not, or if it takes none). */
bool args_given(const struct args *args, const char *name);
const char *args_value(const struct args *args, const char *name);

#endif
