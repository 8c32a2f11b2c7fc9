/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl config show: a configuration file that would say the same, each value below where it
 * stands. On a terminal what is wider goes on in further lines: that is to be read, not loaded.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "page.h"
#include "paragraph.h"

static void begin_section(struct page_state *state, const char *section);
static void print_place(const struct ctl_json *item);

void page_config_item(struct page_state *state, const struct ctl_json *item)
{
    const char *section = ctl_json_text(item, "section");
    const char *key = ctl_json_text(item, "key");
    const char *value = ctl_json_text(item, "value");
    begin_section(state, section ? section : "");
    print_place(item);
    char *line = NULL;
    if (asprintf(&line, "%s%s =%s%s", value ? "" : "#", key ? key : "", value ? " " : "",
                 value ? value : "") < 0)
        memory_exhausted();
    paragraph_print(stdout, TERMINAL_PLAIN, 0, "    ", line);
    free(line);
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
    bool differs = file && fallback && ctl_json_is_true(item, "differs");
    char number[24] = "", *place = NULL;
    int64_t line;
    if (!file)
        file = ctl_json_text(item, "value") ? "default" : "not set";
    else if (ctl_json_number(item, "line", &line))
        snprintf(number, sizeof(number), ":%" PRId64, line);
    if (asprintf(&place, "%s%s%s%s", file, number, differs ? "; default: " : "",
                 differs ? fallback : "") < 0)
        memory_exhausted();
    fputs("# ", stdout);
    paragraph_print(stdout, TERMINAL_PLAIN, 2, "#   ", place);
    free(place);
}
