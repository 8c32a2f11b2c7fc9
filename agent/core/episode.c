/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Episodes of strikes, see episode.h.
 */
#include "episode.h"

#include <bansync/limits.h>

/* The difference is not taken: it would overflow with a time that is damaged. */
static bool is_window(const struct policy *policy, int64_t first_ms, int64_t last_ms)
{
    return first_ms > last_ms - policy->window_ms;
}

/* Takes strikes up to the next one that qualifies, and says where the shortest run begins that
 * proves it; false if there is none. */
static bool next_window(struct episode_walk *walk, size_t *first, size_t *last)
{
    const struct strike *list = walk->strikes->list;

    while (walk->tally.next < walk->strikes->count) {
        *last = walk->tally.next;
        *first = tally_take(&walk->tally);
        if (*first != SIZE_MAX && is_window(walk->policy, list[*first].t_ms, list[*last].t_ms))
            return true;
    }
    return false;
}

/* As high as every fact that was not over when the window begins, and one higher than each that was
 * and is not forgotten. Only facts that begin no later count: otherwise facts of two policies would
 * raise each other for ever. level: what it is at least. */
static uint8_t level_of(const struct record *record, int64_t first_ms, int64_t tick_ms,
                        unsigned level)
{
    for (size_t i = 0; i < record->facts.count; i++) {
        const struct fact *fact = &record->facts.list[i];
        unsigned least = fact->level + (fact->until_ms < first_ms ? 1u : 0u);

        if (record_fact_counts(record, fact, tick_ms) && fact->first_ms <= first_ms &&
            least > level)
            level = least;
    }
    return level < UINT8_MAX ? (uint8_t)level : UINT8_MAX;
}

/* The open episode goes on with this window, or begins with it. level: what it is at least. */
static void extend(struct episode_walk *walk, size_t first, size_t last, unsigned level)
{
    const struct strike *list = walk->strikes->list;

    walk->open.first = first;
    walk->open.last = last;
    walk->open.level = level_of(walk->record, list[first].t_ms, walk->tick_ms, level);
    walk->open.until_ms = policy_until_ms(walk->policy, walk->open.level, list[last].t_ms);
}

/* The level that the ban after this one has at least. It is handed on here, since the record does
 * not tell the fact of an episode from a later one in which it went. */
static unsigned level_after(const struct episode_walk *walk, const struct episode *episode)
{
    return policy_forget_ms(walk->policy, episode->until_ms) > walk->tick_ms ? episode->level + 1u
                                                                             : 1;
}

void episode_begin(struct episode_walk *walk, const struct policy *policy,
                   const struct strikes *strikes, const struct record *record, int64_t tick_ms)
{
    walk->policy = policy;
    walk->strikes = strikes;
    walk->record = record;
    walk->tick_ms = tick_ms;
    walk->is_open = false;
    tally_begin(&walk->tally, policy, strikes->list, strikes_after(strikes, record->cut.ms));
}

bool episode_next(struct episode_walk *walk, struct episode *episode)
{
    size_t first, last;

    while (next_window(walk, &first, &last)) {
        bool prolongs = walk->is_open && walk->strikes->list[first].t_ms <= walk->open.until_ms;
        bool ended = walk->is_open && !prolongs;
        unsigned level = walk->is_open ? walk->open.level : 1;

        if (ended) {
            *episode = walk->open;
            level = level_after(walk, episode);
        }
        if (!prolongs)
            walk->open.deciding = last;
        extend(walk, first, last, level);
        walk->is_open = true;
        if (ended)
            return true;
    }
    if (!walk->is_open)
        return false;
    *episode = walk->open;
    walk->is_open = false;
    return true;
}
