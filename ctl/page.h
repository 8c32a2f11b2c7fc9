/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an answer looks like to people: one page for each command that asks the agent.
 *
 * A page is given the items one by one and then the result (bansync-protocol(7) names their
 * members). Members that are absent are shown as absent: a newer or older agent is no error.
 */
#ifndef BANSYNC_CTL_PAGE_H
#define BANSYNC_CTL_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "command_table.h"
#include "json.h"
#include "print.h"
#include "when.h"

/* What a page remembers between items; all zero but now_ms and textfile at the beginning. */
struct page_state {
    int64_t now_ms;            /* wall clock, for relative times */
    struct print_table *table; /* made by the page that needs one; page_end frees it */
    struct print_table *below; /* one more, written below it; likewise */
    size_t item_count;         /* items before this one */
    size_t good_count;         /* as the page defines it */
    size_t repaired_count;     /* of verify */
    const char *textfile;      /* where metrics go; NULL: to standard output */
    FILE *text;                /* of metrics so far: bytes and size after fflush */
    char *bytes;
    size_t size;
    char metric[128];         /* name of the last one */
    char section[64];         /* of the configuration, likewise */
    char day[WHEN_TEXT_SIZE]; /* local day of the last event of watch; "": none yet */
    int exit;                 /* not 0: banctl ends with this, whatever the agent says */
    size_t screen_rows;       /* lines of the screen that the page fills; 0: it is printed once */
    struct page_allow *allow; /* the row that page_allow.c is making; page_end frees it */
};

typedef void page_item_fn(struct page_state *state, const struct ctl_json *item);
typedef void page_result_fn(struct page_state *state, const struct ctl_json *result);

struct page {
    const char *schema; /* that the result must name */
    const char *items;  /* their name in the JSON document; NULL: the only item's members are the
                           document's own */
    page_item_fn *item; /* NULL: none are expected, and any is left out */
    page_result_fn *result;
};

/* The page of a command; NULL for a local one. */
const struct page *page_of(const struct command *command);

/* The next cell: the node that a member of an object names, as phrase_add_node tells it. */
void page_cell_node(struct print_table *table, const struct ctl_json *object, const char *member);

/* Frees what the state holds. */
void page_end(struct page_state *state);

page_item_fn page_list_item, page_show_item, page_check_item, page_change_item, page_peers_item,
    page_verify_item, page_takeover_item;
page_item_fn page_held_item, page_config_item;
page_result_fn page_held_result, page_release_result, page_config_result;
page_item_fn page_held_item, page_watch_item, page_stats_item;
page_item_fn page_notify_item;
page_result_fn page_notify_result;
page_result_fn page_held_result, page_release_result;
page_item_fn page_allow_list_item, page_allow_check_item, page_digest_item, page_metrics_item,
    page_node_item, page_explain_item, page_top_item, page_history_item;
page_result_fn page_list_result, page_peers_result, page_status_result, page_verify_result,
    page_reload_result, page_takeover_result;
page_result_fn page_allow_list_result, page_digest_result, page_metrics_result, page_node_result,
    page_undo_result, page_top_result, page_history_result;

#endif
