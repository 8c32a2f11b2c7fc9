/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --help prints. Names, operands and options come from the command table; examples and the
 * words on options are here.
 *
 * Does not: replace the manual, banctl(1).
 */
#include "help.h"

#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "memory.h"
#include "terminal.h"

/* ANY: whatever the command is, unless a line above it is of that command. */
enum { ANY = COMMAND_ID_COUNT };

struct help_text {
    const char *name;
    int command; /* enum command_id, or ANY */
    const char *text;
};

static const char *const examples[COMMAND_ID_COUNT] = {
    [COMMAND_ID_status] = "  banctl status\n"
                          "  banctl status --json | jq .counters\n",
    [COMMAND_ID_list] = "  banctl list\n"
                        "  banctl list --json | jq -r '.bans[].net'\n"
                        "  banctl list --sort since --limit 20\n"
                        "  banctl list --temporary --source auto --node mx3 --since 1h\n"
                        "  banctl list --in 203.0.113.0/24\n"
                        "  banctl list --would\n",
    [COMMAND_ID_show] = "  banctl show 203.0.113.7\n"
                        "  banctl show 2001:db8:7::/64 --json\n",
    [COMMAND_ID_check] = "  banctl check 203.0.113.7 && echo banned\n"
                         "  banctl check 203.0.113.7 2001:db8::1\n",
    [COMMAND_ID_explain] = "  banctl explain 203.0.113.7\n"
                           "  banctl explain 203.0.113.7 --json | jq -r .decided_by\n",
    [COMMAND_ID_top] = "  banctl top\n"
                       "  banctl top --once --limit 5\n"
                       "  banctl top --json | jq -r '.senders[].net'\n",
    [COMMAND_ID_history] = "  banctl history\n"
                           "  banctl history 203.0.113.7\n"
                           "  banctl history --since 7d --limit 200\n",
    [COMMAND_ID_stats] = "  banctl stats\n"
                         "  banctl stats --since 1h --limit 3\n"
                         "  banctl stats --json | jq -r '.accounts[].account'\n",
    [COMMAND_ID_watch] = "  banctl watch\n"
                         "  banctl watch --kind ban,unban --json | while read -r line; do ...\n"
                         "  banctl watch 203.0.113.0/24 --kind hit --count 10\n",
    [COMMAND_ID_ban] =
        "  banctl ban 203.0.113.7\n"
        "  banctl ban 203.0.113.7 198.51.100.0/28 --for 7d --reason \"ticket 4711\"\n"
        "  banctl ban 203.0.113.7 --permanent --wait\n",
    [COMMAND_ID_unban] = "  banctl unban 203.0.113.7\n"
                         "  banctl unban 203.0.113.7 --reason \"password changed\" --wait\n"
                         "  banctl unban 203.0.113.7 --allow 1h\n"
                         "  banctl unban --by-node mx3 --since 2h --dry-run\n"
                         "  banctl unban -f false-alarm.txt\n",
    [COMMAND_ID_export] = "  banctl export > bans.csv\n"
                          "  banctl export --format map > /var/lib/rspamd/bans.map\n"
                          "  banctl export --accounts --format plain > accounts.txt\n",
    [COMMAND_ID_import] =
        "  banctl import bans.csv --dry-run\n"
        "  banctl import /var/lib/fail2ban/fail2ban.sqlite3 --jail rspamd --yes\n"
        "  curl -s https://example.org/drop.txt | banctl import - --for 2d --yes\n"
        "  banctl import stolen.txt --accounts --for 1d --yes\n",
    [COMMAND_ID_allow_list] = "  banctl allow list\n"
                              "  banctl allow list --json | jq -r '.entries[].net'\n",
    [COMMAND_ID_allow_add] = "  banctl allow add 198.51.100.4 --reason \"office\"\n"
                             "  banctl allow add 198.51.100.0/24 2001:db8:7::/48 --for 7d --wait\n",
    [COMMAND_ID_allow_remove] = "  banctl allow remove 198.51.100.4\n"
                                "  banctl allow remove 198.51.100.0/24 --reason \"moved\"\n",
    [COMMAND_ID_allow_check] = "  banctl allow check 198.51.100.4 && echo allowed\n"
                               "  banctl allow check 198.51.100.4 2001:db8:7::1\n",
    [COMMAND_ID_held] = "  banctl held\n"
                        "  banctl held --json | jq -r '.held[].net'\n",
    [COMMAND_ID_release] = "  banctl release\n"
                           "  banctl release 203.0.113.7 198.51.100.0/24\n",
    [COMMAND_ID_drop] = "  banctl drop\n"
                        "  banctl drop 203.0.113.7\n",
    [COMMAND_ID_map_adopt] = "  banctl map adopt\n",
    [COMMAND_ID_map_discard] = "  banctl map discard\n",
    [COMMAND_ID_node_list] =
        "  banctl node list\n"
        "  banctl node list --json | jq -r '.nodes[] | select(.state == \"no peer\").name'\n",
    [COMMAND_ID_node_forget] = "  banctl node forget mx3 --reason \"sold\"\n",
    [COMMAND_ID_peers] =
        "  banctl peers\n"
        "  banctl peers --json | jq -r '.peers[] | select(.state != \"up\").name'\n",
    [COMMAND_ID_verify] = "  banctl verify\n"
                          "  banctl verify --json || echo different\n"
                          "  banctl verify --repair\n",
    [COMMAND_ID_digest] =
        "  banctl digest\n"
        "  banctl digest --json | jq -r '.nodes[] | select(.same != true).node'\n",
    [COMMAND_ID_metrics] =
        "  banctl metrics\n"
        "  banctl metrics --textfile /var/lib/prometheus/node-exporter/bansync.prom\n",
    [COMMAND_ID_notify_test] = "  banctl notify test\n"
                               "  banctl notify test webhook\n",
    [COMMAND_ID_reload] = "  banctl reload\n"
                          "  banctl reload --yes\n",
    [COMMAND_ID_config_check] = "  banctl config check\n"
                                "  banctl config check /etc/bansync/bansync.conf.new\n",
    [COMMAND_ID_config_show] = "  banctl config show --diff\n"
                               "  banctl config show --defaults\n",
    [COMMAND_ID_config_init] = "  banctl config init --minimal\n"
                               "  banctl config init --out /etc/bansync/bansync.conf\n",
    [COMMAND_ID_doctor] = "  banctl doctor\n"
                          "  banctl doctor --json | jq -r '.checks[] | select(.state == "
                          "\"fail\").message'\n",
    [COMMAND_ID_keygen] = "  banctl keygen --out /etc/bansync/node.key\n",
    [COMMAND_ID_completion_bash] =
        "  banctl completion bash > /etc/bash_completion.d/banctl\n"
        "  eval \"$(banctl completion bash)\"         # in this shell only\n",
    [COMMAND_ID_completion_zsh] =
        "  banctl completion zsh > /usr/share/zsh/vendor-completions/_banctl\n",
    [COMMAND_ID_completion_values] = "  banctl completion values banned\n",
    [COMMAND_ID_replay] = "  banctl replay /var/log/rspamd/rspamd.log\n"
                          "  banctl replay rspamd.log.2.gz --threshold 5 --window 1h\n"
                          "  banctl replay rspamd.log --accounts\n"
                          "  banctl replay --line \"$(grep 4Q1 rspamd.log | tail -n 1)\"\n",
};

