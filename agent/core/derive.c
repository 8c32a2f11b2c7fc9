/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts from strikes, see derive.h.
 *
 * Strike i qualifies if the newest N strikes, or messages, up to it lie within the window.
 * Qualifying strikes whose windows begin before the ban they prolong is over form one episode; its
 * last one makes the fact. So hits during a ban prolong it.
 */
#include "derive.h"

#include <stdlib.h>

#include <bansync/limits.h>

#include "evidence.h"
#include "tally.h"

/* A strike that qualifies, and where the shortest run begins that proves it. */
struct window {
    size_t first, last;
};

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

/* Takes strikes up to end, and stops at the next one that qualifies; false if there is none. */
static bool next_window(struct tally *tally, size_t end, struct window *window)
{
    while (tally->next < end) {
        window->last = tally->next;
        window->first = tally_take(tally);
        if (window->first != SIZE_MAX &&
            is_window(tally->policy, tally->strikes[window->first].t_ms,
                      tally->strikes[window->last].t_ms))
            return true;
    }
    return false;
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

/* Merges the fact that the window proves. level: of the episode before, which is over, and then of
 * this one; 0: none, or forgotten. It is handed on here, since the record does not tell the fact of
 * an episode from a later one in which it went. */
static int merge_fact(const struct policy *policy, const struct strikes *strikes, size_t begin,
                      const struct window *window, int64_t tick_ms, uint8_t *level,
                      struct record *record)
{
    struct fact_node nodes[FACT_NODES_MAX];
    uint8_t evidence[EVIDENCE_BYTES_MAX];
    size_t last = window->last;
    int64_t last_ms = strikes->list[last].t_ms;
    size_t counted = first_after(strikes, last_ms - policy->window_ms);
    struct fact fact = {
        .first_ms = strikes->list[window->first].t_ms,
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
    struct window window, open = {0}; /* the newest of the open episode */
    bool is_open = false;
    struct tally tally;
    uint8_t level = 0;
    int changed = 0;

    tally_begin(&tally, policy, strikes->list, begin);
    for (; next_window(&tally, strikes->count, &window); open = window, is_open = true) {
        int merged;

        if (!is_open ||
            strikes->list[window.first].t_ms <= until_of(policy, strikes->list[open.last].t_ms))
            continue;
        merged = merge_fact(policy, strikes, begin, &open, tick_ms, &level, record);
        if (merged < 0)
            return -1;
        changed |= merged;
    }
    if (is_open) {
        int merged = merge_fact(policy, strikes, begin, &open, tick_ms, &level, record);

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
    struct window window;
    struct tally tally;

    tally_begin(&tally, policy, strikes->list, begin);
    while (next_window(&tally, end, &window)) {
        if (strikes->list[window.first].t_ms > over_ms)
            first = &strikes->list[window.last];
        over_ms = until_of(policy, strikes->list[window.last].t_ms);
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
    int64_t until_ms = 0;
    struct window window;
    struct tally tally;

    tally_begin(&tally, policy, strikes->list, first_after(strikes, cut_ms));
    while (next_window(&tally, strikes->count, &window))
        until_ms = until_of(policy, strikes->list[window.last].t_ms);
    return until_ms > tick_ms;
}

bool derive_would_ban_with(const struct policy *policy, const struct strikes *strikes,
                           const struct strike *more, int64_t cut_ms, int64_t tick_ms)
{
    struct strikes with = {.list = malloc((strikes->count + 1) * sizeof(struct strike))};
    bool banned = false;
    size_t i = 0;

    if (with.list != NULL) {
        for (; i < strikes->count && strike_compare(&strikes->list[i], more) < 0; i++)
            with.list[with.count++] = strikes->list[i];
        with.list[with.count++] = *more;
        for (; i < strikes->count; i++)
            with.list[with.count++] = strikes->list[i];
        banned = derive_would_ban(policy, &with, cut_ms, tick_ms);
    }
    free(with.list); /* the texts are those of strikes */
    return banned;
}

size_t derive_count(const struct policy *policy, const struct strikes *strikes, int64_t cut_ms,
                    int64_t tick_ms, size_t *first)
{
    size_t begin = first_after(strikes, cut_ms);
    int64_t last_ms;
    size_t counted, messages;

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
    if (!policy->count_messages)
        return strikes->count - counted;
    messages = tally_messages(&strikes->list[counted], strikes->count - counted);
    return messages != SIZE_MAX ? messages : strikes->count - counted;
}
