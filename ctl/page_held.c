/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl held: one line a sender, and below the table on stderr what can be done; banctl release
 * and drop: the agent's sentence.
 */
#include "grouped.h"
#include "page.h"
#include "paragraph.h"
#include "phrase.h"
#include "when.h"

static const struct print_column columns[] = {
    {"SENDER", false}, {"HITS", false}, {"SINCE", false}, {"LAST", false}, {"ACCOUNTS", false},
};

/* What a narrow terminal does without, the first one first. */
static const char *const spare[] = {"LAST", "ACCOUNTS", NULL};

void page_held_item(struct page_state *state, const struct ctl_json *item)
{
    char time[WHEN_TEXT_SIZE];
    struct phrase cell;
    if (!state->table) {
        state->table = print_table_new(columns, sizeof(columns) / sizeof(columns[0]));
        print_table_may_lack(state->table, spare);
    }
    phrase_begin(&cell);
    phrase_add_subject(&cell, item);
    print_cell(state->table, cell.text);
    phrase_begin(&cell);
    phrase_add_hits(&cell, item);
    print_cell(state->table, cell.text);
    print_cell(state->table, when_relative(ctl_json_text(item, "first"), state->now_ms, "-", time));
    print_cell(state->table, when_relative(ctl_json_text(item, "last"), state->now_ms, "-", time));
    phrase_begin(&cell);
    phrase_add_beside(&cell, item);
    if (ctl_json_is_true(item, "banned"))
        phrase_add(&cell, "%s(banned by other hits)", cell.length > 0 ? " " : "");
    print_cell(state->table, cell.text);
}

void page_held_result(struct page_state *state, const struct ctl_json *result)
{
    int64_t hits = 0, max = 0;
    ctl_json_number(result, "hits", &hits);
    ctl_json_number(result, "max_new_per_minute", &max);
    if (state->table)
        print_table_write(state->table, stdout, 0, true);
    fflush(stdout);
    if (state->item_count == 0) {
        fputs("the brake holds nothing\n", stderr);
        return;
    }
    fprintf(stderr, "%s %s, %s %s held: more than %s a minute were to be banned here\n",
            GROUPED(state->item_count), state->item_count == 1 ? "sender" : "senders",
            GROUPED(hits), hits == 1 ? "hit" : "hits", GROUPED(max));
    fputs("  let them count:     banctl release [IP...] [--account NAME]\n"
          "  let them not count: banctl drop [IP...] [--account NAME]\n",
          stderr);
}

void page_release_result(struct page_state *state, const struct ctl_json *result)
{
    (void)state;
    const char *message = ctl_json_text(result, "message");
    paragraph_print(stdout, TERMINAL_PLAIN, 0, "  ", message ? message : "done");
}