static const struct help_text option_texts[] = {
    {"for", COMMAND_ID_allow_add, "how long: 90s 10m 1h 7d 2w, or permanent (default: permanent)"},
    {"for", COMMAND_ID_import,
     "how long: 90s 10m 1h 7d 2w, or permanent (default: as the list says, else as configured)"},
    {"for", ANY, "how long: 90s 10m 1h 7d 2w, or permanent (default: as configured)"},
    {"account", ANY, "an account (SASL user) in place of, or beside, addresses"},
    {"accounts", COMMAND_ID_import,
     "only accounts; the lines of a list that cannot tell are accounts"},
    {"accounts", COMMAND_ID_replay, "count accounts, too"},
    {"accounts", ANY, "only accounts"},
    {"permanent", COMMAND_ID_list, "only bans that last until they are lifted"},
    {"permanent", ANY, "until it is lifted"},
    {"temporary", ANY, "only bans that end by themselves"},
    {"source", ANY, "only bans by hits (auto), or by operators (manual)"},
    {"node", ANY, "only bans that hits of this node count for, or that its operators gave"},
    {"in", ANY, "only what lies inside this network"},
    {"sort", ANY,
     "what comes first: net (default), count (most hits), since (newest) or expires (soonest)"},
    {"reason", COMMAND_ID_ban, "why; kept on every node and shown by list, show and history"},
    {"reason", COMMAND_ID_import, "why; kept on every node and shown by list, show and history"},
    {"reason", ANY, "why; kept on every node and shown by show and history"},
    {"force", COMMAND_ID_config_init, "also over a file that is there"},
    {"force", ANY,
     "also networks wider than [ban] max_prefix4 or 6, around a node's address, or around yours"},
    {"would", ANY, "only those that are not in force because the mode is observe"},
    {"once", ANY, "one table, and no screen that is written anew every second until q"},
    {"limit", COMMAND_ID_list, "so many bans at most (default: 100 on a terminal, else all)"},
    {"limit", COMMAND_ID_top, "so many rows at most (default: what fits the terminal, else 20)"},
    {"limit", COMMAND_ID_stats, "so many rows of each table at most (default 10)"},
    {"limit", ANY, "so many rows at most (default 50)"},
    {"wait", ANY, "wait until every node has confirmed; exit 6 if one does not in time"},
    {"textfile", ANY,
     "write them there instead, in one step, for node-exporter's textfile collector"},
    {"allow", ANY, "and put it on the allowlist for so long, so that new hits do not ban it"},
    {"by-node", ANY, "in place of addresses: all bans that would not be without that node"},
    {"dry-run", ANY, "show what would be done, and do nothing"},
    {"file", ANY, "read the addresses from FILE (-: standard input), one a line; also -f"},
    {"format", COMMAND_ID_export, "csv (default), json, plain or map"},
    {"format", ANY, "auto (default), csv, json, plain, map or fail2ban"},
    {"jail", ANY, "only the bans of this jail, of a database of fail2ban"},
    {"verbose", ANY, "tell all lines that are rejected, not only the first ten; also -v"},
    {"forget", ANY, "and forget how often it was banned: the next ban is its first one"},
    {"diff", ANY, "only options that differ from their defaults"},
    {"defaults", ANY, "the defaults in place of what is in force"},
    {"minimal", ANY, "only what a node of a cluster needs"},
    {"rspamd-config", ANY, "rspamd's configuration file (default: where rspamadm looks)"},
    {"yes", COMMAND_ID_reload, "also if it bans more at once than [ban] max_new_per_minute"},
    {"yes", ANY, "do not ask"},
    {"since", COMMAND_ID_unban, "with --by-node: only what the node did within so long"},
    {"since", COMMAND_ID_list, "only bans that began within so long"},
    {"since", COMMAND_ID_stats, "how far it looks back, 1m to 1d (default 1d)"},
    {"since", ANY, "only what happened within so long"},
    {"repair", ANY,
     "have what differs repaired at once, and look until nothing does or --timeout ends"},
    {"line", ANY, "explain one line instead: which rule takes or refuses it, and where"},
    {"hits", ANY, "also a row for each hit"},
    {"all", COMMAND_ID_unban, "in place of addresses: every ban there is"},
    {"all", COMMAND_ID_list, "without a limit, on a terminal, too"},
    {"all", ANY, "all senders, not only those with most hits"},
    {"top", ANY, "so many senders (default 20)"},
    {"threshold", ANY, "hits that would ban (default 10)"},
    {"window", ANY, "within how long (default 10m)"},
    {"ipv6-prefix", ANY, "length that IPv6 senders are counted by (default 64)"},
    {"out", COMMAND_ID_config_init, "new file to write, in place of standard output"},
    {"out", ANY, "new file to write; one that is there is left as it is"},
    {"count", COMMAND_ID_watch, "end after so many events"},
    {"count", ANY, "what the threshold counts: hits (default) or messages"},
    {"kind", ANY, "only these, with commas: hit ban unban allow peer brake map"},
};

