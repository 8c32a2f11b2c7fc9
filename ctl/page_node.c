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

/* What a narrow terminal does without, the first one first. */
static const char *const spare[] = {"KEY", "VERSION", "REFUSED", "BY HAND", NULL};

static void begin(struct page_state *state);
static void add_state(struct print_table *table, const char *state);
static void add_seen(struct print_table *table, const struct ctl_json *item);
static void add_number(struct print_table *table, const struct ctl_json *item, const char *name);

void page_node_item(struct page_state *state, const struct ctl_json *item)
{
    if (!state->table)
        begin(state);
    const char *key = ctl_json_text(item, "key");
    print_cell(state->table, ctl_json_text(item, "name"));
    add_state(state->table, ctl_json_text(item, "state"));
    add_seen(state->table, item);
    print_cell(state->table, ctl_json_text(item, "version"));
    add_number(state->table, item, "strikes");
    add_number(state->table, item, "bans");
    add_number(state->table, item, "operator_bans");
    add_number(state->table, item, "allow_entries");
    add_number(state->table, item, "refused");
    print_cell(state->table, key ? key : ctl_json_text(item, "id"));
    print_cell(state->table, ctl_json_text(item, "detail"));
}

void page_node_result(struct page_state *state, const struct ctl_json *result)
{
    (void)result;
    if (!state->table)
        return;
    print_table_sort(state->table);
    print_table_write(state->table, stdout, 0, true);
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
    state->table = print_table_new(columns, sizeof(columns) / sizeof(columns[0]));
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
