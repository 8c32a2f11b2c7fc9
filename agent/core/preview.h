/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What another configuration would do: which bans that are not in force now would be at once, by
 * the stored strikes under another policy or because no allow entry covers them any more.
 *
 * Reads the state and changes nothing; EVENT_POLICY and EVENT_ALLOW do what is counted here.
 */
#ifndef BANSYNC_CORE_PREVIEW_H
#define BANSYNC_CORE_PREVIEW_H

#include "state.h"

#define PREVIEW_NAMES_MAX 5

struct preview {
    size_t count;
    struct addr names[PREVIEW_NAMES_MAX]; /* the lowest of them, ascending; min(count, that many) */
};

/* Fills *preview for policy at the present tick. own, own_count: what this node's own allow entries
 * would then be, in place of those it has; a subject that a live entry covers does not count. 0, or
 * -1 without memory. */
int preview_policy(const struct state *state, const struct policy *policy, const struct addr *own,
                   size_t own_count, struct preview *preview);

#endif
