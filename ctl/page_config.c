/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl config show: a configuration file that would say the same, each value below where it
 * stands.
 */
#include <inttypes.h>
#include <string.h>

#include "page.h"

static void begin_section(struct page_state *state, const char *section);
static void print_place(const struct ctl_json *item);

void page_config_item(struct page_state *state, const struct ctl_json *item)
{
    const char *section = ctl_json_text(item, "section");
    const char *key = ctl_json_text(item, "key");
    const char *value = ctl_json_text(item, "value");
    begin_section(state, section ? section : "");
    print_place(item);
    fputs(value ? "" : "#", stdout);
    print_text(stdout, key ? key : "");
    fputs(" =", stdout);
    if (value) {
        putchar(' ');
        print_text(stdout, value);
    }
    putchar('\n');
}

void page_config_result(struct page_state *state, const struct ctl_json *result)
{
    const char *file = ctl_json_text(result, "file");
    fflush(stdout);
    if (state->item_count > 0)
        return;
    fputs("nothing differs from the defaults", stderr);
    if (file) {
        fputs(": ", stderr);
        print_text(stderr, file);
    }
    putc('\n', stderr);
}

static void begin_section(struct page_state *state, const char *section)
{
    if (state->item_count > 0 && strcmp(state->section, section) == 0)
        return;
    if (state->item_count > 0)
        putchar('\n');
    snprintf(state->section, sizeof(state->section), "%s", section);
    putchar('[');
    print_text(stdout, section);
    puts("]");
}

static void print_place(const struct ctl_json *item)
{
    const char *file = ctl_json_text(item, "file");
    const char *fallback = ctl_json_text(item, "default");
    int64_t line;
    fputs("# ", stdout);
    if (!file) {
        puts(ctl_json_text(item, "value") ? "default" : "not set");
        return;
    }
    print_text(stdout, file);
    if (ctl_json_number(item, "line", &line))
        printf(":%" PRId64, line);
    if (fallback && ctl_json_is_true(item, "differs")) {
        fputs("; default: ", stdout);
        print_text(stdout, fallback);
    }
    putchar('\n');
}
