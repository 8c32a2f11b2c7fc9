/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bans list is asked for, and which of them come first.
 */
#ifndef BANSYNC_LIST_FILTER_H
#define BANSYNC_LIST_FILTER_H

#include "command.h"
#include "inforce.h"

enum list_source {
    LIST_SOURCE_ANY,
#define LIST_SOURCE(id, word) LIST_SOURCE_##id,
#define LIST_ORDER(id, word)
#include <bansync/list.def>
#undef LIST_SOURCE
#undef LIST_ORDER
};

enum list_order {
#define LIST_SOURCE(id, word)
#define LIST_ORDER(id, word) LIST_ORDER_##id,
#include <bansync/list.def>
#undef LIST_SOURCE
#undef LIST_ORDER
};

struct list_filter {
    bool accounts_only;
    bool permanent, temporary; /* at most one of them: only such bans */
    enum list_source source;
    bool has_node; /* only bans that the node has a part in: hits of its own count, or its operator
                      gave the order */
    uint64_t node;
    bool has_in; /* only what lies inside */
    struct addr in;
    int64_t since_ms; /* only what was banned at that time or later; 0: whenever */
    bool would;       /* only what is not in force because of mode observe ... */
    bool observe;     /* ... which is nothing in mode enforce */
    struct inforce inforce;
    enum list_order order;
    size_t limit; /* 0: all */
};

/* Reads the request. False: answered with an error. The caller clears the filter if it is true. */
bool list_filter_read(struct agent *agent, const struct request *request,
                      struct list_filter *filter);

/* Learns in slices what is in force, if that is asked for: until it returns 1. As inforce_read. */
int list_filter_prepare(struct list_filter *filter, size_t *work);

/* As banned_want_fn; context is the filter. */
bool list_filter_wants(const void *context, const struct state *state,
                       const struct subject *subject, int64_t *key);

/* Frees what it holds. */
void list_filter_clear(struct list_filter *filter);

#endif
