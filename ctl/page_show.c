/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl show: a sentence, what it rests on line by line, then facts and strikes as tables.
 *
 * Lines that would say nothing are left out.
 */
#include <string.h>

#include "beside.h"
#include "page.h"
#include "page_strikes.h"
#include "paragraph.h"
#include "phrase.h"
#include "when.h"

static const struct print_column line_columns[] = {{"", false}, {"", false}};
static const struct print_column fact_columns[] = {
    {"FIRST", false}, {"LAST", false},      {"UNTIL", false},
    {"LEVEL", true},  {"FORGOTTEN", false}, {"NODES", false},
};

/* What a narrow terminal does without: the line "level" tells it of what counts. */
static const char *const fact_spare[] = {"FORGOTTEN", NULL};

/* From so many columns on whole times fit. */
enum { FACTS_WIDE = 100 };

static void print_sentence(const struct page_state *state, const struct ctl_json *item);
static void add_standing(struct phrase *sentence, const struct page_state *state,
                         const struct ctl_json *item);
static void print_parts(const struct page_state *state, const struct ctl_json *item);
static void add_line(struct print_table *table, const char *label, const char *text);
static void add_count(struct print_table *table, const struct ctl_json *item);
static void add_quota(struct phrase *text, const struct ctl_json *item);
static void add_addresses(struct print_table *table, const struct ctl_json *item);
static void add_accounts(struct print_table *table, const struct ctl_json *item);
static void add_time(struct print_table *table, const struct page_state *state,
                     const struct ctl_json *item, const char *label, const char *name);
static void add_level(struct print_table *table, const struct page_state *state,
                      const struct ctl_json *item);
static void add_cut(struct print_table *table, const struct page_state *state,
                    const struct ctl_json *item);
static void add_command(struct print_table *table, const struct page_state *state,
                        const struct ctl_json *item);
static void add_texts(struct print_table *table, const struct ctl_json *item, const char *label,
                      const char *name);
static void add_allowed(struct print_table *table, const struct page_state *state,
                        const struct ctl_json *item);
static void print_facts(const struct page_state *state, const struct ctl_json *item);

void page_show_item(struct page_state *state, const struct ctl_json *item)
{
    print_sentence(state, item);
    print_parts(state, item);
    beside_print(item);
    print_facts(state, item);
    page_strikes_print(ctl_json_member(item, "strikes"),
                       "strikes: the ratelimit hits that are remembered, the newest first");
}

static void print_sentence(const struct page_state *state, const struct ctl_json *item)
{
    struct phrase sentence;
    phrase_begin(&sentence);
    phrase_add_subject(&sentence, item);
    add_standing(&sentence, state, item);
    phrase_print(&sentence);
}

/* An entry of the allowlist keeps it out of the map, a wider ban puts it in. */
static void add_standing(struct phrase *sentence, const struct page_state *state,
                         const struct ctl_json *item)
{
    char time[WHEN_TEXT_SIZE];
    const char *expires = ctl_json_text(item, "expires");
    const char *cover = ctl_json_element_text(ctl_json_member(item, "covered_by"), 0);
    bool allowed = ctl_json_is_true(item, "allowed");
    if (ctl_json_is_true(item, "banned")) {
        if (expires)
            phrase_add(sentence, " is banned; expires %s",
                       when_relative(expires, state->now_ms, "", time));
        else
            phrase_add(sentence, " is banned permanently");
        phrase_add(sentence, "%s", allowed ? ", but kept out of the map (allowlist)" : "");
        if (ctl_json_is_true(item, "observe") && !allowed)
            phrase_add(sentence, "; this node only observes");
    } else if (allowed || !cover) {
        phrase_add(sentence, " is not banned%s", allowed ? " (allowlist)" : "");
    } else {
        phrase_add(sentence, " is banned by ");
        phrase_add_net(sentence, cover);
        phrase_add(sentence, "; it has no ban of its own");
    }
}

