/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts for two shells: the frame of each is constant, the lists inside come from the tables.
 *
 * Both walk over the words before the cursor to find the command, skipping values of options, and
 * then offer what may stand there. A list is one text of words in bash; in zsh an array of
 * "word:what it is".
 */
#include "completion.h"

#include <string.h>

#include "command_table.h"
#include "help.h"
#include "options.h"
#include "request_list.h"

struct script {
    FILE *stream;
    enum completion_shell shell;
};

/* Values of an option that takes one of a few; command: of that one alone. */
static const struct {
    const char *option;
    const char *command;
    const char *values;
} choices[] = {
    {"color", NULL, "auto always never"},
    {"count", "replay", "hits messages"},
    {"format", NULL, "auto plain map csv json fail2ban"},
    {"kind", NULL, "hit ban unban allow peer brake map"},
    {"source", NULL, request_list_sources},
    {"sort", NULL, request_list_orders},
};

/* Of what the agent knows: operands of a command, or values of an option. */
static const struct {
    const char *name;
    const char *kind; /* see completion_values.h */
} live_operands[] =
    {
        {"show", "banned"}, {"unban", "banned"},      {"release", "held"},
        {"drop", "held"},   {"node forget", "nodes"},
},
  live_options[] = {{"by-node", "nodes"}, {"node", "nodes"}};

/* In bash the word before the cursor begins behind the last colon, which addresses have. */
static const char *const begin[] = {
    [COMPLETION_BASH] = "# bash completion of banctl, made by \"banctl completion bash\"\n"
                        "_banctl_values()\n"
                        "{\n"
                        "    local value cut= full=${COMP_LINE-}\n"
                        "    full=${full:0:${COMP_POINT-0}}\n"
                        "    full=${full##*[[:space:]=]}\n"
                        "    [[ ${COMP_WORDBREAKS-} == *:* ]] && cut=${full%\"${full##*:}\"}\n"
                        "    while IFS= read -r value; do\n"
                        "        [[ $value == \"$full\"* ]] && COMPREPLY+=(\"${value#\"$cut\"}\")\n"
                        "    done < <(\"${COMP_WORDS[0]}\" completion values \"$1\" 2>/dev/null)\n"
                        "    return 0\n"
                        "}\n"
                        "_banctl()\n"
                        "{\n"
                        "    local cword=$COMP_CWORD\n"
                        "    local word=${COMP_WORDS[cword]} before=${COMP_WORDS[cword - 1]}\n"
                        "    local command= names= i\n"
                        "    COMPREPLY=()\n"
                        "    if [[ $word == = ]]; then\n"
                        "        word=\n"
                        "    elif [[ $before == = ]]; then\n"
                        "        before=${COMP_WORDS[cword - 2]}\n"
                        "    fi\n"
                        "    for ((i = 1; i < cword; i++)); do\n"
                        "        case ${COMP_WORDS[i]} in\n",
    [COMPLETION_ZSH] = "#compdef banctl\n"
                       "# zsh completion of banctl, made by \"banctl completion zsh\"\n"
                       "_banctl_values()\n"
                       "{\n"
                       "    local -a values\n"
                       "    values=(${(f)\"$($words[1] completion values $1 2>/dev/null)\"})\n"
                       "    compadd -a values\n"
                       "}\n"
                       "_banctl()\n"
                       "{\n"
                       "    local word=$words[CURRENT] before=$words[CURRENT-1] command= i\n"
                       "    local -a names\n"
                       "    if [[ $word == --*=* ]]; then\n"
                       "        before=${word%%=*}\n"
                       "        compset -P '*='\n"
                       "    fi\n"
                       "    for ((i = 2; i < CURRENT; i++)); do\n"
                       "        case $words[i] in\n",
};

static const char *const skip_value[] = {
    [COMPLETION_BASH] = "            [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))\n"
                        "            ((i++))\n"
                        "            ;;\n"
                        "        -*) ;;\n"
                        "        *)\n"
                        "            case \"$command|${COMP_WORDS[i]}\" in\n"
                        "            '|help') ;;\n"
                        "            '|'*) command=${COMP_WORDS[i]} ;;\n",
    [COMPLETION_ZSH] = "            ((i++))\n"
                       "            ;;\n"
                       "        -*) ;;\n"
                       "        *)\n"
                       "            case \"$command|$words[i]\" in\n"
                       "            '|help') ;;\n"
                       "            '|'*) command=$words[i] ;;\n",
};

static const char *const take_word[] = {
    [COMPLETION_BASH] = "command=\"$command ${COMP_WORDS[i]}\"",
    [COMPLETION_ZSH] = "command=\"$command $words[i]\"",
};

static const char *const offer_files[] = {
    [COMPLETION_BASH] = "compopt -o filenames 2>/dev/null\n"
                        "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n",
    [COMPLETION_ZSH] = "_files\n",
};

