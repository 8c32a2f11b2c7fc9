/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl reload: the agent's sentence, and the options that only a restart applies.
 */
#include "page.h"
#include "paragraph.h"
#include "phrase.h"

void page_reload_result(struct page_state *state, const struct ctl_json *result)
{
    (void)state;
    const char *message = ctl_json_text(result, "message");
    const struct ctl_json *restart = ctl_json_member(result, "restart");
    paragraph_print(stdout, TERMINAL_PLAIN, 0, "  ", message ? message : "reloaded");
    const char *map = ctl_json_text(result, "map");
    if (map)
        paragraph_print(stdout, TERMINAL_PLAIN, 0, "  ", map);
    if (ctl_json_size(restart) == 0)
        return;
    struct phrase names;
    phrase_begin(&names);
    phrase_add_texts(&names, restart);
    fflush(stdout);
    fputs("  applied only by a restart: ", stderr);
    print_text(stderr, names.text);
    fputs("\n  restart bansyncd\n", stderr);
}
