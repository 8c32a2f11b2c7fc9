/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --help prints: examples first, then usage and options.
 */
#ifndef BANSYNC_CTL_HELP_H
#define BANSYNC_CTL_HELP_H

#include <stdio.h>

#include "command_table.h"

/* All commands or, if group is not NULL, those of that first word; the options of all, exit codes.
 */
void help_overall(FILE *stream, const char *group);

/* One command. */
void help_command(FILE *stream, const struct command *command);

/* The examples of a command, indented lines; never NULL. */
const char *help_examples(const struct command *command);

/* What the option does to this command; NULL if nobody wrote it. */
const char *help_option(const struct command *command, const struct command_option *option);

#endif
