/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where ten hits become a ban: facts derived from the strikes of a subject.
 *
 * A pure function of the strike set, not of the order of arrival: after a partition heals no node
 * ever "sees" N strikes now, yet every node derives the same fact (docs/DESIGN.md section 4).
 */
#ifndef BANSYNC_CORE_DERIVE_H
#define BANSYNC_CORE_DERIVE_H

#include <stdbool.h>

#include <bansync/limits.h>

#include "policy.h"
#include "record.h"
#include "strike.h"

/* Walks the strikes with t > record's cut in order and merges a fact for each episode into record.
 * tick_ms: present tick; what is to be forgotten by then is neither made nor raises a level. 1:
 * record changed, 0: not, -1: no memory. */
int derive_facts(const struct policy *policy, const struct strikes *strikes, int64_t tick_ms,
                 struct record *record);

/* The deciding strike of the newest fact that is live at now_ms: of its episode the first that
 * completes a window, among the strikes that are kept: when older ones are gone, by age or
 * STRIKES_PER_ORIGIN_MAX, a later one than it was. Where that fact is another policy's, or none
 * completes a window, it is the fact's newest strike. NULL if there is no live fact or that strike
 * is not known. Like facts it depends on the set alone, so nodes that hold the same strikes name
 * the same one. */
const struct strike *derive_deciding(const struct policy *policy, const struct strikes *strikes,
                                     const struct record *record, int64_t now_ms);

/* True if the facts that derive_facts would merge into record ban at tick_ms. */
bool derive_would_ban(const struct policy *policy, const struct strikes *strikes,
                      const struct record *record, int64_t tick_ms);

/* The same with one more strike, which is not among them; false without memory. */
bool derive_would_ban_with(const struct policy *policy, const struct strikes *strikes,
                           const struct strike *more, const struct record *record, int64_t tick_ms);

/* Shared count (docs/DESIGN.md section 4): strikes with t > last - window, where last is the newest
 * strike after the cut, or where the policy counts messages the number of those (without memory for
 * that the strikes again); 0 if last <= tick_ms - window. If first is not NULL it is set to the
 * index of the first counted strike. */
size_t derive_count(const struct policy *policy, const struct strikes *strikes, int64_t cut_ms,
                    int64_t tick_ms, size_t *first);

/* The shared count when strikes at t_ms were the newest, all of them: their order within that
 * millisecond says nothing of which came first. 0 if there is none, or the cut voids them. */
size_t derive_count_at(const struct policy *policy, const struct strikes *strikes, int64_t cut_ms,
                       int64_t t_ms);

/* How many of count strikes each origin has, ascending by node; returns the number of nodes. */
uint8_t derive_nodes(const struct strike *strikes, size_t count,
                     struct fact_node nodes[FACT_NODES_MAX]);

#endif
