/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl history: one line a command of an operator or a ban by hits, the newest first.
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

/* From WIDE columns on the whole time fits beside all that is never left out, each cut to what it
 * may be cut to; with a short time that fits NARROW. */
enum { WIDE = 100, NARROW = 80 };

/* What a terminal does without where it must, and a narrow one, the first one first. */
static const char *const spare[] = {"UNTIL", NULL};
static const char *const narrow_spare[] = {"UNTIL", "NODE", NULL};

static void begin(struct page_state *state);
static bool is_below(size_t width);
static void add_when(struct page_state *state, const struct ctl_json *item);
static bool is_by_hits(const struct ctl_json *item);
static void add_who(struct print_table *table, const struct ctl_json *item);
static void add_subject(struct print_table *table, const struct ctl_json *item);
static void add_many(struct phrase *text, const struct ctl_json *item, int64_t count);
static void add_until(struct print_table *table, const struct ctl_json *item, int64_t now_ms);
static void add_reason(struct print_table *table, const struct ctl_json *item);

void page_history_item(struct page_state *state, const struct ctl_json *item)
{
    if (!state->table)
        begin(state);
    add_when(state, item);
    print_cell(state->table, ctl_json_text(item, "node"));
    add_who(state->table, item);
    print_cell(state->table, ctl_json_text(item, "action"));
    add_subject(state->table, item);
    add_until(state->table, item, state->now_ms);
    add_reason(state->table, item);
}

void page_history_result(struct page_state *state, const struct ctl_json *result)
{
    int64_t total = (int64_t)state->item_count, memory_ms;
    char span[WHEN_TEXT_SIZE];
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
    if (ctl_json_number(result, "memory_ms", &memory_ms)) {
        when_span(memory_ms, span);
        phrase_add(&text, "; what this node is told to do is remembered for %s", span);
    }
    if (is_of_one)
        phrase_add(&text, "; commands for many at once, but for \"unban --all\" and "
                          "\"--by-node\", are only in \"banctl history\"");
    paragraph_print(stderr, TERMINAL_PLAIN, 0, "  ", text.text);
}

static void begin(struct page_state *state)
{
    state->table = print_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    print_table_may_lack(state->table, is_below(NARROW) ? narrow_spare : spare);
}

/* False where no terminal is: there nothing is short. */
static bool is_below(size_t width)
{
    size_t room = terminal_columns(stdout);
    return room > 0 && room < width;
}

static void add_when(struct page_state *state, const struct ctl_json *item)
{
    char text[WHEN_TEXT_SIZE];
    const char *time = ctl_json_text(item, "time");
    print_cell(state->table, is_below(WIDE) ? when_short(time, state->now_ms, text) : time);
}

static bool is_by_hits(const struct ctl_json *item)
{
    const char *source = ctl_json_text(item, "source");
    return source && strcmp(source, "hits") == 0;
}

/* "alice (1000)"; where that is too much for the terminal "alice" */
static void add_who(struct print_table *table, const struct ctl_json *item)
{
    const char *actor = ctl_json_text(item, "actor");
    struct phrase text;
    int64_t uid;
    phrase_begin(&text);
    if (is_by_hits(item))
        phrase_add(&text, "hits");
    else if (actor)
        phrase_add(&text, "%s", actor);
    if (ctl_json_number(item, "uid", &uid) && (text.length == 0 || !is_below(WIDE)))
        phrase_add(&text, "%s(%lld)", text.length > 0 ? " " : "", (long long)uid);
    print_cell(table, text.text);
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

static void add_until(struct print_table *table, const struct ctl_json *item, int64_t now_ms)
{
    char time[WHEN_TEXT_SIZE];
    const char *absent = ctl_json_is_true(item, "permanent") ? "permanent" : "-";
    print_cell(table, when_relative(ctl_json_text(item, "until"), now_ms, absent, time));
}

/* "10 hits: mx1 4, mx2 6; 2nd ban" */
static void add_reason(struct print_table *table, const struct ctl_json *item)
{
    struct phrase text, counts;
    int64_t hits, level;
    if (!is_by_hits(item)) {
        print_cell(table, ctl_json_text(item, "reason"));
        return;
    }
    phrase_begin(&text);
    if (ctl_json_number(item, "hits", &hits)) {
        phrase_begin(&counts);
        phrase_add_counts(&counts, ctl_json_member(item, "nodes"));
        phrase_add_counted(&text, hits, "hit");
        phrase_add(&text, "%s%s", counts.length > 0 ? ": " : "", counts.text);
    }
    if (ctl_json_number(item, "level", &level)) {
        phrase_add(&text, "; ");
        phrase_add_ordinal(&text, level);
        phrase_add(&text, " ban");
    }
    print_cell(table, text.text);
}
