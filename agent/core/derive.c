/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts from strikes, see derive.h.
 *
 * Strike i qualifies if it and the N-1 before it lie within the window. Qualifying strikes whose
 * windows begin before the ban they prolong is over form one episode; its last one makes the fact.
 * So hits during a ban prolong it.
 */
#include "derive.h"

#include <bansync/limits.h>

#include "evidence.h"

/* Index of the first strike after the cut; strikes are ordered by time. */
static size_t first_after(const struct strikes *strikes, int64_t ms)
{
    size_t low = 0, high = strikes->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strikes->list[middle].t_ms <= ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The difference is not taken: it would overflow with a time that is damaged. */
static bool is_window(const struct policy *policy, int64_t first_ms, int64_t last_ms)
{
    return first_ms > last_ms - policy->window_ms;
}

static int64_t until_of(const struct policy *policy, int64_t last_ms)
{
    return policy_roundup(policy_add(last_ms, policy->duration_ms));
}

/* As high as every fact that was not over when the new one begins, and one higher than each that
 * was and is not forgotten. Only facts that begin no later count: otherwise facts of two policies
 * would raise each other for ever. level: what it is at least. */
static uint8_t level_of(const struct record *record, int64_t first_ms, int64_t tick_ms,
                        unsigned level)
{
    for (size_t i = 0; i < record->facts.count; i++) {
        const struct fact *fact = &record->facts.list[i];
        unsigned least = fact->level + (fact->until_ms < first_ms ? 1u : 0u);

        if (fact->forget_ms > tick_ms && fact->first_ms <= first_ms && least > level)
            level = least;
    }
    return level < UINT8_MAX ? (uint8_t)level : UINT8_MAX;
}

uint8_t derive_nodes(const struct strike *strikes, size_t count,
                     struct fact_node nodes[FACT_NODES_MAX])
{
    uint8_t used = 0;

    for (size_t i = 0; i < count; i++) {
        uint8_t place = 0;

        while (place < used && nodes[place].node < strikes[i].origin)
            place++;
        if (place < used && nodes[place].node == strikes[i].origin) {
            nodes[place].strikes++;
            continue;
        }
        if (place == FACT_NODES_MAX)
            continue;
        if (used == FACT_NODES_MAX)
            used--;
        for (uint8_t k = used; k > place; k--)
            nodes[k] = nodes[k - 1];
        nodes[place] = (struct fact_node){strikes[i].origin, 1};
        used++;
    }
    return used;
}

/* Merges the fact that strike last proves, whose window begins at strike last - N + 1. level: of
 * the episode before, which is over, and then of this one; 0: none, or forgotten. It is handed on
 * here, since the record does not tell the fact of an episode from a later one in which it went. */
static int merge_fact(const struct policy *policy, const struct strikes *strikes, size_t begin,
                      size_t last, int64_t tick_ms, uint8_t *level, struct record *record)
{
    struct fact_node nodes[FACT_NODES_MAX];
    uint8_t evidence[EVIDENCE_BYTES_MAX];
    int64_t last_ms = strikes->list[last].t_ms;
    size_t counted = first_after(strikes, last_ms - policy->window_ms);
    struct fact fact = {
        .first_ms = strikes->list[last + 1 - policy->threshold].t_ms,
        .last_ms = last_ms,
        .until_ms = until_of(policy, last_ms),
        .nodes = nodes,
        .evidence = evidence,
    };

    if (counted < begin)
        counted = begin;
    fact.forget_ms = policy_roundup(policy_add(fact.until_ms, policy->memory_ms));
    if (fact.forget_ms <= tick_ms)
        return 0; /* garbage already, as it would be on arrival */
    fact.level = *level = level_of(record, fact.first_ms, tick_ms, *level + 1u);
    fact.node_count = derive_nodes(&strikes->list[counted], last + 1 - counted, nodes);
    fact.evidence_size = evidence_write(&strikes->list[counted], last + 1 - counted, evidence);
    return facts_merge(&record->facts, &fact);
}

int derive_facts(const struct policy *policy, const struct strikes *strikes, int64_t tick_ms,
                 struct record *record)
{
    size_t begin = first_after(strikes, record->cut.ms);
    size_t last = SIZE_MAX; /* of the open episode */
    uint8_t level = 0;
    int changed = 0;

    for (size_t i = begin + policy->threshold - 1; i < strikes->count; i++) {
        int64_t first_ms = strikes->list[i + 1 - policy->threshold].t_ms;

        if (!is_window(policy, first_ms, strikes->list[i].t_ms))
            continue;
        if (last != SIZE_MAX && first_ms > until_of(policy, strikes->list[last].t_ms)) {
            int merged = merge_fact(policy, strikes, begin, last, tick_ms, &level, record);

            if (merged < 0)
                return -1;
            changed |= merged;
        }
        last = i;
    }
    if (last != SIZE_MAX) {
        int merged = merge_fact(policy, strikes, begin, last, tick_ms, &level, record);

        if (merged < 0)
            return -1;
        changed |= merged;
    }
    return changed;
}

const struct strike *derive_deciding(const struct policy *policy, const struct strikes *strikes,
                                     const struct record *record, int64_t now_ms)
{
    const struct fact *fact = record_newest_fact(record, now_ms);
    size_t begin = first_after(strikes, record->cut.ms);
    size_t end = fact != NULL ? first_after(strikes, fact->last_ms) : 0;
    const struct strike *first = NULL; /* of the open episode */
    int64_t over_ms = -1;              /* when that is over */

    for (size_t i = begin + policy->threshold - 1; i < end; i++) {
        int64_t first_ms = strikes->list[i + 1 - policy->threshold].t_ms;

        if (!is_window(policy, first_ms, strikes->list[i].t_ms))
            continue;
        if (first_ms > over_ms)
            first = &strikes->list[i];
        over_ms = until_of(policy, strikes->list[i].t_ms);
    }
    if (first != NULL && fact->first_ms <= over_ms)
        return first;
    return end > begin && strikes->list[end - 1].t_ms == fact->last_ms ? &strikes->list[end - 1]
                                                                       : NULL;
}

/* The newest strike that qualifies makes the fact that bans longest. */
bool derive_would_ban(const struct policy *policy, const struct strikes *strikes, int64_t cut_ms,
                      int64_t tick_ms)
{
    size_t begin = first_after(strikes, cut_ms);

    for (size_t end = strikes->count; end >= begin + policy->threshold; end--) {
        int64_t last_ms = strikes->list[end - 1].t_ms;

        if (is_window(policy, strikes->list[end - policy->threshold].t_ms, last_ms))
            return until_of(policy, last_ms) > tick_ms;
    }
    return false;
}

size_t derive_count(const struct policy *policy, const struct strikes *strikes, int64_t cut_ms,
                    int64_t tick_ms, size_t *first)
{
    size_t begin = first_after(strikes, cut_ms);
    int64_t last_ms;
    size_t counted;

    if (first != NULL)
        *first = strikes->count;
    if (begin == strikes->count)
        return 0;
    last_ms = strikes->list[strikes->count - 1].t_ms;
    if (last_ms <= tick_ms - policy->window_ms)
        return 0;
    counted = first_after(strikes, last_ms - policy->window_ms);
    if (counted < begin)
        counted = begin;
    if (first != NULL)
        *first = counted;
    return strikes->count - counted;
}
