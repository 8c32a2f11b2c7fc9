/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl check: one sentence an address.
 */
#include "page.h"
#include "phrase.h"

void page_check_item(struct page_state *state, const struct ctl_json *item)
{
    (void)state;
    const char *net = ctl_json_text(item, "net");
    struct phrase sentence;
    phrase_begin(&sentence);
    phrase_add_asked(&sentence, item);
    phrase_add(&sentence, " is ");
    phrase_add(&sentence, ctl_json_is_true(item, "banned") ? "banned" : "not banned");
    if (net)
        phrase_add(&sentence, " (%s)", net);
    if (ctl_json_is_true(item, "banned") && ctl_json_is_true(item, "observe"))
        phrase_add(&sentence, "; this node only observes");
    phrase_print(&sentence);
}
