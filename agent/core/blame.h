/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bans would not be without one node: what that node caused, if it went wrong.
 *
 * Entries are not signed, so this says what they tell: whose hits a fact counts, where an
 * operator's command was given. Does not: undo anything.
 */
#ifndef BANSYNC_CORE_BLAME_H
#define BANSYNC_CORE_BLAME_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

struct blame {
    bool is_manual;    /* an operator's ban that was given at the node */
    uint32_t strikes;  /* of the node, in the newest fact that needs them; 0: none does */
    uint32_t total;    /* of all nodes in it */
    int64_t newest_ms; /* newest time of what the ban stands on */
};

/* Would the subject not be banned at now_ms without what the node did at since_ms or later? Then
 * all that its ban stands on is in *blame: facts that would have fewer than threshold hits without
 * the node's, and an operator's ban given there. What of the node is older counts as others' do. */
bool blame_node(const struct record *record, uint64_t node, uint32_t threshold, int64_t since_ms,
                int64_t now_ms, struct blame *blame);

#endif
