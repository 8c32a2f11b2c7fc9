/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules 4, 5 and 6: which subjects are banned, by strikes and by operators.
 */
#include <bansync/limits.h>

#include "rules.h"

/* Whether the lines of that subject, and what the hostile member made up, prove the fact under the
 * policy: it begins and ends with a line, and enough of them lie between. */
static bool proves(const struct sim *sim, const struct addr *addr, const struct fact *fact,
                   const struct policy *policy)
{
    const struct ledger *ledger = &sim->ledger;
    struct rules_messages messages = {.count = 0};
    bool begins = false, ends = false;
    size_t count = 0;

    if (!rules_bans(policy, addr) || fact->last_ms - fact->first_ms >= policy->window_ms ||
        fact->until_ms != rules_until_ms(policy, fact->level, fact->last_ms) ||
        fact->forget_ms != policy_roundup(policy_add(fact->until_ms, policy->memory_ms)))
        return false;
    for (size_t i = 0; i < ledger->line_count; i++) {
        const struct ledger_line *line = &ledger->lines[i];

        if (!line->read || addr_compare(&line->subject, addr) != 0)
            continue;
        begins |= line->low_ms <= fact->first_ms && fact->first_ms <= line->high_ms;
        ends |= line->low_ms <= fact->last_ms && fact->last_ms <= line->high_ms;
        count += line->low_ms <= fact->last_ms && fact->first_ms <= line->high_ms &&
                 rules_counts(&messages, policy, line->message);
    }
    for (size_t i = 0; i < sim->lies.count; i++) {
        const struct lie *lie = &sim->lies.list[i];

        if (lie->kind != ENTRY_STRIKE || addr_compare(&lie->addr, addr) != 0)
            continue;
        begins |= lie->strike.t_ms == fact->first_ms;
        ends |= lie->strike.t_ms == fact->last_ms;
        count += fact->first_ms <= lie->strike.t_ms && lie->strike.t_ms <= fact->last_ms;
    }
    return begins && ends && count >= policy->threshold;
}

static void check_facts(struct sim *sim, const struct subject *subject)
{
    for (size_t i = 0; i < subject->record.facts.count; i++) {
        const struct fact *fact = &subject->record.facts.list[i];
        bool proved = false;

        for (size_t k = 0; k < sim->ledger.policy_count && !proved; k++)
            proved = proves(sim, &subject->addr, fact, &sim->ledger.policies[k]);
        if (!proved && !lies_have_fact(&sim->lies, &subject->addr, fact))
            sim_break(sim, RULE_BAN, "a fact that no lines prove: %lld ms long",
                      (long long)(fact->last_ms - fact->first_ms));
    }
}

/* The end of the ban that the strikes prove under the policy at least, least_ms if none that is
 * later: the pure window function, by trying every strike as the last one, and as if each ban were
 * the first one (in seeds later ones last no less; rules_level.c knows which it is). */
static int64_t until_plainly(const struct subject *subject, const struct policy *policy,
                             int64_t least_ms)
{
    int64_t until_ms = least_ms;

    for (size_t i = 0; i < subject->strikes.count; i++) {
        int64_t last_ms = subject->strikes.list[i].t_ms;
        int64_t end_ms = rules_until_ms(policy, 1, last_ms);

        if (last_ms > subject->record.cut.ms && end_ms > until_ms &&
            rules_count(subject, policy, last_ms - policy->window_ms, i) >= policy->threshold)
            until_ms = end_ms;
    }
    return until_ms;
}

/* Until when the valid facts ban. */
static int64_t until_by_facts(const struct record *record)
{
    int64_t until_ms = 0;

    for (size_t i = 0; i < record->facts.count; i++)
        if (record->facts.list[i].first_ms > record->cut.ms &&
            record->facts.list[i].until_ms > until_ms)
            until_ms = record->facts.list[i].until_ms;
    return until_ms;
}

/* Each live node's own policy must have been applied to all the strikes. */
static void check_due(struct sim *sim, const struct state *state, const struct subject *subject)
{
    int64_t by_facts_ms = until_by_facts(&subject->record), now_ms = state_now_ms(state);
    int64_t least_ms = by_facts_ms > now_ms ? by_facts_ms : now_ms;

    for (size_t i = 0; i < sim->host_count; i++) {
        const struct host *host = sim->hosts[i];

        if (host->up && rules_bans(&host->policy, &subject->addr) &&
            until_plainly(subject, &host->policy, least_ms) > least_ms)
            sim_break(sim, RULE_BAN, "mx%zu: enough strikes for a ban, and none is there", i + 1);
    }
}

