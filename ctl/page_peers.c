/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl peers: one line a peer, below a peer what is wrong with it.
 */
#include "page.h"
#include "page_cluster.h"
#include "phrase.h"
#include "when.h"

#include <string.h>

static const struct print_column columns[] = {
    {"NAME", false}, {"STATE", false}, {"SEEN", false},    {"VERSION", false},  {"CLOCK", true},
    {"SAME", false}, {"SENT", true},   {"RECEIVED", true}, {"ENDPOINT", false}, {"DETAIL", false},
};

/* What a narrow terminal does without, the first one first. */
static const char *const spare[] = {"ENDPOINT", "SENT", "RECEIVED", "VERSION", "CLOCK", NULL};

static void begin(struct page_state *state);
static void add_seen(struct print_table *table, const struct ctl_json *item);
static void add_clock(struct print_table *table, const struct ctl_json *item);
static void add_same(struct print_table *table, const struct ctl_json *item);
static void add_bytes(struct print_table *table, const struct ctl_json *item, const char *name);
static void add_detail(struct print_table *table, const struct ctl_json *item);

void page_peers_item(struct page_state *state, const struct ctl_json *item)
{
    if (!state->table)
        begin(state);
    const char *peer_state = ctl_json_text(item, "state");
    print_cell(state->table, ctl_json_text(item, "name"));
    bool is_up = peer_state && strcmp(peer_state, "up") == 0;
    print_cell_colored(state->table, page_cluster_color(peer_state), peer_state);
    add_seen(state->table, item);
    print_cell(state->table, ctl_json_text(item, "version"));
    add_clock(state->table, item);
    add_same(state->table, item);
    add_bytes(state->table, item, "bytes_sent");
    add_bytes(state->table, item, "bytes_received");
    print_cell(state->table, ctl_json_text(item, "endpoint"));
    add_detail(state->table, item);
    if (is_up)
        state->good_count++;
}

/* That it only observes is nothing wrong, but nobody should overlook it. */
static void add_detail(struct print_table *table, const struct ctl_json *item)
{
    const char *detail = ctl_json_text(item, "detail");
    const char *mode = ctl_json_text(item, "mode");
    bool observes = mode && strcmp(mode, "observe") == 0;
    if (observes && detail)
        print_cell_format(table, "observes; %s", detail);
    else
        print_cell(table, observes ? "observes" : detail);
}

void page_peers_result(struct page_state *state, const struct ctl_json *result)
{
    (void)result;
    if (state->table) {
        print_table_sort(state->table);
        print_table_write(state->table, stdout, 0, true);
    }
    fflush(stdout);
    if (state->item_count == 0)
        fputs("no peers: this node is alone\n", stderr);
    else
        fprintf(stderr, "%zu of %zu up\n", state->good_count, state->item_count);
}

static void begin(struct page_state *state)
{
    state->table = print_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    print_table_may_lack(state->table, spare);
}

static void add_seen(struct print_table *table, const struct ctl_json *item)
{
    char span[WHEN_TEXT_SIZE];
    int64_t ago_ms;
    if (!ctl_json_number(item, "last_seen_ms", &ago_ms)) {
        print_cell(table, "never");
        return;
    }
    when_span(ago_ms, span);
    print_cell_format(table, "%s ago", span);
}

static void add_clock(struct print_table *table, const struct ctl_json *item)
{
    int64_t offset_ms;
    if (ctl_json_number(item, "clock_offset_ms", &offset_ms))
        print_cell_format(table, "%+lld ms", (long long)offset_ms);
    else
        print_cell(table, NULL);
}

static void add_same(struct print_table *table, const struct ctl_json *item)
{
    const char *state = ctl_json_text(item, "state");
    if (state && strcmp(state, "down") == 0)
        print_cell(table, NULL); /* what it was before says nothing now */
    else if (ctl_json_is_true(item, "same"))
        print_cell(table, "yes");
    else if (ctl_json_is_false(item, "same"))
        print_cell_colored(table, TERMINAL_RED, "no");
    else
        print_cell(table, NULL);
}

static void add_bytes(struct print_table *table, const struct ctl_json *item, const char *name)
{
    struct phrase text;
    phrase_begin(&text);
    int64_t bytes;
    if (ctl_json_number(item, name, &bytes))
        phrase_add_bytes(&text, bytes);
    print_cell(table, text.text);
}
