/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subject as people want to see it: banned or not, since when, by whom, how often on which node.
 *
 * While a fact bans, hits, messages and nodes are those of the newest live fact; otherwise those of
 * the strikes in the window.
 */
#ifndef BANSYNC_CORE_VIEW_H
#define BANSYNC_CORE_VIEW_H

#include <stdbool.h>

#include "evidence.h"
#include "state.h"

struct view {
    bool banned;
    bool manual;       /* by an operator (then reason and actor are of record.manual) */
    int64_t until_ms;  /* TIME_NEVER_MS: permanent; 0: not banned */
    unsigned level;    /* how many bans are remembered, the present one among them; 0: none */
    int64_t ban_ms;    /* how long hits ban at that level: of the live fact; 0: there is none */
    int64_t hit_ms;    /* the newest hit that is known, of strikes or facts, void or not; 0: none */
    int64_t forget_ms; /* when the level is forgotten; TIME_NEVER_MS: never; 0: no level */
    size_t count;      /* the shared count: hits, or messages where the policy counts those */
    size_t hits;
    size_t messages; /* distinct ones, 1 to hits; a hit whose message is not known is one */
    size_t node_count;
    struct fact_node nodes[FACT_NODES_MAX];
    struct evidence evidence; /* points into the subject or into evidence_bytes */
    uint8_t evidence_bytes[EVIDENCE_BYTES_MAX];
};

/* Fills *view; it must not be copied or outlive the next step, as it points into itself and the
 * state. */
void view_make(const struct state *state, const struct subject *subject, struct view *view);

/* When the ban began: the operator's stamp, or the deciding strike as derive_deciding finds it
 * among those that are kept: of a busy sender later than it was. Without any the newest one of the
 * fact. 0: it is not banned. Goes through the strikes. */
int64_t view_since_ms(const struct state *state, const struct subject *subject);

/* As view_make, but count, hits, messages, nodes and evidence are those of the last fact, void or
 * over as it may be: what an unban lifted. */
void view_make_past(const struct state *state, const struct subject *subject, struct view *view);

#endif