static bool is_manual(const struct ledger_command *command)
{
    return command->type == EVENT_BAN || command->type == EVENT_UNBAN ||
           command->type == EVENT_FORGET;
}

/* What the commands on this subject prove: the highest stamp that is owed, and the cut. */
struct verdict {
    const struct ledger_command *highest; /* owed; NULL: none */
    int64_t cut_ms;                       /* owed */
    bool manual_known;                    /* the record's manual slot is what somebody said */
    bool cut_known;                       /* the record's cut is that of some unban */
    int64_t forget_ms;                    /* owed */
    bool forget_known;                    /* what it forgot is what some unban forgot */
};

static struct verdict judge(const struct sim *sim, const struct addr *addr,
                            const struct record *record)
{
    struct verdict verdict = {
        .manual_known =
            record->manual.stamp.hlc == 0 || lies_have_manual(&sim->lies, addr, &record->manual),
        .cut_known = record->cut.ms == 0 || lies_have_cut(&sim->lies, addr, record->cut.ms),
        .forget_known = record->cut.forget_ms == 0 ||
                        lies_have_forgotten(&sim->lies, addr, record->cut.forget_ms)};

    for (size_t i = 0; i < sim->ledger.command_count; i++) {
        const struct ledger_command *command = &sim->ledger.commands[i];

        if (!is_manual(command) || addr_compare(&command->addr, addr) != 0)
            continue;
        if (command->owed && (verdict.highest == NULL ||
                              stamp_compare(&command->stamp, &verdict.highest->stamp) > 0))
            verdict.highest = command;
        verdict.manual_known |=
            stamp_compare(&command->stamp, &record->manual.stamp) == 0 &&
            (command->type == EVENT_BAN) == (record->manual.kind == MANUAL_BAN) &&
            command->until_ms == record->manual.until_ms;
        verdict.cut_known |= command->cut_ms == record->cut.ms;
        if (command->owed && command->cut_ms > verdict.cut_ms)
            verdict.cut_ms = command->cut_ms;
        if (command->type != EVENT_FORGET)
            continue;
        verdict.forget_known |= command->cut_ms == record->cut.forget_ms;
        if (command->owed && command->cut_ms > verdict.forget_ms)
            verdict.forget_ms = command->cut_ms;
    }
    return verdict;
}

static void check_commands(struct sim *sim, const struct addr *addr, const struct record *record)
{
    struct verdict verdict = judge(sim, addr, record);

    if (verdict.highest != NULL &&
        stamp_compare(&record->manual.stamp, &verdict.highest->stamp) < 0)
        sim_break(sim, RULE_OPERATOR, "a %s of an operator is lost",
                  verdict.highest->type == EVENT_BAN ? "ban" : "unban");
    if (!verdict.manual_known)
        sim_break(sim, RULE_OPERATOR, "a manual slot that no operator made");
    if (record->cut.ms < verdict.cut_ms)
        sim_break(sim, RULE_UNBAN, "the cut of an unban is lost");
    if (!verdict.cut_known)
        sim_break(sim, RULE_UNBAN, "a cut that no operator made");
    if (record->cut.forget_ms < verdict.forget_ms)
        sim_break(sim, RULE_UNBAN, "what an unban forgot is remembered");
    if (!verdict.forget_known || record->cut.forget_ms > record->cut.ms)
        sim_break(sim, RULE_UNBAN, "levels are forgotten that no operator forgot");
}

void rules_check_records(struct sim *sim, struct host *host)
{
    static const struct record none;
    const struct state *state = &host->node.state;
    const struct subject *subject;
    struct unpacked room;

    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;) {
        sim_about(sim, &subject->addr);
        check_facts(sim, subject);
        check_due(sim, state, subject);
        check_commands(sim, &subject->addr, &subject->record);
    }
    for (size_t i = 0; i < sim->ledger.command_count; i++)
        if (is_manual(&sim->ledger.commands[i]) &&
            state_find(state, &sim->ledger.commands[i].addr, &room) == NULL) {
            sim_about(sim, &sim->ledger.commands[i].addr);
            check_commands(sim, &sim->ledger.commands[i].addr, &none);
        }
    sim_about(sim, NULL);
}