static const char overall_examples[] =
    "  banctl status\n"
    "  banctl list\n"
    "  banctl ban 203.0.113.7 --for 1h --reason \"ticket 4711\"\n"
    "  banctl unban 203.0.113.7\n"
    "  banctl replay /var/log/rspamd/rspamd.log\n";

static const char exit_codes[] =
    "  0 done, yes      3 agent not reachable   6 degraded, not confirmed, different\n"
    "  1 no             4 permission denied     7 some input rejected\n"
    "  2 usage error    5 refused               8 internal error\n";

/* Columns of an option and its value before the text on it. */
enum { OPTION_WIDTH = 22, COMMAND_WIDTH = 15, NARROWEST = 20, USAGE_INDENT = 14 };

static bool is_required(const struct command *command, const struct command_option *option);
static void print_command(FILE *stream, const struct command *command);
static void print_usage(FILE *stream, const struct command *command);
static void print_options(FILE *stream, const struct command *command);
static void print_globals(FILE *stream);
static void print_wrapped(FILE *stream, const char *text, int begun, int indent);
static void print_option(FILE *stream, const struct command_option *option, const char *text);

void help_overall(FILE *stream, const char *group)
{
    fputs("examples:\n", stream);
    if (!group)
        fputs(overall_examples, stream);
    for (size_t i = 0; group && i < COMMAND_ID_COUNT; i++) {
        if (command_in_group(command_at(i), group))
            fputs(help_examples(command_at(i)), stream);
    }
    fputc('\n', stream);
    fputs("usage: banctl COMMAND [OPERAND...] [OPTION...]\n\ncommands:\n", stream);
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        if (!group || command_in_group(command_at(i), group))
            print_command(stream, command_at(i));
    }
    fputs("\noptions of every command:\n", stream);
    print_globals(stream);
    fprintf(stream, "\nexit codes:\n%s", exit_codes);
    fputs("\nhelp on one:  banctl COMMAND --help      manual:  man banctl\n", stream);
}

