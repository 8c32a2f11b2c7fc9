/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts from strikes, see derive.h: each episode makes one.
 */
#include "derive.h"

#include <stdlib.h>

#include <bansync/limits.h>

#include "episode.h"
#include "evidence.h"
#include "tally.h"

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

/* Merges the fact of the episode into record, which is that of the walk. */
static int merge_fact(const struct episode_walk *walk, const struct episode *episode,
                      struct record *record)
{
    struct fact_node nodes[FACT_NODES_MAX];
    uint8_t evidence[EVIDENCE_BYTES_MAX];
    const struct strikes *strikes = walk->strikes;
    size_t last = episode->last;
    size_t counted = strikes_after(strikes, strikes->list[last].t_ms - walk->policy->window_ms);
    struct fact fact = {
        .first_ms = strikes->list[episode->first].t_ms,
        .last_ms = strikes->list[last].t_ms,
        .until_ms = episode->until_ms,
        .forget_ms = policy_forget_ms(walk->policy, episode->until_ms),
        .level = episode->level,
        .nodes = nodes,
        .evidence = evidence,
    };

    if (counted < walk->tally.begin)
        counted = walk->tally.begin;
    if (fact.forget_ms <= walk->tick_ms)
        return 0; /* garbage already, as it would be on arrival */
    fact.node_count = derive_nodes(&strikes->list[counted], last + 1 - counted, nodes);
    fact.evidence_size = evidence_write(&strikes->list[counted], last + 1 - counted, evidence);
    return facts_merge(&record->facts, &fact);
}

int derive_facts(const struct policy *policy, const struct strikes *strikes, int64_t tick_ms,
                 struct record *record)
{
    struct episode_walk walk;
    struct episode episode;
    int changed = 0;

    episode_begin(&walk, policy, strikes, record, tick_ms);
    while (episode_next(&walk, &episode)) {
        int merged = merge_fact(&walk, &episode, record);

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
    struct strikes proving = *strikes; /* those up to the fact's newest */
    const struct strike *newest;
    struct episode episode = {.until_ms = -1};
    struct episode_walk walk;

    if (fact == NULL)
        return NULL;
    proving.count = strikes_after(strikes, fact->last_ms);
    episode_begin(&walk, policy, &proving, record, now_ms);
    while (episode_next(&walk, &episode))
        ;
    if (fact->first_ms <= episode.until_ms)
        return &strikes->list[episode.deciding];
    newest = proving.count > 0 ? &strikes->list[proving.count - 1] : NULL;
    return newest != NULL && newest->t_ms == fact->last_ms ? newest : NULL;
}

/* The last episode bans longest. */
bool derive_would_ban(const struct policy *policy, const struct strikes *strikes,
                      const struct record *record, int64_t tick_ms)
{
    struct episode episode = {.until_ms = 0};
    struct episode_walk walk;

    episode_begin(&walk, policy, strikes, record, tick_ms);
    while (episode_next(&walk, &episode))
        ;
    return episode.until_ms > tick_ms;
}

bool derive_would_ban_with(const struct policy *policy, const struct strikes *strikes,
                           const struct strike *more, const struct record *record, int64_t tick_ms)
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
        banned = derive_would_ban(policy, &with, record, tick_ms);
    }
    free(with.list); /* the texts are those of strikes */
    return banned;
}

size_t derive_count(const struct policy *policy, const struct strikes *strikes, int64_t cut_ms,
                    int64_t tick_ms, size_t *first)
{
    size_t begin = strikes_after(strikes, cut_ms);
    int64_t last_ms;
    size_t counted, messages;

    if (first != NULL)
        *first = strikes->count;
    if (begin == strikes->count)
        return 0;
    last_ms = strikes->list[strikes->count - 1].t_ms;
    if (last_ms <= tick_ms - policy->window_ms)
        return 0;
    counted = strikes_after(strikes, last_ms - policy->window_ms);
    if (counted < begin)
        counted = begin;
    if (first != NULL)
        *first = counted;
    if (!policy->count_messages)
        return strikes->count - counted;
    messages = tally_messages(&strikes->list[counted], strikes->count - counted);
    return messages != SIZE_MAX ? messages : strikes->count - counted;
}

size_t derive_count_at(const struct policy *policy, const struct strikes *strikes, int64_t cut_ms,
                       int64_t t_ms)
{
    struct strikes until = *strikes;

    until.count = strikes_after(strikes, t_ms);
    if (until.count == 0 || until.list[until.count - 1].t_ms != t_ms)
        return 0;
    return derive_count(policy, &until, cut_ms, t_ms, NULL);
}
