/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl verify: one line a node, below it each network that is banned on one side only.
 */
#include "page.h"
#include "phrase.h"

#include <string.h>

static void print_differences(const struct ctl_json *item, const char *node);

void page_verify_item(struct page_state *state, const struct ctl_json *item)
{
    const char *node = ctl_json_text(item, "node");
    const char *outcome = ctl_json_text(item, "outcome");
    const char *message = ctl_json_text(item, "message");
    struct phrase line;
    phrase_begin(&line);
    node = node ? node : "-";
    outcome = outcome ? outcome : "-";
    phrase_add(&line, "%s: %s", node, message ? message : outcome);
    phrase_print_colored(&line, strcmp(outcome, "equal") == 0 ? TERMINAL_PLAIN : TERMINAL_RED);
    print_differences(item, node);
    if (strcmp(outcome, "equal") == 0)
        state->good_count++;
}

void page_verify_result(struct page_state *state, const struct ctl_json *result)
{
    (void)result;
    printf("%zu of %zu equal\n", state->good_count, state->item_count);
}

static void print_differences(const struct ctl_json *item, const char *node)
{
    const struct ctl_json *differences = ctl_json_member(item, "differences");
    for (size_t i = 0; i < ctl_json_size(differences); i++) {
        const struct ctl_json *difference = ctl_json_element(differences, i);
        bool here = ctl_json_is_true(difference, "here");
        bool there = ctl_json_is_true(difference, "there");
        struct phrase line;
        phrase_begin(&line);
        phrase_add(&line, "  ");
        phrase_add_net(&line, ctl_json_text(difference, "net"));
        if (here == there)
            phrase_add(&line, "  banned differently here and on %s", node);
        else if (here)
            phrase_add(&line, "  banned here, not on %s", node);
        else
            phrase_add(&line, "  banned on %s, not here", node);
        phrase_print(&line);
    }
}
