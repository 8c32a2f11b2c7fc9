/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ban or unban under way: its targets, and what became of each.
 */
#ifndef BANSYNC_CHANGE_H
#define BANSYNC_CHANGE_H

#include "reply.h"

struct change_target {
    char text[ADDR_TEXT_SIZE * 2];
    struct addr addr;
    uint64_t request;
    bool ended;
    struct node_done done;
};

struct change {
    struct change *next;
    uint64_t client;
    bool ban;
    bool wait;
    int64_t until_ms;
    size_t count;
    size_t ended;
    struct change_target targets[];
};

/* Answers the request: one item a target, then the result. */
void change_reply(struct agent *agent, const struct change *change);

#endif
