/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl node list: one line a node, what it has contributed and when it was last seen; node forget
 * and unban --by-node: what came of it.
 */
#include <string.h>

#include "page.h"
#include "page_cluster.h"
#include "paragraph.h"
#include "phrase.h"
#include "when.h"

static const struct print_column columns[] = {
    {"NAME", false},   {"STATE", false}, {"SEEN", false},   {"VERSION", false},
    {"HITS", true},    {"BANS", true},   {"BY HAND", true}, {"ALLOW", true},
    {"REFUSED", true}, {"KEY", false},   {"DETAIL", false},
};

/* From so many columns on a key fits beside all the others. Where there are fewer, keys have a
 * table of their own: a key that is not whole is of no use. */
enum { WIDE = 150 };
static const struct print_column narrow_columns[] = {
    {"NAME", false}, {"STATE", false},  {"SEEN", false}, {"VERSION", false}, {"HITS", true},
    {"BANS", true},  {"BY HAND", true}, {"ALLOW", true}, {"REFUSED", true},  {"DETAIL", false},
};
static const struct print_column key_columns[] = {{"NAME", false}, {"KEY", false}};

/* What a narrow terminal does without, the first one first. */
static const char *const spare[] = {"VERSION", "REFUSED", "BY HAND", NULL};

static void begin(struct page_state *state);
static void add_state(struct print_table *table, const char *state);
static void add_seen(struct print_table *table, const struct ctl_json *item);
static void add_number(struct print_table *table, const struct ctl_json *item, const char *name);
static void add_key(struct page_state *state, const struct ctl_json *item);

void page_node_item(struct page_state *state, const struct ctl_json *item)
{
    if (!state->table)
        begin(state);
    page_cell_node(state->table, item, "name");
    add_state(state->table, ctl_json_text(item, "state"));
    add_seen(state->table, item);
    print_cell(state->table, ctl_json_text(item, "version"));
    add_number(state->table, item, "strikes");
    add_number(state->table, item, "bans");
    add_number(state->table, item, "operator_bans");
    add_number(state->table, item, "allow_entries");
    add_number(state->table, item, "refused");
    add_key(state, item);
    print_cell(state->table, ctl_json_text(item, "detail"));
}

static void add_key(struct page_state *state, const struct ctl_json *item)
{
    const char *key = ctl_json_text(item, "key");
    if (state->below)
        page_cell_node(state->below, item, "name");
    print_cell(state->below ? state->below : state->table, key ? key : ctl_json_text(item, "id"));
}

void page_node_result(struct page_state *state, const struct ctl_json *result)
{
    (void)result;
    if (!state->table)
        return;
    print_table_sort(state->table);
    print_table_write(state->table, stdout, 0, true);
    if (!state->below)
        return;
    putchar('\n');
    print_table_sort(state->below);
    print_table_write(state->below, stdout, 0, true);
}

void page_undo_result(struct page_state *state, const struct ctl_json *result)
{
    (void)state;
    const char *message = ctl_json_text(result, "message");
    const char *hint = ctl_json_text(result, "hint");
    fflush(stdout); /* what was done comes before what came of it */
    if (message)
        paragraph_print_lines(stderr, 0, "", message);
    if (hint)
        paragraph_print_lines(stderr, 0, "  ", hint);
}

static void begin(struct page_state *state)
{
    size_t room = terminal_columns(stdout);
    if (room > 0 && room < WIDE) {
        state->table =
            print_table_new(narrow_columns, sizeof(narrow_columns) / sizeof(narrow_columns[0]));
        state->below = print_table_new(key_columns, sizeof(key_columns) / sizeof(key_columns[0]));
    } else {
        state->table = print_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    }
    print_table_may_lack(state->table, spare);
}

static void add_state(struct print_table *table, const char *state)
{
    if (state && strcmp(state, "forgotten") == 0)
        print_cell(table, state);
    else
        print_cell_colored(table, page_cluster_color(state), state);
}

static void add_seen(struct print_table *table, const struct ctl_json *item)
{
    const char *state = ctl_json_text(item, "state");
    char span[WHEN_TEXT_SIZE];
    int64_t ago_ms;
    if (state && strcmp(state, "self") == 0) {
        print_cell(table, NULL);
    } else if (state && strcmp(state, "up") == 0) {
        print_cell(table, "now");
    } else if (!ctl_json_number(item, "last_seen_ms", &ago_ms)) {
        print_cell(table, "never");
    } else {
        when_span(ago_ms, span);
        print_cell_format(table, "%s ago", span);
    }
}

static void add_number(struct print_table *table, const struct ctl_json *item, const char *name)
{
    int64_t number;
    struct phrase text;
    phrase_begin(&text);
    if (ctl_json_number(item, name, &number))
        phrase_add_number(&text, number);
    print_cell(table, text.length > 0 ? text.text : NULL);
}