static const char *const offer_names[] = {
    [COMPLETION_BASH] = "mapfile -t COMPREPLY < <(compgen -W \"$names\" -- \"$word\")\n",
    [COMPLETION_ZSH] = "_describe word names\n",
};

static const char *const end[] = {
    [COMPLETION_BASH] = "}\n"
                        "complete -F _banctl banctl\n",
    [COMPLETION_ZSH] = "}\n"
                       "if [[ $funcstack[1] == _banctl ]]; then\n"
                       "    _banctl \"$@\"\n"
                       "else\n"
                       "    compdef _banctl banctl\n"
                       "fi\n",
};

static void write_walk(const struct script *script);
static void write_values(const struct script *script);
static void write_choices(const struct script *script);
static void write_options(const struct script *script);
static void write_channels(const struct script *script, const struct command *command);
static void write_operands(const struct script *script);
static void write_option_names(const struct script *script, const char *separator, bool files,
                               bool others);
static size_t write_pattern(const struct script *script, size_t before, const char *separator,
                            const char *name, size_t length);
static bool is_file(const char *value, size_t length);
static bool is_first_in_group(size_t id, size_t *length);
static void begin_list(const struct script *script);
static void add_word(const struct script *script, const char *prefix, const char *word,
                     size_t length, const char *about);
static void add_globals(const struct script *script);
static void end_list(const struct script *script);

void completion_write(FILE *stream, enum completion_shell shell)
{
    const struct script script = {stream, shell};
    fputs(begin[shell], stream);
    write_walk(&script);
    write_values(&script);
    write_options(&script);
    write_operands(&script);
    fputs(end[shell], stream);
}

/* Ends with the command, "" if there is none yet; of a group it is one word until the second one is
 * there. */
static void write_walk(const struct script *script)
{
    FILE *stream = script->stream;
    size_t length;
    fputs("        ", stream);
    write_option_names(script, " | ", true, true);
    fprintf(stream, ")\n%s", skip_value[script->shell]);
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        if (is_first_in_group(i, &length))
            fprintf(stream, "            '%.*s|'*) %s ;;\n", (int)length, command_at(i)->name,
                    take_word[script->shell]);
    }
    fputs("            esac\n            ;;\n        esac\n    done\n", stream);
}

/* The value of the option before the cursor: a file, one of a few, or nothing to offer. */
static void write_values(const struct script *script)
{
    FILE *stream = script->stream;
    fputs("    case $before in\n", stream);
    write_choices(script);
    for (size_t i = 0; i < sizeof(live_options) / sizeof(live_options[0]); i++)
        fprintf(stream, "    --%s)\n        _banctl_values %s\n        return\n        ;;\n",
                live_options[i].name, live_options[i].kind);
    fputs("    ", stream);
    write_option_names(script, " | ", true, false);
    fprintf(stream, ")\n        %s        return\n        ;;\n    ", offer_files[script->shell]);
    write_option_names(script, " | ", false, true);
    fputs(") return ;;\n    esac\n", stream);
}

static void write_choices(const struct script *script)
{
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        fprintf(script->stream, "    --%s)\n        ", choices[i].option);
        if (choices[i].command)
            fprintf(script->stream, "[[ $command == %s ]] || return\n        ", choices[i].command);
        begin_list(script);
        for (const char *value = choices[i].values; *value != '\0';) {
            size_t length = strcspn(value, " ");
            add_word(script, "", value, length, NULL);
            value += length + strspn(value + length, " ");
        }
        end_list(script);
        fprintf(script->stream, "        %s        return\n        ;;\n",
                offer_names[script->shell]);
    }
}

static void write_options(const struct script *script)
{
    FILE *stream = script->stream;
    fputs("    if [[ $word == -* ]]; then\n        case $command in\n", stream);
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        struct command_option option;
        const char *position = command_at(i)->options;
        if (position[0] == '\0')
            continue;
        fprintf(stream, "        '%s')\n            ", command_at(i)->name);
        begin_list(script);
        while (command_next_option(&position, &option))
            add_word(script, "--", option.name, option.name_length,
                     help_option(command_at(i), &option));
        add_globals(script);
        end_list(script);
        fputs("            ;;\n", stream);
    }
    fputs("        *)\n            ", stream);
    begin_list(script);
    add_globals(script);
    end_list(script);
    fprintf(stream, "            ;;\n        esac\n        %s        return\n    fi\n",
            offer_names[script->shell]);
}

static void write_channels(const struct script *script, const struct command *command)
{
    fprintf(script->stream, "    '%s')\n        ", command->name);
    begin_list(script);
    add_word(script, "", "mail", strlen("mail"), "to mail_to");
    add_word(script, "", "webhook", strlen("webhook"), "to the web server");
    add_word(script, "", "exec", strlen("exec"), "by the program");
    end_list(script);
    fputs("        ;;\n", script->stream);
}

