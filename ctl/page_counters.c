/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of banctl status that counts: names from the answer, meanings from
 * include/bansync/counter.def.
 */
#include "page_counters.h"

#include <string.h>

#include "phrase.h"
#include "print.h"

struct counter {
    const char *name;
    const char *meaning;
};

static const struct counter counters[] = {
#define COUNTER(name, alarm, meaning) {#name, meaning},
#include <bansync/counter.def>
#undef COUNTER
};

static const struct print_column columns[] = {{"", false}, {"", true}, {"", false}};

static void add_counter(void *context, const char *name, int64_t number);

void page_counters_print(const struct ctl_json *result)
{
    struct print_table *table = print_table_new(columns, 3);
    ctl_json_numbers(ctl_json_member(result, "counters"), add_counter, table);
    if (print_table_rows(table) > 0) {
        puts("  counters");
        print_table_write(table, stdout, 4, false);
    }
    print_table_free(&table);
}

static void add_counter(void *context, const char *name, int64_t number)
{
    struct print_table *table = context;
    struct phrase value;
    phrase_begin(&value);
    const char *meaning = NULL;
    if (number == 0)
        return;
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        if (strcmp(counters[i].name, name) == 0)
            meaning = counters[i].meaning;
    }
    phrase_add_number(&value, number);
    print_cell(table, name);
    print_cell(table, value.text);
    print_cell(table, meaning);
}
