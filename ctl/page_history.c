/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl history: a command of an operator or a ban by hits, the newest first: one line each, on a
 * narrow terminal two, so that nothing of whom it is about is ever cut.
 */
#include <stdbool.h>
#include <string.h>

#include "page.h"
#include "paragraph.h"
#include "phrase.h"
#include "when.h"

static const struct print_column columns[] = {
    {"WHEN", false},    {"NODE", false},  {"WHO", false},    {"ACTION", false},
    {"SUBJECT", false}, {"UNTIL", false}, {"REASON", false},
};

/* Below each subject is what has no column. */
static const struct print_column narrow_columns[] = {
    {"WHEN", false}, {"ACTION", false}, {"SUBJECT", false}};

/* From so many columns on any network fits beside all that is never left out, each cut to what it
 * may be cut to. */
enum { WIDE = 120 };

/* What a terminal does without where it must, the first one first. */
static const char *const spare[] = {"UNTIL", "NODE", NULL};

static void add_row(struct page_state *state, const struct ctl_json *item);
static void add_two_rows(struct page_state *state, const struct ctl_json *item);
static bool is_narrow(void);
static bool is_by_hits(const struct ctl_json *item);
static void add_who(struct phrase *text, const struct ctl_json *item);
static void add_subject(struct print_table *table, const struct ctl_json *item);
static void add_many(struct phrase *text, const struct ctl_json *item, int64_t count);
static void add_hits(struct phrase *text, const struct ctl_json *item);
static void add_operator(struct phrase *text, const struct ctl_json *item);
static void add_end(struct phrase *text, const struct ctl_json *item, int64_t now_ms);
static void add_bound(struct phrase *text, const struct ctl_json *result, bool is_of_one);

void page_history_item(struct page_state *state, const struct ctl_json *item)
{
    bool narrow = is_narrow();
    if (!state->table && narrow) {
        state->table = print_table_new(narrow_columns, 3);
    } else if (!state->table) {
        state->table = print_table_new(columns, sizeof(columns) / sizeof(columns[0]));
        print_table_may_lack(state->table, spare);
        print_table_keep_whole(state->table, "SUBJECT");
    }
    if (narrow)
        add_two_rows(state, item);
    else
        add_row(state, item);
}

void page_history_result(struct page_state *state, const struct ctl_json *result)
{
    int64_t total = (int64_t)state->item_count;
    bool is_of_one = ctl_json_text(result, "net") || ctl_json_text(result, "account");
    struct phrase text;
    phrase_begin(&text);
    ctl_json_number(result, "total", &total);
    if (state->table)
        print_table_write(state->table, stdout, 0, true);
    fflush(stdout);
    if (total == 0)
        phrase_add(&text, is_of_one ? "nothing is known" : "no command is known");
    else if (total == (int64_t)state->item_count)
        phrase_add_number(&text, total);
    else
        phrase_add(&text, "the newest %zu of ", state->item_count);
    if (total > (int64_t)state->item_count)
        phrase_add_number(&text, total);
    if (total > 0)
        phrase_add(&text, " %s", total == 1 ? "entry" : "entries");
    add_bound(&text, result, is_of_one);
    paragraph_print(stderr, TERMINAL_PLAIN, 0, "  ", text.text);
}

/* What cannot be among the entries. */
static void add_bound(struct phrase *text, const struct ctl_json *result, bool is_of_one)
{
    int64_t memory_ms;
    char span[WHEN_TEXT_SIZE];
    if (ctl_json_number(result, "memory_ms", &memory_ms)) {
        when_span(memory_ms, span);
        phrase_add(text, "; commands given on this node are kept for %s", span);
    }
    if (is_of_one)
        phrase_add(text, "; imports and other commands for many at once, but for unban --all and "
                         "--by-node, are not among them: for those see banctl history without a "
                         "sender");
}

static bool is_narrow(void)
{
    size_t room = terminal_columns(stdout);
    return room > 0 && room < WIDE;
}

static void add_row(struct page_state *state, const struct ctl_json *item)
{
    struct print_table *table = state->table;
    const char *absent = ctl_json_is_true(item, "permanent") ? "permanent" : "-";
    char time[WHEN_TEXT_SIZE];
    struct phrase who, hits;
    phrase_begin(&who);
    phrase_begin(&hits);
    add_who(&who, item);
    add_hits(&hits, item);
    print_cell(table, ctl_json_text(item, "time"));
    page_cell_node(table, item, "node");
    print_cell(table, who.text);
    print_cell(table, ctl_json_text(item, "action"));
    add_subject(table, item);
    print_cell(table, when_relative(ctl_json_text(item, "until"), state->now_ms, absent, time));
    print_cell(table, is_by_hits(item) ? hits.text : ctl_json_text(item, "reason"));
}