static void print_parts(const struct page_state *state, const struct ctl_json *item)
{
    struct print_table *table = print_table_new(line_columns, 2);
    struct phrase nodes;
    phrase_begin(&nodes);
    phrase_add_nodes(&nodes, item);
    add_count(table, item);
    add_line(table, "nodes", nodes.text);
    add_accounts(table, item);
    add_addresses(table, item);
    add_texts(table, item, "buckets", "buckets");
    add_time(table, state, item, "since", "since");
    add_time(table, state, item, "last hit", "last_hit");
    add_time(table, state, item, "expires", "expires");
    add_level(table, state, item);
    add_line(table, "source", ctl_json_text(item, "source"));
    add_line(table, "by", ctl_json_text(item, "actor"));
    add_line(table, "reason", ctl_json_text(item, "reason"));
    add_command(table, state, item);
    add_cut(table, state, item);
    add_texts(table, item, "covered by", "covered_by");
    add_allowed(table, state, item);
    print_table_write(table, stdout, 2, false);
    print_table_free(&table);
}

static void add_line(struct print_table *table, const char *label, const char *text)
{
    if (!text || text[0] == '\0')
        return;
    print_cell(table, label);
    print_cell(table, text);
}

/* "7 of 10 within 10m", "1 of 10 messages within 10m" */
static void add_quota(struct phrase *text, const struct ctl_json *item)
{
    char span[WHEN_TEXT_SIZE];
    const char *counts = ctl_json_text(item, "counts");
    int64_t number;
    if (ctl_json_number(item, "count", &number))
        phrase_add_number(text, number);
    if (ctl_json_number(item, "threshold", &number)) {
        phrase_add(text, " of %lld", (long long)number);
        if (counts && strcmp(counts, "messages") == 0)
            phrase_add(text, " message%s", number == 1 ? "" : "s");
    }
    if (ctl_json_number(item, "window_ms", &number)) {
        when_span(number, span);
        phrase_add(text, " within %s", span);
    }
}

/* "10 hits, 1 message (10 of 10 within 10m)" */
static void add_count(struct print_table *table, const struct ctl_json *item)
{
    struct phrase text, quota;
    phrase_begin(&text);
    phrase_begin(&quota);
    if (ctl_json_is_false(item, "counted")) {
        add_line(table, "count", "no hits are counted against accounts: [detect] accounts = off");
        return;
    }
    phrase_add_hits(&text, item);
    add_quota(&quota, item);
    if (quota.length > 0)
        phrase_add(&text, "%s(%s)", text.length > 0 ? " " : "", quota.text);
    add_line(table, "count", text.text);
}

/* Of an account from how many addresses it was used, and which. */
static void add_addresses(struct print_table *table, const struct ctl_json *item)
{
    int64_t count;
    struct phrase text;
    phrase_begin(&text);
    if (!ctl_json_number(item, "address_count", &count) || count == 0)
        return;
    phrase_add_counted(&text, count, count == 1 ? "address" : "addresse");
    phrase_add(&text, ": ");
    phrase_add_first_texts(&text, ctl_json_member(item, "addresses"), count);
    add_line(table, "used from", text.text);
}

/* Of an address which accounts were used from it. */
static void add_accounts(struct print_table *table, const struct ctl_json *item)
{
    int64_t count = 0; /* an agent of before does not tell it */
    struct phrase text;
    phrase_begin(&text);
    ctl_json_number(item, "account_count", &count);
    phrase_add_first_texts(&text, ctl_json_member(item, "accounts"), count);
    add_line(table, "accounts", text.text);
}

static void add_time(struct print_table *table, const struct page_state *state,
                     const struct ctl_json *item, const char *label, const char *name)
{
    char relative[WHEN_TEXT_SIZE];
    const char *time = ctl_json_text(item, name);
    if (!time)
        return;
    print_cell(table, label);
    print_cell_format(table, "%s (%s)", time, when_relative(time, state->now_ms, "", relative));
}

/* "2nd ban, 1d; forgotten 2026-11-23T09:42:00Z (in 90d)"; of who is not banned, or by an operator:
 * "2 bans remembered; ..." */
static void add_level(struct print_table *table, const struct page_state *state,
                      const struct ctl_json *item)
{
    char relative[WHEN_TEXT_SIZE];
    const char *forgotten = ctl_json_text(item, "forgotten");
    int64_t level = 0;
    struct phrase text;
    phrase_begin(&text);
    if (!ctl_json_number(item, "level", &level) || level == 0)
        return;
    phrase_add_ban(&text, item);
    if (text.length == 0) {
        phrase_add_counted(&text, level, "ban");
        phrase_add(&text, " remembered");
    }
    if (forgotten)
        phrase_add(&text, "; forgotten %s (%s)", forgotten,
                   when_relative(forgotten, state->now_ms, "", relative));
    else
        phrase_add(&text, "; never forgotten");
    add_line(table, "level", text.text);
}

