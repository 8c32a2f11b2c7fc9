/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of one command line, told apart from operands in one walk.
 *
 * That needs to know only which options take a value, and no two commands differ in that
 * (include/bansync/command.def).
 * Does not: abbreviate, guess; a near miss is named in the error and not obeyed.
 */
#include "options.h"

#include <string.h>

#include "command_table.h"
#include "suggest.h"
#include "synonym.h"

const struct options_global options_globals[] = {
    {"socket", "PATH", "control socket (else $BANCTL_SOCKET, else " CONTROL_SOCKET_DEFAULT ")"},
    {"color", "WHEN", "auto, always or never; auto: on a terminal, unless $NO_COLOR is set"},
    {"no-input", NULL, "never ask; what would be asked about needs --yes"},
    {"json", NULL, "one JSON document on standard output, errors too"},
    {"timeout", "SECONDS", "how long the answer may take (default 10)"},
    {"help", NULL, "this help; also -h, also for one command"},
    {"version", NULL, "print the version; also -V"},
    {NULL, NULL, NULL},
};

/* The walk: where it stands in argv. */
struct walk {
    int argc;
    char **argv;
    int next;
    struct options *options;
    struct failure *failure;
    const char *unknown; /* the name of the first unknown option; NULL: none */
};

static int read_word(struct walk *walk, const char *word);
static int read_long(struct walk *walk, const char *name);
static bool is_known(const char *name, size_t length, bool *takes_value);
static int remember(struct options *options, const struct option_given *given,
                    struct failure *failure);
static int unknown(struct failure *failure, const char *name, const struct command *command);
static void offer_options(struct suggest *suggest, const struct command *command);
static bool is_named(const char *name, size_t length, const char *text);

/* After an error the walk goes on only to learn whether the error is to be told in JSON, and what
 * the command is: only options that it takes are worth a suggestion. */
int options_read(int argc, char **argv, size_t *operand_count, struct options *options,
                 struct failure *failure)
{
    struct walk walk = {argc, argv, 1, options, failure, NULL};
    int result = 0;
    int operand_end = 1;
    size_t used;
    bool ended = false;
    *options = (struct options){.count = 0};
    while (walk.next < argc) {
        char *word = argv[walk.next++];
        if (ended || word[0] != '-' || word[1] == '\0')
            argv[operand_end++] = word;
        else if (strcmp(word, "--") == 0)
            ended = true;
        else if (strcmp(word, "--json") == 0)
            options->json = true;
        else if (result == 0)
            result = read_word(&walk, word);
    }
    *operand_count = (size_t)operand_end - 1;
    if (walk.unknown)
        unknown(failure, walk.unknown, command_find(argv + 1, *operand_count, &used));
    return result;
}

int options_add_flag(struct options *options, const char *name, struct failure *failure)
{
    const struct option_given given = {name, strlen(name), NULL};
    return remember(options, &given, failure);
}

const struct option_given *options_find(const struct options *options, const char *name)
{
    for (size_t i = options->count; i > 0; i--) {
        const struct option_given *given = &options->given[i - 1];
        if (is_named(given->name, given->name_length, name))
            return given;
    }
    return NULL;
}

bool options_is_global(const struct option_given *option)
{
    for (const struct options_global *global = options_globals; global->name; global++) {
        if (is_named(option->name, option->name_length, global->name))
            return true;
    }
    return false;
}

static int read_word(struct walk *walk, const char *word)
{
    if (strcmp(word, "-h") == 0)
        return read_long(walk, "help");
    if (strcmp(word, "-V") == 0)
        return read_long(walk, "version");
    if (strcmp(word, "-f") == 0)
        return read_long(walk, "file");
    if (strcmp(word, "-v") == 0)
        return read_long(walk, "verbose");
    if (word[1] != '-')
        return failure_set(walk->failure, "usage", EXIT_USAGE, "unknown option \"%s\"", word);
    return read_long(walk, word + 2);
}

static int read_long(struct walk *walk, const char *name)
{
    size_t length = strcspn(name, "=");
    bool has_value = name[length] == '=';
    bool takes_value;
    if (!is_known(name, length, &takes_value)) {
        walk->unknown = name;
        return -1;
    }
    if (has_value && !takes_value)
        return failure_set(walk->failure, "usage", EXIT_USAGE, "option \"--%.*s\" takes no value",
                           (int)length, name);
    struct option_given given = {name, length, has_value ? name + length + 1 : NULL};
    if (takes_value && !has_value && walk->next == walk->argc)
        return failure_set(walk->failure, "usage", EXIT_USAGE, "option \"--%.*s\" needs a value",
                           (int)length, name);
    if (takes_value && !has_value)
        given.value = walk->argv[walk->next++];
    return remember(walk->options, &given, walk->failure);
}

static bool is_known(const char *name, size_t length, bool *takes_value)
{
    for (const struct options_global *global = options_globals; global->name; global++) {
        if (is_named(name, length, global->name)) {
            *takes_value = global->value != NULL;
            return true;
        }
    }
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        struct command_option option;
        if (command_takes(command_at(i), name, length, &option)) {
            *takes_value = option.value != NULL;
            return true;
        }
    }
    return false;
}

static int remember(struct options *options, const struct option_given *given,
                    struct failure *failure)
{
    if (options->count == OPTIONS_MAX)
        return failure_set(failure, "usage", EXIT_USAGE, "too many options");
    options->given[options->count++] = *given;
    return 0;
}

/* command: NULL if it is not known; then an option of any is offered. */
static int unknown(struct failure *failure, const char *name, const struct command *command)
{
    size_t length = strcspn(name, "=");
    struct suggest suggest;
    suggest_begin(&suggest, name, length);
    for (const struct options_global *global = options_globals; global->name; global++)
        suggest_offer(&suggest, global->name, strlen(global->name));
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        if (!command || command == command_at(i))
            offer_options(&suggest, command_at(i));
    }
    const char *meant = command ? synonym_option(command->name, name, length) : NULL;
    if (meant) {
        suggest.best = meant;
        suggest.best_length = strlen(meant);
    }
    if (!suggest.best)
        return failure_set(failure, "usage", EXIT_USAGE, "unknown option \"--%.*s\"", (int)length,
                           name);
    return failure_set(failure, "usage", EXIT_USAGE,
                       "unknown option \"--%.*s\"; did you mean \"--%.*s\"?", (int)length, name,
                       (int)suggest.best_length, suggest.best);
}

static void offer_options(struct suggest *suggest, const struct command *command)
{
    struct command_option option;
    const char *position = command->options;
    while (command_next_option(&position, &option))
        suggest_offer(suggest, option.name, option.name_length);
}

static bool is_named(const char *name, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(text, name, length) == 0;
}