/* "alice (1000) on mx1, ends in 57m: ticket 4711" below the subject, or "10 hits: mx1 4, mx2 6; 2nd
 * ban, ended 3h ago" */
static void add_two_rows(struct page_state *state, const struct ctl_json *item)
{
    struct print_table *table = state->table;
    const char *reason = ctl_json_text(item, "reason");
    char time[WHEN_TEXT_SIZE];
    struct phrase rest;
    phrase_begin(&rest);
    print_cell(table, when_short(ctl_json_text(item, "time"), state->now_ms, time));
    print_cell(table, ctl_json_text(item, "action"));
    add_subject(table, item);
    if (is_by_hits(item))
        add_hits(&rest, item);
    else
        add_operator(&rest, item);
    add_end(&rest, item, state->now_ms);
    if (reason)
        phrase_add(&rest, "%s%s", rest.length > 0 ? ": " : "", reason);
    if (rest.length == 0)
        return;
    print_cell(table, " ");
    print_cell(table, " ");
    print_cell(table, rest.text);
}

static bool is_by_hits(const struct ctl_json *item)
{
    const char *source = ctl_json_text(item, "source");
    return source && strcmp(source, "hits") == 0;
}

/* "alice (1000)" */
static void add_who(struct phrase *text, const struct ctl_json *item)
{
    const char *actor = ctl_json_text(item, "actor");
    int64_t uid;
    if (is_by_hits(item))
        phrase_add(text, "hits");
    else if (actor)
        phrase_add(text, "%s", actor);
    if (ctl_json_number(item, "uid", &uid))
        phrase_add(text, "%s(%lld)", text->length > 0 ? " " : "", (long long)uid);
}

/* "alice (1000) on mx1" */
static void add_operator(struct phrase *text, const struct ctl_json *item)
{
    struct phrase node;
    phrase_begin(&node);
    add_who(text, item);
    if (phrase_add_node(&node, item, "node"))
        phrase_add(text, "%son %s", text->length > 0 ? " " : "", node.text);
}

static void add_end(struct phrase *text, const struct ctl_json *item, int64_t now_ms)
{
    const char *until = ctl_json_text(item, "until");
    char time[WHEN_TEXT_SIZE];
    int64_t until_ms;
    bool is_over = until && when_parse(until, &until_ms) == 0 && until_ms <= now_ms;
    if (!until && !ctl_json_is_true(item, "permanent"))
        return;
    phrase_comma(text);
    if (until)
        phrase_add(text, "%s ", is_over ? "ended" : "ends");
    phrase_add(text, "%s", when_relative(until, now_ms, "permanent", time));
}

/* A prefix, or how many and of what. */
static void add_subject(struct print_table *table, const struct ctl_json *item)
{
    const char *object = ctl_json_text(item, "object");
    struct phrase text;
    int64_t subjects;
    phrase_begin(&text);
    if (ctl_json_text(item, "net") || ctl_json_text(item, "account"))
        phrase_add_subject(&text, item);
    else if (ctl_json_number(item, "subjects", &subjects))
        add_many(&text, item, subjects);
    if (object)
        phrase_add(&text, "%s%s", text.length > 0 ? " of " : "", object);
    print_cell(table, text.text);
}

/* What a command was about that was about many: node forget ends entries of the allowlist. */
static void add_many(struct phrase *text, const struct ctl_json *item, int64_t count)
{
    const char *action = ctl_json_text(item, "action");
    if (!action || strcmp(action, "node forget") != 0) {
        phrase_add_counted(text, count, "sender");
        return;
    }
    phrase_add_number(text, count);
    phrase_add(text, " allow %s", count == 1 ? "entry" : "entries");
}

/* "10 hits: mx1 4, mx2 6; 2nd ban"; nothing of a command */
static void add_hits(struct phrase *text, const struct ctl_json *item)
{
    struct phrase nodes;
    int64_t hits, level;
    if (!is_by_hits(item))
        return;
    if (ctl_json_number(item, "hits", &hits)) {
        phrase_begin(&nodes);
        phrase_add_nodes(&nodes, item);
        phrase_add_counted(text, hits, "hit");
        phrase_add(text, "%s%s", nodes.length > 0 ? ": " : "", nodes.text);
    }
    if (ctl_json_number(item, "level", &level)) {
        phrase_add(text, "; ");
        phrase_add_ordinal(text, level);
        phrase_add(text, " ban");
    }
}
