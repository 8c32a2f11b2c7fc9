/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl digest: one line a node.
 */
#include "page.h"
#include "page_cluster.h"

#include <string.h>

/* Hashes count as numbers: a part of one would be another. */
static const struct print_column columns[] = {
    {"NODE", false}, {"STATE", false}, {"SAME", false},
    {"MAP", true},   {"FILE", true},   {"DIGEST", true},
};

/* What a narrow terminal does without: SAME tells what it is for. */
static const char *const spare[] = {"FILE", "MAP", NULL};

static void begin(struct page_state *state);
static void add_same(struct print_table *table, const struct ctl_json *item);

void page_digest_item(struct page_state *state, const struct ctl_json *item)
{
    const char *node_state = ctl_json_text(item, "state");
    if (!state->table)
        begin(state);
    print_cell(state->table, ctl_json_text(item, "node"));
    print_cell_colored(state->table, page_cluster_color(node_state), node_state);
    add_same(state->table, item);
    print_cell(state->table, ctl_json_text(item, "map_hash"));
    print_cell(state->table, ctl_json_text(item, "file_hash"));
    print_cell(state->table, ctl_json_text(item, "digest"));
    if (ctl_json_is_true(item, "same"))
        state->good_count++;
}

void page_digest_result(struct page_state *state, const struct ctl_json *result)
{
    (void)result;
    if (state->table)
        print_table_write(state->table, stdout, 0, true);
    fflush(stdout);
    fprintf(stderr, "%zu of %zu the same\n", state->good_count, state->item_count);
}

static void begin(struct page_state *state)
{
    state->table = print_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    print_table_may_lack(state->table, spare);
}

static void add_same(struct print_table *table, const struct ctl_json *item)
{
    if (ctl_json_is_true(item, "same"))
        print_cell_colored(table, TERMINAL_GREEN, "yes");
    else if (ctl_json_is_false(item, "same"))
        print_cell_colored(table, TERMINAL_RED, "no");
    else
        print_cell(table, NULL);
}
