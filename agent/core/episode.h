/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The episodes of a subject: its bans one after the other, as its strikes prove them.
 *
 * A strike qualifies if the newest N strikes, or messages, up to it lie within the window.
 * Qualifying strikes whose windows begin before the ban they prolong is over are of one episode:
 * hits during a ban prolong it. How long it lasts depends on its level, and that on the bans before
 * it (docs/DESIGN.md section 4).
 */
#ifndef BANSYNC_CORE_EPISODE_H
#define BANSYNC_CORE_EPISODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy.h"
#include "record.h"
#include "strike.h"
#include "tally.h"

/* Its newest qualifying strike proves it; indices into the strikes. */
struct episode {
    size_t first; /* where the shortest run begins that ends with last */
    size_t last;
    size_t deciding;  /* the first strike that completed a window */
    int64_t until_ms; /* end of the ban */
    uint8_t level;    /* 1 = first ban */
};

/* A walk through the episodes in their order. Everything is referred to; facts may be merged into
 * the record on the way. */
struct episode_walk {
    const struct policy *policy;
    const struct strikes *strikes;
    const struct record *record;
    int64_t tick_ms;
    struct tally tally;
    struct episode open;
    bool is_open;
};

/* Before the first strike after the record's cut. tick_ms: present tick; what is forgotten by then
 * raises no level. */
void episode_begin(struct episode_walk *walk, const struct policy *policy,
                   const struct strikes *strikes, const struct record *record, int64_t tick_ms);

/* The next episode; false, and *episode as it was, if there is none. */
bool episode_next(struct episode_walk *walk, struct episode *episode);

#endif
