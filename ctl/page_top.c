/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl top: one line a sender that approaches a ban, how many there are before it on a screen,
 * else below it on stderr.
 */
#include <string.h>

#include "page.h"
#include "phrase.h"
#include "screen.h"
#include "when.h"

static const struct print_column columns[] = {
    {"SENDER", false}, {"COUNT", true},  {"HITS", true},      {"MESSAGES", true},
    {"LAST", true},    {"NODES", false}, {"ACCOUNTS", false},
};

/* What a narrow terminal does without, the first one first. */
static const char *const spare[] = {"MESSAGES", "HITS", "NODES", "LAST", NULL};

static void begin(struct page_state *state);
static void add_count(struct print_table *table, const struct ctl_json *item);
static void add_number(struct print_table *table, const struct ctl_json *item, const char *name);
static void add_accounts(struct print_table *table, const struct ctl_json *item);
static void print_summary(FILE *stream, const struct page_state *state,
                          const struct ctl_json *result);
static void add_summary(struct phrase *text, const struct page_state *state,
                        const struct ctl_json *result);

void page_top_item(struct page_state *state, const struct ctl_json *item)
{
    char time[WHEN_TEXT_SIZE];
    struct phrase text;
    if (!state->table)
        begin(state);
    phrase_begin(&text);
    phrase_add_subject(&text, item);
    print_cell(state->table, text.text);
    add_count(state->table, item);
    add_number(state->table, item, "hits");
    add_number(state->table, item, "messages");
    print_cell(state->table, when_relative(ctl_json_text(item, "last"), state->now_ms, "-", time));
    phrase_begin(&text);
    phrase_add_nodes(&text, item);
    print_cell(state->table, text.text);
    add_accounts(state->table, item);
}

/* A screen that is too low for all of it does without the summary, then without titles. */
void page_top_result(struct page_state *state, const struct ctl_json *result)
{
    if (state->screen_rows > 0)
        screen_clear();
    if (state->screen_rows > 3)
        print_summary(stdout, state, result);
    if (state->table)
        print_table_write(state->table, stdout, 0,
                          state->screen_rows == 0 || state->screen_rows > 2);
    fflush(stdout);
    if (state->screen_rows == 0)
        print_summary(stderr, state, result);
}

static void begin(struct page_state *state)
{
    state->table = print_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    print_table_may_lack(state->table, spare);
    if (state->screen_rows > 0)
        print_table_cut_last(state->table);
}

/* "7 of 10"; red if the next one may ban, yellow from half on. */
static void add_count(struct print_table *table, const struct ctl_json *item)
{
    int64_t count, threshold;
    struct phrase text;
    enum terminal_color color = TERMINAL_PLAIN;
    if (!ctl_json_number(item, "count", &count) ||
        !ctl_json_number(item, "threshold", &threshold)) {
        print_cell(table, NULL);
        return;
    }
    if (count >= threshold - 1)
        color = TERMINAL_RED;
    else if (count >= threshold - count)
        color = TERMINAL_YELLOW;
    phrase_begin(&text);
    phrase_add(&text, "%lld of %lld", (long long)count, (long long)threshold);
    print_cell_colored(table, color, text.text);
}

static void add_number(struct print_table *table, const struct ctl_json *item, const char *name)
{
    int64_t number;
    struct phrase text;
    phrase_begin(&text);
    if (ctl_json_number(item, name, &number))
        phrase_add_number(&text, number);
    print_cell(table, text.text);
}

/* And why reaching the threshold would change nothing in the map. */
static void add_accounts(struct print_table *table, const struct ctl_json *item)
{
    const char *cover = ctl_json_text(item, "cover");
    struct phrase text;
    phrase_begin(&text);
    if (ctl_json_is_true(item, "allowed"))
        phrase_add(&text, "(on the allowlist) ");
    if (cover) {
        phrase_add(&text, "(banned by ");
        phrase_add_net(&text, cover);
        phrase_add(&text, ") ");
    }
    phrase_add_beside(&text, item);
    while (text.length > 0 && text.text[text.length - 1] == ' ')
        text.text[--text.length] = '\0';
    print_cell(table, text.text);
}

static void print_summary(FILE *stream, const struct page_state *state,
                          const struct ctl_json *result)
{
    struct phrase text;
    phrase_begin(&text);
    add_summary(&text, state, result);
    print_text(stream, text.text);
    fputc('\n', stream);
}

/* "20 of 31 senders that approach the threshold of 10 hits within 10m" */
static void add_summary(struct phrase *text, const struct page_state *state,
                        const struct ctl_json *result)
{
    char span[WHEN_TEXT_SIZE];
    const char *counts = ctl_json_text(result, "counts");
    const char *node = ctl_json_text(result, "node");
    int64_t total = (int64_t)state->item_count, threshold, window_ms;
    ctl_json_number(result, "total", &total);
    if (node && state->screen_rows > 0)
        phrase_add(text, "%s: ", node);
    if (total == 0)
        phrase_add(text, "no sender approaches");
    else
        phrase_add(text, "%zu of ", state->item_count);
    if (total > 0) {
        phrase_add_counted(text, total, "sender");
        phrase_add(text, " that approach%s", total == 1 ? "es" : "");
    }
    phrase_add(text, " the threshold");
    if (ctl_json_number(result, "threshold", &threshold)) {
        phrase_add(text, " of ");
        phrase_add_counted(text, threshold,
                           counts && strcmp(counts, "messages") == 0 ? "message" : "hit");
    }
    if (ctl_json_number(result, "window_ms", &window_ms)) {
        when_span(window_ms, span);
        phrase_add(text, " within %s", span);
    }
}