/* The command itself, the second word of a group, or files. */
static void write_operands(const struct script *script)
{
    FILE *stream = script->stream;
    size_t length;
    fputs("    case $command in\n    '')\n        ", stream);
    begin_list(script);
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        const char *name = command_at(i)->name;
        if (is_first_in_group(i, &length))
            add_word(script, "", name, length, NULL);
        else if (name[strcspn(name, " ")] == '\0')
            add_word(script, "", name, strlen(name), command_at(i)->summary);
    }
    add_word(script, "", "help", strlen("help"), "what a command takes");
    end_list(script);
    fputs("        ;;\n", stream);
    for (size_t i = 0; i < sizeof(live_operands) / sizeof(live_operands[0]); i++)
        fprintf(stream, "    '%s')\n        _banctl_values %s\n        return\n        ;;\n",
                live_operands[i].name, live_operands[i].kind);
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        const struct command *command = command_at(i);
        const char *operands = command->operands + command_may_do_without(command);
        if (is_file(operands, strlen(operands)))
            fprintf(stream, "    '%s')\n        %s        return\n        ;;\n", command->name,
                    offer_files[script->shell]);
        if (command->id == COMMAND_ID_notify_test)
            write_channels(script, command);
        if (!is_first_in_group(i, &length))
            continue;
        fprintf(stream, "    '%.*s')\n        ", (int)length, command->name);
        begin_list(script);
        for (size_t j = i; j < COMMAND_ID_COUNT; j++) {
            const char *other = command_at(j)->name;
            if (strncmp(other, command->name, length + 1) == 0)
                add_word(script, "", other + length + 1, strlen(other + length + 1),
                         command_at(j)->summary);
        }
        end_list(script);
        fputs("        ;;\n", stream);
    }
    fprintf(stream, "    esac\n    %s", offer_names[script->shell]);
}

/* Every option that takes a value, each once: files, others, or both. */
static void write_option_names(const struct script *script, const char *separator, bool files,
                               bool others)
{
    size_t count = 0;
    for (const struct options_global *global = options_globals; global->name; global++) {
        if (global->value && (is_file(global->value, strlen(global->value)) ? files : others))
            count = write_pattern(script, count, separator, global->name, strlen(global->name));
    }
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        struct command_option option, earlier;
        const char *position = command_at(i)->options;
        while (command_next_option(&position, &option)) {
            bool known = false;
            for (size_t j = 0; j < i; j++)
                known |= command_takes(command_at(j), option.name, option.name_length, &earlier);
            if (!known && option.value &&
                (is_file(option.value, option.value_length) ? files : others))
                count = write_pattern(script, count, separator, option.name, option.name_length);
        }
    }
}

/* Those with a choice have a case of their own before this one, which wins. */
static size_t write_pattern(const struct script *script, size_t before, const char *separator,
                            const char *name, size_t length)
{
    fprintf(script->stream, "%s--%.*s", before > 0 ? separator : "", (int)length, name);
    return before + 1;
}

static bool is_file(const char *value, size_t length)
{
    return length >= 4 && (memcmp(value, "FILE", 4) == 0 || memcmp(value, "PATH", 4) == 0);
}

/* True if the command has two words and is the first of those with this first one. */
static bool is_first_in_group(size_t id, size_t *length)
{
    const char *name = command_at(id)->name;
    *length = strcspn(name, " ");
    if (name[*length] == '\0')
        return false;
    for (size_t i = 0; i < id; i++) {
        if (strncmp(command_at(i)->name, name, *length + 1) == 0)
            return false;
    }
    return true;
}

static void begin_list(const struct script *script)
{
    fputs(script->shell == COMPLETION_BASH ? "names='" : "names=(", script->stream);
}

/* about may be NULL. */
static void add_word(const struct script *script, const char *prefix, const char *word,
                     size_t length, const char *about)
{
    FILE *stream = script->stream;
    if (script->shell == COMPLETION_BASH) {
        fprintf(stream, "%s%.*s ", prefix, (int)length, word);
        return;
    }
    fprintf(stream, "\n            '%s%.*s", prefix, (int)length, word);
    if (about)
        fputc(':', stream);
    for (; about && *about != '\0'; about++) {
        if (*about == '\'')
            fputs("'\\''", stream);
        else
            fputc(*about, stream);
    }
    fputc('\'', stream);
}

static void add_globals(const struct script *script)
{
    for (const struct options_global *global = options_globals; global->name; global++)
        add_word(script, "--", global->name, strlen(global->name), global->help);
}

static void end_list(const struct script *script)
{
    fputs(script->shell == COMPLETION_BASH ? "'\n" : ")\n", script->stream);
}
