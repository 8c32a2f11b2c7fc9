/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of include/bansync/command.def as a table: the parser, the help and the requests
 * read this and nothing else.
 */
#ifndef BANSYNC_CTL_COMMAND_TABLE_H
#define BANSYNC_CTL_COMMAND_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum command_id {
#define COMMAND(name, role, operands, options, summary) COMMAND_ID_##name,
#include <bansync/command.def>
#undef COMMAND
    COMMAND_ID_COUNT
};

enum command_role { COMMAND_ROLE_read, COMMAND_ROLE_admin, COMMAND_ROLE_local };

struct command {
    enum command_id id;
    const char *name;
    enum command_role role;
    const char *operands;
    const char *options;
    const char *summary;
};

/* One word of a command's options: "--for=DURATION" is {"for", 3, "DURATION", 8}. Not
 * NUL-terminated. */
struct command_option {
    const char *name;
    size_t name_length;
    const char *value; /* NULL: takes none */
    size_t value_length;
};

/* The command of that id, 0..COMMAND_ID_COUNT-1. */
const struct command *command_at(size_t id);

/* The command of that name (not an abbreviation), or NULL. */
const struct command *command_find(const char *name);

/* Steps through a command's options: *position starts as command->options. False behind the last.
 */
bool command_next_option(const char **position, struct command_option *option);

/* True and *option, if command takes an option of that name. */
bool command_takes(const struct command *command, const char *name, size_t name_length,
                   struct command_option *option);

/* True if the operands are addresses; with networks, if *networks. */
bool command_wants_addresses(const struct command *command, bool *networks);

/* True if one operand or more may follow ("..."). */
bool command_repeats(const struct command *command);

#endif
