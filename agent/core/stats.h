/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the state holds of a span of time: hits and bans by time, by node, by sender, by network and
 * by account. All subjects are looked at in slices, each with a bound on its work, so that a turn
 * of the agent stays short.
 *
 * It is what is held: of a sender at most STRIKES_PER_ORIGIN_MAX strikes a node, nothing older than
 * STRIKE_HORIZON_MS, and of an operator's bans and unbans the last one of each subject.
 */
#ifndef BANSYNC_CORE_STATS_H
#define BANSYNC_CORE_STATS_H

#include <stdbool.h>

#include "ranking.h"
#include "state.h"

#define STATS_STEPS 24 /* parts of the span */
#define STATS_NODES_MAX 64
#define STATS_NETWORK4 24 /* prefix lengths that senders are put together by */
#define STATS_NETWORK6 48

struct stats_sender {
    struct addr addr;
    uint64_t hits;
    bool banned;
    bool allowed; /* banned, but on the allowlist: not in the map */
};

struct stats {
    int64_t since_ms, until_ms; /* times t with since < t <= until */
    size_t limit;
    uint32_t leaf; /* the next one to look at ... */
    size_t bucket; /* ... and then of operators' commands */
    uint64_t hits;
    uint64_t hits_by[STATS_STEPS];
    uint64_t bans_by[STATS_STEPS];
    uint64_t bans_auto;   /* whose last hit is in the span: begun or prolonged */
    uint64_t bans_manual; /* that operators commanded in the span, be they lifted again */
    uint64_t unbans;      /* likewise */
    uint64_t ended;       /* bans whose time was over in the span */
    uint64_t banned;      /* subjects that are banned now ... */
    uint64_t allowed;     /* ... of these on the allowlist: not in the map */
    uint64_t senders_total;
    struct stats_sender *senders; /* owned; the limit with most hits, in order */
    size_t sender_count;
    struct fact_node nodes[STATS_NODES_MAX]; /* hits by node, in no order */
    size_t node_count;
    uint64_t nodes_lost;     /* hits of further nodes */
    struct ranking networks; /* keys as entry_write_addr makes them */
    struct ranking accounts;
};

/* Begins a walk over the span of that length, 1 or more, that ends at now_ms. limit: 1 or more;
 * secret: see ranking.h. 0, or -1 without memory; stats_clear in any case. */
int stats_begin(struct stats *stats, const struct hash_key *secret, int64_t span_ms, int64_t now_ms,
                size_t limit);

/* Looks at the next leaves, each as a whole, until they have cost the work left or there are none;
 * *work becomes what is left then. A leaf, a subject, a strike and a command cost 1 each. True: it
 * was the last slice. The state may change between two slices; a subject is seen as it is when its
 * leaf is looked at, and none is seen twice. */
bool stats_walk(struct stats *stats, const struct state *state, size_t *work);

void stats_clear(struct stats *stats);

#endif
