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
#define COMMAND(id, name, role, operands, options, summary) COMMAND_ID_##id,
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

/* The command that words begin with, not abbreviated, or NULL; *used: how many of them name it, 1
 * or 2. */
const struct command *command_find(char *const *words, size_t count, size_t *used);

/* True if it is the first of a name's two words; and the second one of a name, NULL if it has none
 * or another first one. */
bool command_is_group(const char *word);
const char *command_in_group(const struct command *command, const char *group);

/* Steps through a command's options: *position starts as command->options. False behind the last.
 */
bool command_next_option(const char **position, struct command_option *option);

/* True and *option, if command takes an option of that name. */
bool command_takes(const struct command *command, const char *name, size_t name_length,
                   struct command_option *option);

/* True if the operands are addresses; with networks, if *networks. */
bool command_wants_addresses(const struct command *command, bool *networks);

/* True if operands may be left out ("[...]"). */
bool command_may_do_without(const struct command *command);

/* True if one operand or more may follow ("..."). */
bool command_repeats(const struct command *command);

#endif
