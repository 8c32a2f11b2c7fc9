/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl stats: how many hits and bans, how they lie in time, and whose they are.
 */
#include <string.h>

#include "page.h"
#include "phrase.h"
#include "terminal.h"
#include "when.h"

enum { STEPS_MAX = 64, LEVELS = 8, MINUTE_MS = 60000 };

/* Nothing, then ever more. */
static const char *const blocks[LEVELS + 1] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const letters[LEVELS + 1] = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};

static const struct print_column sender_columns[] = {
    {"SENDER", false}, {"HITS", true}, {"SHARE", true}, {"BANNED", false}};
static const struct print_column network_columns[] = {
    {"NETWORK", false}, {"HITS", true}, {"SHARE", true}};
static const struct print_column account_columns[] = {
    {"ACCOUNT", false}, {"HITS", true}, {"SHARE", true}};
static const struct print_column node_columns[] = {
    {"NODE", false}, {"HITS", true}, {"SHARE", true}};

static void print_span(const struct ctl_json *item);
static void print_number(const char *title, int64_t number, const struct ctl_json *steps,
                         const char *more);
static void add_bars(struct phrase *line, const struct ctl_json *steps);
static void print_ranking(const struct ctl_json *item, const char *name,
                          const struct print_column *columns, size_t column_count, const char *key);
static int64_t number_of(const struct ctl_json *object, const char *name);

void page_stats_item(struct page_state *state, const struct ctl_json *item)
{
    const struct ctl_json *bans = ctl_json_member(item, "bans");
    const int64_t lifted = number_of(item, "unbans"), ended = number_of(item, "ended");
    const int64_t by_operators = number_of(bans, "manual");
    const int64_t allowed = number_of(item, "allowed");
    struct phrase more;
    (void)state;
    print_span(item);
    phrase_begin(&more);
    phrase_add(&more, "by ");
    phrase_add_counted(&more, number_of(item, "senders_total"), "sender");
    print_number("hits", number_of(item, "hits"), ctl_json_member(item, "hits_by"), more.text);
    phrase_begin(&more);
    phrase_add_number(&more, by_operators);
    phrase_add(&more, " by operators");
    print_number("bans", number_of(bans, "auto") + by_operators, ctl_json_member(item, "bans_by"),
                 more.text);
    phrase_begin(&more);
    phrase_add_number(&more, lifted);
    phrase_add(&more, " by operators");
    print_number("unbans", lifted + ended, NULL, more.text);
    phrase_begin(&more);
    phrase_add(&more, "now");
    if (allowed > 0) {
        phrase_add(&more, ", ");
        phrase_add_number(&more, allowed);
        phrase_add(&more, " of them on the allowlist: not in the map");
    }
    print_number("banned", number_of(item, "banned"), NULL, more.text);
    print_ranking(item, "senders", sender_columns, 4, "net");
    print_ranking(item, "networks", network_columns, 3, "net");
    print_ranking(item, "accounts", account_columns, 3, "account");
    print_ranking(item, "nodes", node_columns, 3, "node");
    if (number_of(item, "unranked") > 0) {
        phrase_begin(&more);
        phrase_add_number(&more, number_of(item, "unranked"));
        phrase_add(&more, " hits are of networks, accounts or nodes beyond those told apart");
        fputc('\n', stdout);
        phrase_print_colored(&more, TERMINAL_YELLOW);
    }
}

/* "mx1: the last 1d, 2026-11-22 09:44 to 2026-11-23 09:44; a bar is 1h" */
static void print_span(const struct ctl_json *item)
{
    const char *node = ctl_json_text(item, "node");
    const int64_t step_ms = number_of(item, "step_ms");
    char day[WHEN_TEXT_SIZE], time[WHEN_TEXT_SIZE], span[WHEN_TEXT_SIZE];
    struct phrase line;
    phrase_begin(&line);
    when_span(step_ms * (int64_t)ctl_json_size(ctl_json_member(item, "hits_by")), span);
    phrase_add(&line, "%s: the last %s", node ? node : "-", span);
    when_local(ctl_json_text(item, "since"), day, time);
    phrase_add(&line, ", %s %.5s", day, time);
    when_local(ctl_json_text(item, "until"), day, time);
    phrase_add(&line, " to %s %.5s", day, time);
    step_ms % MINUTE_MS != 0 ? when_span_long(step_ms, span) : when_span(step_ms, span);
    phrase_add(&line, "; a bar is %s", span);
    phrase_print(&line);
}

/* steps: how it lies in time; NULL: not known. */
static void print_number(const char *title, int64_t number, const struct ctl_json *steps,
                         const char *more)
{
    struct phrase text, line;
    phrase_begin(&text);
    phrase_add_number(&text, number);
    phrase_begin(&line);
    phrase_add(&line, "  %-6s  %9s  ", title, text.text);
    if (steps) {
        phrase_add(&line, "|");
        add_bars(&line, steps);
        phrase_add(&line, "|  ");
    }
    phrase_add(&line, "%s", more);
    phrase_print(&line);
}

static void add_bars(struct phrase *line, const struct ctl_json *steps)
{
    const char *const *signs = terminal_has_utf8(stdout) ? blocks : letters;
    int64_t values[STEPS_MAX], most = 0;
    size_t count = ctl_json_numbers_of(steps, values, STEPS_MAX);
    for (size_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    for (size_t i = 0; i < count; i++) {
        double share = most > 0 && values[i] > 0 ? (double)values[i] / (double)most : 0;
        phrase_add(line, "%s", signs[share > 0 ? 1 + (int)(share * (LEVELS - 1)) : 0]);
    }
}

static void print_ranking(const struct ctl_json *item, const char *name,
                          const struct print_column *columns, size_t column_count, const char *key)
{
    const struct ctl_json *rows = ctl_json_member(item, name);
    const int64_t hits = number_of(item, "hits");
    struct print_table *table;
    if (ctl_json_size(rows) == 0)
        return;
    table = print_table_new(columns, column_count);
    for (size_t i = 0; i < ctl_json_size(rows); i++) {
        const struct ctl_json *row = ctl_json_element(rows, i);
        const int64_t own = number_of(row, "hits");
        struct phrase text;
        phrase_begin(&text);
        if (strcmp(key, "net") == 0)
            phrase_add_net(&text, ctl_json_text(row, key));
        else
            phrase_add_node(&text, row, key);
        print_cell(table, text.text);
        phrase_begin(&text);
        phrase_add_number(&text, own);
        print_cell(table, text.text);
        print_cell_format(table, "%lld %%",
                          (long long)(hits > 0 ? (double)own * 100 / (double)hits : 0));
        if (column_count > 3)
            print_cell(table, ctl_json_is_true(row, "allowed")  ? "allowed"
                              : ctl_json_is_true(row, "banned") ? "yes"
                                                                : "no");
    }
    fputc('\n', stdout);
    print_table_write(table, stdout, 0, true);
    print_table_free(&table);
}

static int64_t number_of(const struct ctl_json *object, const char *name)
{
    int64_t number = 0;
    ctl_json_number(object, name, &number);
    return number;
}
