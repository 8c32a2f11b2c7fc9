/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 4 on levels: a fact is as high as the bans before it make it, and no higher than the lines
 * of all logs allow.
 */
#include <assert.h>
#include <stdlib.h>

#include <bansync/limits.h>

#include "rules.h"

/* The lines that count against one subject, in order of the earliest time that a reading of each
 * may have given its strike. */
struct times {
    const struct ledger_line **list;
    size_t count;
};

static int compare_low(const void *a, const void *b)
{
    const struct ledger_line *const *x = a, *const *y = b;

    return (*x)->low_ms < (*y)->low_ms ? -1 : (*x)->low_ms > (*y)->low_ms;
}

static void times_of(const struct ledger *ledger, const struct addr *addr, struct times *times)
{
    times->list = calloc(ledger->line_count + 1, sizeof(struct ledger_line *));
    times->count = 0;
    assert(times->list != NULL);
    for (size_t i = 0; i < ledger->line_count; i++)
        if (ledger->lines[i].read && addr_compare(&ledger->lines[i].subject, addr) == 0)
            times->list[times->count++] = &ledger->lines[i];
    qsort(times->list, times->count, sizeof(struct ledger_line *), compare_low);
}

/* The earliest end of a ban of that level under the policy whose lines are all later than that. */
static int64_t end_after(const struct times *times, const struct policy *policy, unsigned level,
                         int64_t ms)
{
    struct rules_messages messages = {.count = 0};
    size_t count = 0;

    for (size_t i = 0; i < times->count; i++) {
        int64_t low_ms = times->list[i]->low_ms > ms ? times->list[i]->low_ms : ms + 1;

        count += times->list[i]->high_ms > ms &&
                 rules_counts(&messages, policy, times->list[i]->message);
        if (count == policy->threshold)
            return rules_until_ms(policy, level, low_ms);
    }
    return TIME_NEVER_MS;
}

/* How many bans, each over before the next one begins, fit before a fact that begins then, itself
 * included: the one that ends first leaves most room for others. */
static size_t level_max(const struct ledger *ledger, const struct addr *addr,
                        const struct times *times, int64_t first_ms)
{
    int64_t over_ms = 0;
    size_t level = 0;

    do {
        int64_t end_ms = TIME_NEVER_MS;

        for (size_t i = 0; i < ledger->policy_count; i++) {
            const struct policy *policy = &ledger->policies[i];
            int64_t its_ms = rules_bans(policy, addr)
                                 ? end_after(times, policy, (unsigned)level + 1, over_ms)
                                 : TIME_NEVER_MS;

            end_ms = its_ms < end_ms ? its_ms : end_ms;
        }
        over_ms = end_ms;
        level++;
    } while (over_ms < first_ms);
    return level;
}

static void check_not_higher(struct sim *sim, const struct subject *subject)
{
    const struct facts *facts = &subject->record.facts;
    struct times times = {0};

    for (size_t i = 0; i < facts->count; i++) {
        size_t most;

        if (facts->list[i].level == 1)
            continue;
        if (times.list == NULL)
            times_of(&sim->ledger, &subject->addr, &times);
        most = level_max(&sim->ledger, &subject->addr, &times, facts->list[i].first_ms);
        if (facts->list[i].level > most)
            sim_break(sim, RULE_BAN, "a fact of level %u, where %zu bans fit", facts->list[i].level,
                      most);
    }
    free(times.list);
}

/* The level that a fact which begins then has by the others, those left out that time or an
 * operator made forgotten. */
static unsigned level_min(const struct record *record, int64_t first_ms, int64_t tick_ms)
{
    unsigned level = 1;

    for (size_t i = 0; i < record->facts.count; i++) {
        const struct fact *fact = &record->facts.list[i];
        unsigned least = fact->until_ms < first_ms ? fact->level + 1u : fact->level;

        if (fact->first_ms <= first_ms && fact->first_ms > record->cut.forget_ms &&
            fact->forget_ms > tick_ms && least > level)
            level = least;
    }
    return level < UINT8_MAX ? level : UINT8_MAX;
}

/* The index from which the shortest run begins that ends with strike last and holds as many as ban;
 * SIZE_MAX: there are not so many after the cut. */
static size_t run_of(const struct subject *subject, const struct policy *policy, size_t last)
{
    const struct strike *list = subject->strikes.list;
    struct rules_messages messages = {.count = 0};
    size_t first = last + 1, count = 0;

    while (count < policy->threshold && first > 0 && list[first - 1].t_ms > subject->record.cut.ms)
        count += rules_counts(&messages, policy, strike_message(&list[--first]));
    return count < policy->threshold ? SIZE_MAX : first;
}

/* The fact that the newest window of the strikes after the cut proves: its level by the bans before
 * it, its end by that. first_ms 0: there is no such window. */
static struct fact prove(const struct subject *subject, const struct policy *policy,
                         int64_t tick_ms)
{
    const struct strike *list = subject->strikes.list;
    struct fact fact = {0};
    unsigned level;

    for (size_t last = 0; last < subject->strikes.count; last++) {
        size_t first = run_of(subject, policy, last);
        int64_t last_ms = list[last].t_ms, first_ms = first != SIZE_MAX ? list[first].t_ms : 0;

        if (first == SIZE_MAX || last_ms - first_ms >= policy->window_ms)
            continue;
        if (first_ms > fact.until_ms) /* a new ban */
            fact.level = fact.forget_ms > tick_ms ? fact.level + 1 : 1;
        level = level_min(&subject->record, first_ms, tick_ms);
        if (level > fact.level) /* by facts of which the strikes are gone, or of other policies */
            fact.level = (uint8_t)level;
        fact.first_ms = first_ms;
        fact.last_ms = last_ms;
        fact.until_ms = rules_until_ms(policy, fact.level, last_ms);
        fact.forget_ms = policy_roundup(policy_add(fact.until_ms, policy->memory_ms));
    }
    return fact;
}

static void check_not_lower(struct sim *sim, const struct subject *subject,
                            const struct policy *policy, int64_t tick_ms)
{
    const struct record *record = &subject->record;
    struct fact proved = prove(subject, policy, tick_ms);
    bool found = false;

    if (proved.first_ms == 0 || proved.forget_ms <= tick_ms)
        return;
    for (size_t i = 0; i < record->facts.count; i++) {
        const struct fact *fact = &record->facts.list[i];

        found |= fact->first_ms >= proved.first_ms && fact->last_ms >= proved.last_ms &&
                 fact->until_ms >= proved.until_ms && fact->level >= proved.level;
    }
    if (!found)
        sim_break(sim, RULE_BAN, "no fact of level %u, which the strikes and facts prove",
                  proved.level);
}

void rules_check_levels(struct sim *sim, struct host *host)
{
    const struct state *state = &host->node.state;
    const struct subject *subject;

    if (sim->plan.hostile)
        return; /* a member may say of facts what it likes */
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;) {
        sim_about(sim, &subject->addr);
        check_not_higher(sim, subject);
        for (size_t i = 0; i < sim->host_count; i++)
            if (sim->hosts[i]->up && rules_bans(&sim->hosts[i]->policy, &subject->addr))
                check_not_lower(sim, subject, &sim->hosts[i]->policy, state_now_ms(state));
    }
    sim_about(sim, NULL);
}