/* "2026-11-23T09:42:00Z (2m ago); strikes up to then no longer count"; what an unban forgot
 * likewise
 */
static void add_cut(struct print_table *table, const struct page_state *state,
                    const struct ctl_json *item)
{
    char relative[WHEN_TEXT_SIZE];
    const char *time = ctl_json_text(item, "cut");
    if (!time)
        return;
    print_cell(table, "cut");
    print_cell_format(table, "%s (%s); strikes up to then no longer count", time,
                      when_relative(time, state->now_ms, "", relative));
    time = ctl_json_text(item, "cut_levels");
    if (!time)
        return;
    print_cell(table, "forgotten");
    print_cell_format(table, "%s (%s); bans up to then no longer count", time,
                      when_relative(time, state->now_ms, "", relative));
}

/* "unbanned 2m ago by root: ticket 4711" */
static void add_command(struct print_table *table, const struct page_state *state,
                        const struct ctl_json *item)
{
    char relative[WHEN_TEXT_SIZE];
    const struct ctl_json *command = ctl_json_member(item, "manual");
    const char *kind = ctl_json_text(command, "kind");
    const char *actor = ctl_json_text(command, "actor");
    const char *reason = ctl_json_text(command, "reason");
    struct phrase text;
    if (!kind)
        return;
    phrase_begin(&text);
    phrase_add(&text, "%s %s", strcmp(kind, "unban") == 0 ? "unbanned" : "banned",
               when_relative(ctl_json_text(command, "time"), state->now_ms, "", relative));
    if (actor && actor[0] != '\0')
        phrase_add(&text, " by %s", actor);
    if (reason && reason[0] != '\0')
        phrase_add(&text, ": %s", reason);
    add_line(table, "command", text.text);
}

static void add_texts(struct print_table *table, const struct ctl_json *item, const char *label,
                      const char *name)
{
    struct phrase texts;
    phrase_begin(&texts);
    phrase_add_texts(&texts, ctl_json_member(item, name));
    add_line(table, label, texts.text);
}

static void add_allowed(struct print_table *table, const struct page_state *state,
                        const struct ctl_json *item)
{
    const struct ctl_json *allowed = ctl_json_member(item, "allowed_by");
    for (size_t i = 0; i < ctl_json_size(allowed); i++) {
        struct phrase text;
        const struct ctl_json *entry = ctl_json_element(allowed, i);
        phrase_begin(&text);
        phrase_add_subject(&text, entry);
        phrase_add(&text, " (");
        phrase_add_allow(&text, entry, state->now_ms);
        phrase_add(&text, ")");
        add_line(table, "allowed by", text.text);
    }
}

/* Where whole times do not fit beside the rest, short ones do. */
static void add_fact_time(struct print_table *table, const struct page_state *state,
                          const struct ctl_json *fact, const char *name)
{
    char text[WHEN_TEXT_SIZE];
    const char *time = ctl_json_text(fact, name);
    size_t room = terminal_columns(stdout);
    print_cell(table, room > 0 && room < FACTS_WIDE ? when_short(time, state->now_ms, text) : time);
}

static void print_facts(const struct page_state *state, const struct ctl_json *item)
{
    const struct ctl_json *facts = ctl_json_member(item, "facts");
    if (ctl_json_size(facts) == 0)
        return;
    struct print_table *table = print_table_new(fact_columns, 6);
    print_table_may_lack(table, fact_spare);
    for (size_t i = 0; i < ctl_json_size(facts); i++) {
        char until[WHEN_TEXT_SIZE];
        const struct ctl_json *fact = ctl_json_element(facts, i);
        struct phrase nodes;
        phrase_begin(&nodes);
        int64_t level = 0;
        ctl_json_number(fact, "level", &level);
        phrase_add_nodes(&nodes, fact);
        add_fact_time(table, state, fact, "first");
        add_fact_time(table, state, fact, "last");
        print_cell(table,
                   when_relative(ctl_json_text(fact, "until"), state->now_ms, "permanent", until));
        print_cell_format(table, "%lld", (long long)level);
        print_cell(table,
                   when_relative(ctl_json_text(fact, "forgotten"), state->now_ms, "never", until));
        print_cell(table, nodes.text);
    }
    paragraph_print(
        stdout, TERMINAL_PLAIN, 0, "  ",
        "facts: what its strikes proved, and until when that bans; level: how often banned");
    print_table_write(table, stdout, 2, true);
    print_table_free(&table);
}
