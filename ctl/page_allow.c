/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl allow list: one line a prefix, whoever owns its entries; banctl allow check: one sentence
 * an address.
 *
 * The entries of a prefix come one behind the other, the operators' first.
 */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "page.h"
#include "phrase.h"
#include "when.h"

static const struct print_column columns[] = {
    {"NET", false}, {"BY", false}, {"EXPIRES", false}, {"REASON", false}};

/* The row that is being made. */
struct page_allow {
    struct phrase net, by, expires, reason;
};

static void begin_row(struct page_state *state, const struct phrase *net);
static void end_row(struct page_state *state);
static bool is_operators(const struct ctl_json *item);
static void add_operator(struct page_state *state, const struct ctl_json *item);
static void add_node(struct page_allow *row, const struct ctl_json *item);

void page_allow_list_item(struct page_state *state, const struct ctl_json *item)
{
    struct phrase net;
    phrase_begin(&net);
    phrase_add_subject(&net, item);
    if (!state->allow || strcmp(state->allow->net.text, net.text) != 0)
        begin_row(state, &net);
    if (is_operators(item))
        add_operator(state, item);
    else
        add_node(state->allow, item);
}

void page_allow_list_result(struct page_state *state, const struct ctl_json *result)
{
    (void)result;
    end_row(state);
    size_t rows = state->table ? print_table_rows(state->table) : 0;
    if (rows > 0)
        print_table_write(state->table, stdout, 0, true);
    fflush(stdout);
    if (rows == 0)
        fputs("the allowlist is empty\n", stderr);
    else
        fprintf(stderr, "%zu %s\n", rows, rows == 1 ? "sender or network" : "senders and networks");
}

void page_allow_check_item(struct page_state *state, const struct ctl_json *item)
{
    const struct ctl_json *entries = ctl_json_member(item, "allowed_by");
    struct phrase sentence;
    phrase_begin(&sentence);
    phrase_add_asked(&sentence, item);
    phrase_add(&sentence, " is %son the allowlist",
               ctl_json_is_true(item, "allowed") ? "" : "not ");
    for (size_t i = 0; i < ctl_json_size(entries); i++) {
        const struct ctl_json *entry = ctl_json_element(entries, i);
        phrase_add(&sentence, i > 0 ? "; " : ": ");
        phrase_add_subject(&sentence, entry);
        phrase_add(&sentence, " (");
        phrase_add_allow(&sentence, entry, state->now_ms);
        phrase_add(&sentence, ")");
    }
    phrase_print(&sentence);
}

static void begin_row(struct page_state *state, const struct phrase *net)
{
    end_row(state);
    state->allow = calloc(1, sizeof(*state->allow));
    if (!state->allow)
        memory_exhausted();
    phrase_begin(&state->allow->by);
    phrase_begin(&state->allow->expires);
    phrase_begin(&state->allow->reason);
    state->allow->net = *net;
}

static void end_row(struct page_state *state)
{
    struct page_allow *row = state->allow;
    if (!row)
        return;
    if (!state->table)
        state->table = print_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    print_cell(state->table, row->net.text);
    print_cell(state->table, row->by.text);
    print_cell(state->table, row->expires.text);
    print_cell(state->table, row->reason.text);
    free(row);
    state->allow = NULL;
}

static bool is_operators(const struct ctl_json *item)
{
    const char *owner = ctl_json_text(item, "owner");
    return owner && strcmp(owner, "operator") == 0;
}

/* "office (alice)" */
static void add_operator(struct page_state *state, const struct ctl_json *item)
{
    struct page_allow *row = state->allow;
    char time[WHEN_TEXT_SIZE];
    const char *actor = ctl_json_text(item, "actor");
    const char *reason = ctl_json_text(item, "reason");
    phrase_add(&row->by, "operator");
    phrase_add(&row->expires, "%s",
               when_relative(ctl_json_text(item, "until"), state->now_ms, "permanent", time));
    if (reason)
        phrase_add(&row->reason, "%s", reason);
    if (actor && actor[0] != '\0')
        phrase_add(&row->reason, "%s(%s)", row->reason.length > 0 ? " " : "", actor);
}

/* What a node's configuration says is renewed daily: it has no end while the node is there. */
static void add_node(struct page_allow *row, const struct ctl_json *item)
{
    const char *reason = ctl_json_text(item, "reason");
    phrase_add(&row->by, "%s", row->by.length > 0 ? " " : "");
    if (!phrase_add_node(&row->by, item, "owner"))
        phrase_add(&row->by, "-");
    if (strcmp(row->expires.text, "permanent") != 0) {
        phrase_begin(&row->expires);
        phrase_add(&row->expires, "renewed");
    }
    if (row->reason.length == 0 && reason)
        phrase_add(&row->reason, "%s", reason);
}
