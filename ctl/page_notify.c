/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl notify test: one line a target, and what came of it.
 */
#include "page.h"

static const struct print_column columns[] = {
    {"CHANNEL", false}, {"TARGET", false}, {"RESULT", false}, {"DETAIL", false}};

void page_notify_item(struct page_state *state, const struct ctl_json *item)
{
    bool delivered = ctl_json_is_true(item, "delivered");
    if (!state->table)
        state->table = print_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    print_cell(state->table, ctl_json_text(item, "channel"));
    print_cell(state->table, ctl_json_text(item, "target"));
    print_cell_colored(state->table, delivered ? TERMINAL_GREEN : TERMINAL_RED,
                       delivered ? "delivered" : "failed");
    print_cell(state->table, ctl_json_text(item, "detail"));
}

void page_notify_result(struct page_state *state, const struct ctl_json *result)
{
    int64_t unanswered = 0;
    if (state->table)
        print_table_write(state->table, stdout, 0, true);
    fflush(stdout);
    if (ctl_json_number(result, "unanswered", &unanswered) && unanswered > 0)
        fprintf(stderr, "without an answer yet: %lld; see \"banctl status\"\n",
                (long long)unanswered);
}