static void print_command(FILE *stream, const struct command *command)
{
    int begun = fprintf(stream, "  %-*s  ", COMMAND_WIDTH, command->name);
    print_wrapped(stream, command->summary, begun, COMMAND_WIDTH + 4);
}

void help_command(FILE *stream, const struct command *command)
{
    fprintf(stream, "examples:\n%s\n", help_examples(command));
    print_usage(stream, command);
    fputc('\n', stream);
    print_wrapped(stream, command->summary, 0, 0);
    fputs("\noptions:\n", stream);
    print_options(stream, command);
    print_globals(stream);
}

const char *help_examples(const struct command *command)
{
    const char *text = examples[command->id];
    return text ? text : "";
}

const char *help_option(const struct command *command, const struct command_option *option)
{
    for (size_t i = 0; i < sizeof(option_texts) / sizeof(option_texts[0]); i++) {
        const struct help_text *text = &option_texts[i];
        if ((text->command == ANY || text->command == (int)command->id) &&
            strlen(text->name) == option->name_length &&
            memcmp(text->name, option->name, option->name_length) == 0)
            return text->text;
    }
    return NULL;
}

/* keygen has nowhere else to write to. */
static bool is_required(const struct command *command, const struct command_option *option)
{
    return command->id == COMMAND_ID_keygen && option->name_length == strlen("out") &&
           memcmp(option->name, "out", strlen("out")) == 0;
}

static void print_usage(FILE *stream, const struct command *command)
{
    char *text = NULL;
    size_t size;
    FILE *usage = open_memstream(&text, &size);
    if (!usage)
        memory_exhausted();
    fprintf(usage, "%s", command->name);
    if (command->operands[0] != '\0')
        fprintf(usage, " %s", command->operands);
    struct command_option option;
    const char *position = command->options;
    while (command_next_option(&position, &option)) {
        bool required = is_required(command, &option);
        fprintf(usage, " %s--%.*s", required ? "" : "[", (int)option.name_length, option.name);
        if (option.value)
            fprintf(usage, " %.*s", (int)option.value_length, option.value);
        fputs(required ? "" : "]", usage);
    }
    fputs(" [OPTION...]", usage);
    if (fclose(usage) != 0)
        memory_exhausted();
    print_wrapped(stream, text, fprintf(stream, "usage: banctl "), USAGE_INDENT);
    free(text);
}

static void print_options(FILE *stream, const struct command *command)
{
    struct command_option option;
    const char *position = command->options;
    while (command_next_option(&position, &option))
        print_option(stream, &option, help_option(command, &option));
}

static void print_globals(FILE *stream)
{
    for (const struct options_global *global = options_globals; global->name; global++) {
        struct command_option option = {global->name, strlen(global->name), global->value, 0};
        if (global->value)
            option.value_length = strlen(global->value);
        print_option(stream, &option, global->help);
    }
}

static void print_option(FILE *stream, const struct command_option *option, const char *text)
{
    int columns = fprintf(stream, "  --%.*s", (int)option->name_length, option->name);
    if (option->value)
        columns += fprintf(stream, " %.*s", (int)option->value_length, option->value);
    fprintf(stream, "%*s", columns < OPTION_WIDTH ? OPTION_WIDTH - columns : 1, "");
    print_wrapped(stream, text ? text : "", columns < OPTION_WIDTH ? OPTION_WIDTH : columns + 1,
                  OPTION_WIDTH);
}

/* The rest of a line that has begun; on a terminal it goes on in lines indented by so many
 * columns. */
static void print_wrapped(FILE *stream, const char *text, int begun, int indent)
{
    int columns = (int)terminal_columns(stream);
    while (columns > begun + NARROWEST && (int)strlen(text) > columns - begun) {
        int end = columns - begun;
        while (end > 0 && text[end] != ' ')
            end--;
        if (end == 0)
            break;
        fprintf(stream, "%.*s\n%*s", end, text, indent, "");
        text += end + 1;
        begun = indent;
    }
    fprintf(stream, "%s\n", text);
}
