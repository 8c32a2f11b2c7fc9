/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which hits count: those of senders that can be banned, over a bucket of [detect] buckets.
 */
#ifndef BANSYNC_COUNTED_H
#define BANSYNC_COUNTED_H

#include "agent.h"
#include "line.h"

/* Does the hit count, whose message exceeded these buckets? Then its bucket is set to the first of
 * them that does; else a counter says why not, and it is not set. */
bool counted_check(struct agent *agent, struct node_hit *hit, const struct line_text *exceeded,
                   size_t count);

#endif
