/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl ban, unban, allow add and allow remove: what the agent says of each address, the hint
 * below it on stderr.
 */
#include "page.h"
#include "paragraph.h"

void page_change_item(struct page_state *state, const struct ctl_json *item)
{
    (void)state;
    const char *message = ctl_json_text(item, "message");
    const char *hint = ctl_json_text(item, "hint");
    if (message)
        paragraph_print(stdout, TERMINAL_PLAIN, 0, "  ", message);
    if (hint) {
        fflush(stdout); /* so that both are in order where both are seen */
        paragraph_print_lines(stderr, 0, "  ", hint);
    }
}
