/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of pages: schema, name of the items, functions.
 *
 * Does not: print; each page_*.c does that for one document. export and import have none: they make
 * theirs themselves.
 */
#include "page.h"

#include <stddef.h>
#include <stdlib.h>

#include "phrase.h"

static const struct page pages[COMMAND_ID_COUNT] = {
    [COMMAND_ID_status] = {"banctl.status/1", NULL, NULL, page_status_result},
    [COMMAND_ID_list] = {"banctl.list/1", "bans", page_list_item, page_list_result},
    [COMMAND_ID_show] = {"banctl.show/1", NULL, page_show_item, NULL},
    [COMMAND_ID_check] = {"banctl.check/1", "results", page_check_item, NULL},
    [COMMAND_ID_explain] = {"banctl.explain/1", NULL, page_explain_item, NULL},
    [COMMAND_ID_top] = {"banctl.top/1", "senders", page_top_item, page_top_result},
    [COMMAND_ID_history] = {"banctl.history/1", "entries", page_history_item, page_history_result},
    [COMMAND_ID_ban] = {"banctl.ban/1", "changes", page_change_item, NULL},
    [COMMAND_ID_stats] = {"banctl.stats/1", NULL, page_stats_item, NULL},
    [COMMAND_ID_watch] = {"banctl.watch/1", "events", page_watch_item, NULL},
    [COMMAND_ID_unban] = {"banctl.unban/1", "changes", page_change_item, page_undo_result},
    [COMMAND_ID_allow_list] = {"banctl.allow_list/1", "entries", page_allow_list_item,
                               page_allow_list_result},
    [COMMAND_ID_allow_add] = {"banctl.allow_add/1", "changes", page_change_item, NULL},
    [COMMAND_ID_allow_remove] = {"banctl.allow_remove/1", "changes", page_change_item, NULL},
    [COMMAND_ID_allow_check] = {"banctl.allow_check/1", "results", page_allow_check_item, NULL},
    [COMMAND_ID_held] = {"banctl.held/1", "held", page_held_item, page_held_result},
    [COMMAND_ID_release] = {"banctl.release/1", NULL, NULL, page_release_result},
    [COMMAND_ID_drop] = {"banctl.drop/1", NULL, NULL, page_release_result},
    [COMMAND_ID_map_adopt] = {"banctl.map_adopt/1", "refused_entries", page_takeover_item,
                              page_takeover_result},
    [COMMAND_ID_map_discard] = {"banctl.map_discard/1", NULL, NULL, page_takeover_result},
    [COMMAND_ID_peers] = {"banctl.peers/1", "peers", page_peers_item, page_peers_result},
    [COMMAND_ID_node_list] = {"banctl.node_list/1", "nodes", page_node_item, page_node_result},
    [COMMAND_ID_node_forget] = {"banctl.node_forget/1", "changes", page_change_item,
                                page_undo_result},
    [COMMAND_ID_verify] = {"banctl.verify/1", "nodes", page_verify_item, page_verify_result},
    [COMMAND_ID_digest] = {"banctl.digest/1", "nodes", page_digest_item, page_digest_result},
    [COMMAND_ID_metrics] = {"banctl.metrics/1", "metrics", page_metrics_item, page_metrics_result},
    [COMMAND_ID_config_show] = {"banctl.config_show/1", "options", page_config_item,
                                page_config_result},
    [COMMAND_ID_notify_test] = {"banctl.notify_test/1", "channels", page_notify_item,
                                page_notify_result},
    [COMMAND_ID_reload] = {"banctl.reload/1", NULL, NULL, page_reload_result},
};

const struct page *page_of(const struct command *command)
{
    const struct page *page = &pages[command->id];
    return page->schema ? page : NULL;
}

void page_cell_node(struct print_table *table, const struct ctl_json *object, const char *member)
{
    struct phrase name;
    phrase_begin(&name);
    phrase_add_node(&name, object, member);
    print_cell(table, name.text);
}

void page_end(struct page_state *state)
{
    print_table_free(&state->table);
    print_table_free(&state->below);
    if (state->text)
        fclose(state->text);
    free(state->bytes);
    state->text = NULL;
    state->bytes = NULL;
    free(state->allow);
    state->allow = NULL;
}
