/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands as a table, made from include/bansync/command.def.
 *
 * The usage texts of that file are its grammar: "..." repeats, "[" may be left out, "IP" and "NET"
 * are checked as addresses, "=ARG" takes a value. Does not: know what a command does.
 */
#include "command_table.h"

#include <string.h>

static const struct command commands[COMMAND_ID_COUNT] = {
#define COMMAND(id, name, role, operands, options, summary) \
    {COMMAND_ID_##id, name, COMMAND_ROLE_##role, operands, options, summary},
#include <bansync/command.def>
#undef COMMAND
};

const struct command *command_at(size_t id)
{
    return &commands[id];
}

const struct command *command_find(char *const *words, size_t count, size_t *used)
{
    for (size_t i = 0; i < COMMAND_ID_COUNT && count > 0; i++) {
        const char *second = command_in_group(&commands[i], words[0]);
        *used = second ? 2 : 1;
        if (second ? count > 1 && strcmp(second, words[1]) == 0
                   : strcmp(commands[i].name, words[0]) == 0)
            return &commands[i];
    }
    return NULL;
}

bool command_is_group(const char *word)
{
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        if (command_in_group(&commands[i], word))
            return true;
    }
    return false;
}

const char *command_in_group(const struct command *command, const char *group)
{
    size_t length = strlen(group);
    if (strncmp(command->name, group, length) != 0 || command->name[length] != ' ')
        return NULL;
    return command->name + length + 1;
}

bool command_next_option(const char **position, struct command_option *option)
{
    const char *word = *position + strspn(*position, " ");
    if (strncmp(word, "--", 2) != 0)
        return false;
    size_t length = strcspn(word, " ");
    *position = word + length;
    option->name = word + 2;
    option->name_length = strcspn(word, "= ") - 2;
    size_t behind = 2 + option->name_length + 1;
    option->value = behind < length ? word + behind : NULL;
    option->value_length = behind < length ? length - behind : 0;
    return true;
}

bool command_takes(const struct command *command, const char *name, size_t name_length,
                   struct command_option *option)
{
    const char *position = command->options;
    while (command_next_option(&position, option)) {
        if (option->name_length == name_length && memcmp(option->name, name, name_length) == 0)
            return true;
    }
    return false;
}

bool command_wants_addresses(const struct command *command, bool *networks)
{
    *networks = strstr(command->operands, "NET") != NULL;
    return strncmp(command->operands + command_may_do_without(command), "IP", 2) == 0;
}

bool command_may_do_without(const struct command *command)
{
    return command->operands[0] == '[';
}

bool command_repeats(const struct command *command)
{
    return strstr(command->operands, "...") != NULL;
}
