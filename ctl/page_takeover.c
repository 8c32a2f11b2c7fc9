/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl map adopt and map discard: each entry that was refused, then the agent's sentence.
 */
#include "grouped.h"
#include "page.h"
#include "paragraph.h"
#include "phrase.h"

void page_takeover_item(struct page_state *state, const struct ctl_json *item)
{
    (void)state;
    const char *message = ctl_json_text(item, "message");
    const char *hint = ctl_json_text(item, "hint");
    struct phrase line;
    phrase_begin(&line);
    if (message)
        phrase_add(&line, "%s", message);
    else
        phrase_add_subject(&line, item);
    if (hint)
        phrase_add(&line, " (%s)", hint);
    phrase_print(&line);
}

void page_takeover_result(struct page_state *state, const struct ctl_json *result)
{
    const char *message = ctl_json_text(result, "message");
    int64_t refused = 0;
    ctl_json_number(result, "refused", &refused);
    if (refused > (int64_t)state->item_count)
        printf("%s more were refused\n", GROUPED(refused - (int64_t)state->item_count));
    paragraph_print(stdout, TERMINAL_PLAIN, 0, "  ", message ? message : "done");
}
