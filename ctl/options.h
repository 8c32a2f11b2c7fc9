/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of one command line, told apart from operands without knowing the command.
 *
 * Options may stand anywhere; "--" ends them; "--name=value" and "--name value" are the same; the
 * last of several wins.
 * Does not: judge whether the command takes an option (args.h).
 */
#ifndef BANSYNC_CTL_OPTIONS_H
#define BANSYNC_CTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <bansync/limits.h>

#include "failure.h"

/* Options of one command line: accounts, which are options, and more than all commands together
 * have beside. */
#define OPTIONS_MAX (CONTROL_TARGETS_MAX + 32)

/* An option that every command takes. */
struct options_global {
    const char *name;
    const char *value; /* NULL: takes none */
    const char *help;
};

/* The options every command takes; .name of the last is NULL. */
extern const struct options_global options_globals[];

struct option_given {
    const char *name; /* not NUL-terminated */
    size_t name_length;
    const char *value; /* NULL: takes none */
};

struct options {
    struct option_given given[OPTIONS_MAX];
    size_t count;
    bool json; /* --json is among the words, known also after an error */
};

/* Sorts argv[1..argc-1]: operands go to its front, *operand_count of them; options to *options.
 * Texts point into argv. Returns 0, or -1 with *failure. */
int options_read(int argc, char **argv, size_t *operand_count, struct options *options,
                 struct failure *failure);

/* As if this one, which takes no value, had been given, too; name must outlive options. Returns 0,
 * or -1 with *failure: there are too many. */
int options_add_flag(struct options *options, const char *name, struct failure *failure);

/* The last one given of that name, or NULL. */
const struct option_given *options_find(const struct options *options, const char *name);

/* True if every command takes it. */
bool options_is_global(const struct option_given *option);

#endif
