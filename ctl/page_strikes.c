/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strikes as a table, see page_strikes.h.
 */
#include "page_strikes.h"

#include "page.h"
#include "print.h"

static const struct print_column columns[] = {
    {"TIME", false}, {"NODE", false}, {"MESSAGE", false}, {"BUCKET", false}, {"ACCOUNT", false},
};
/* Of an account. */
static const struct print_column columns_by_address[] = {
    {"TIME", false}, {"NODE", false}, {"MESSAGE", false}, {"BUCKET", false}, {"ADDRESS", false},
};

void page_strikes_print(const struct ctl_json *strikes, const char *title)
{
    if (ctl_json_size(strikes) == 0)
        return;
    bool by_address = ctl_json_member(ctl_json_element(strikes, 0), "address") != NULL;
    struct print_table *table = print_table_new(by_address ? columns_by_address : columns, 5);
    for (size_t i = 0; i < ctl_json_size(strikes); i++) {
        const struct ctl_json *strike = ctl_json_element(strikes, i);
        print_cell(table, ctl_json_text(strike, "time"));
        page_cell_node(table, strike, "node");
        print_cell(table, ctl_json_text(strike, "message"));
        print_cell(table, ctl_json_text(strike, "bucket"));
        print_cell(table, ctl_json_text(strike, by_address ? "address" : "account"));
    }
    puts(title);
    print_table_write(table, stdout, 2, true);
    print_table_free(&table);
}
