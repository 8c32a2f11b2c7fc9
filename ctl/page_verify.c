/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl verify: one line a node, below it each network that is banned on one side only.
 */
#include "page.h"
#include "phrase.h"

#include <string.h>

/* Texts with one %s: the node. */
struct sides {
    const char *here, *there, *both;
};

static const char *was(const char *outcome);
static void print_differences(const struct ctl_json *item, const char *node,
                              const struct sides *sides);

/* The first node is this one: its map against its file. */
void page_verify_item(struct page_state *state, const struct ctl_json *item)
{
    static const struct sides own = {"in the map of %s, not in its file",
                                     "in the file of %s, not in its map",
                                     "otherwise in the file of %s than in its map"};
    static const struct sides peers = {"banned here, not on %s", "banned on %s, not here",
                                       "banned differently here and on %s"};
    const char *node = ctl_json_text(item, "node");
    const char *outcome = ctl_json_text(item, "outcome");
    const char *message = ctl_json_text(item, "message");
    struct phrase line;
    phrase_begin(&line);
    node = node ? node : "-";
    outcome = outcome ? outcome : "-";
    phrase_add(&line, "%s: %s", node, message ? message : outcome);
    if (ctl_json_is_true(item, "repaired")) {
        state->repaired_count++;
        phrase_add(&line, "; repaired, %s", was(ctl_json_text(item, "before")));
    }
    phrase_print_colored(&line, strcmp(outcome, "equal") == 0 ? TERMINAL_PLAIN : TERMINAL_RED);
    print_differences(item, node, state->item_count == 0 ? &own : &peers);
    if (strcmp(outcome, "equal") == 0)
        state->good_count++;
}

void page_verify_result(struct page_state *state, const struct ctl_json *result)
{
    char span[WHEN_TEXT_SIZE];
    int64_t took_ms, entries = 0;
    struct phrase line;
    phrase_begin(&line);
    phrase_add(&line, "%zu of %zu equal", state->good_count, state->item_count);
    if (ctl_json_number(result, "took_ms", &took_ms)) {
        when_span(took_ms, span);
        phrase_add(&line, ", %zu repaired; %s", state->repaired_count, span);
        ctl_json_number(result, "entries", &entries);
        phrase_add(&line, ", ");
        phrase_add_number(&line, entries);
        phrase_add(&line, " %s fetched%s", entries == 1 ? "entry" : "entries",
                   ctl_json_is_true(result, "map_written") ? ", map written" : "");
    }
    phrase_print(&line);
}

static const char *was(const char *outcome)
{
    static const struct {
        const char *outcome, *text;
    } texts[] = {
        {"state_differs", "counts or records differed"},
        {"map_differs", "the map differed"},
        {"file_differs", "the file differed from the map"},
        {"no_answer", "it did not answer at first"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (outcome && strcmp(outcome, texts[i].outcome) == 0)
            return texts[i].text;
    }
    return "it differed";
}

static void print_differences(const struct ctl_json *item, const char *node,
                              const struct sides *sides)
{
    const struct ctl_json *differences = ctl_json_member(item, "differences");
    for (size_t i = 0; i < ctl_json_size(differences); i++) {
        const struct ctl_json *difference = ctl_json_element(differences, i);
        bool here = ctl_json_is_true(difference, "here");
        bool there = ctl_json_is_true(difference, "there");
        struct phrase line;
        phrase_begin(&line);
        phrase_add(&line, "  ");
        phrase_add_subject(&line, difference);
        phrase_add(&line, "  ");
        phrase_add(&line, here == there ? sides->both : here ? sides->here : sides->there, node);
        phrase_print(&line);
    }
}
