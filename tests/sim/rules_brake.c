/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 18 on the brake: what it holds is in no state and is not lost, and it holds nothing unless
 * the log of its node could have banned too many within a minute.
 */
#include <bansync/limits.h>

#include "rules.h"

#define SPAN_MS 60000

static enum held_place place_of(const struct host *host, const struct addr *addr,
                                const struct strike *strike)
{
    return held_find(&host->node.hold.held, state_hash(&host->node.state, addr), addr, strike);
}

/* What leaves as made by this node was let go. Of what an operator released, which takes some
 * turns, a line that is read again goes ahead. */
void rules_watch_held(struct sim *sim, const struct host *host)
{
    const struct effects *effects = &host->node.effects;

    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];
        enum held_place place;
        struct strike strike;
        struct addr addr;

        if (effect->type != EFFECT_PUSH || effect->kind != ENTRY_STRIKE ||
            entry_read_strike(effect_body(effects, effect), effect->body_size, &addr, &strike) != 0)
            continue;
        place = place_of(host, &addr, &strike);
        if (place != HELD_NOWHERE && place != HELD_RELEASING)
            sim_break(sim, RULE_BRAKE, "mx%zu tells the others what it holds", host->index + 1);
    }
}

/* Of the own strikes of subject those that are newer than the line, and not in but. */
static size_t newer_than(const struct host *host, const struct subject *subject,
                         const struct ledger_line *line, const struct subject *but)
{
    size_t count = 0;

    for (size_t i = subject != NULL ? subject->strikes.count : 0; i-- > 0;) {
        const struct strike *strike = &subject->strikes.list[i];

        if (strike->origin == host->node.state.node && strike->t_ms >= line->low_ms &&
            (but == NULL || strikes_find(&but->strikes, strike) == but->strikes.count))
            count++;
    }
    return count;
}

/* True if as many as are kept of one sender have taken its place, some of which may be in the state
 * by now: who comes back with an old backup gets from the others what it had released. */
static bool is_crowded_out(const struct host *host, const struct ledger_line *line)
{
    const struct state *state = &host->node.state;
    struct unpacked room_of_there;
    const struct subject *there = state_find(state, &line->subject, &room_of_there);
    const struct subject *held =
        table_find(&host->node.hold.held.sets[HELD_WAITING].subjects, &line->subject,
                   state_hash(state, &line->subject), NULL);

    return newer_than(host, held, line, NULL) + newer_than(host, there, line, held) >=
           STRIKES_PER_ORIGIN_MAX;
}

static bool is_there(const struct host *host, const struct ledger_line *line)
{
    struct strike strike = {.id = line->id, .origin = host->node.state.node};
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(&host->node.state, &line->subject, &room_of_subject);

    return place_of(host, &line->subject, &strike) != HELD_NOWHERE ||
           (subject != NULL && strikes_find(&subject->strikes, &strike) < subject->strikes.count);
}

/* A sender can be newly banned again within a minute. */
static bool bans_may_end(const struct ledger *ledger)
{
    bool may = false;

    for (size_t i = 0; i < ledger->policy_count; i++)
        may |= policy_duration_ms(&ledger->policies[i], 1) <= SPAN_MS;
    for (size_t i = 0; i < ledger->command_count; i++)
        may |= ledger->commands[i].type == EVENT_UNBAN;
    return may;
}

/* So many bans can the log have brought within a minute of that line: one of each sender, or one a
 * line. */
static bool is_storm(const struct sim *sim, const struct ledger_line *about, bool each_line)
{
    const struct ledger *ledger = &sim->ledger;
    struct addr seen[PLAN_ADDRESSES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < ledger->line_count && count < PLAN_ADDRESSES_MAX; i++) {
        const struct ledger_line *line = &ledger->lines[i];
        bool passed = line->host != about->host || !line->read ||
                      line->high_ms < about->low_ms - SPAN_MS ||
                      line->low_ms > about->high_ms + SPAN_MS;

        for (size_t k = 0; k < count && !passed && !each_line; k++)
            passed = addr_compare(&seen[k], &line->subject) == 0;
        if (!passed)
            seen[count++] = line->subject;
    }
    return count > sim->plan.brake || count == PLAN_ADDRESSES_MAX;
}

static void check_reason(struct sim *sim, const struct host *host)
{
    const struct ledger *ledger = &sim->ledger;
    bool each_line = bans_may_end(ledger);

    if (host->node.state.counters.brakes == 0)
        return;
    for (size_t i = 0; i < ledger->line_count; i++)
        if (ledger->lines[i].read && ledger->lines[i].host == host->identity &&
            is_storm(sim, &ledger->lines[i], each_line))
            return;
    sim_break(sim, RULE_BRAKE, "mx%zu held hits without a storm", host->index + 1);
}

void rules_check_brake(struct sim *sim, const struct host *host)
{
    check_reason(sim, host);
    for (size_t i = 0; i < sim->ledger.line_count; i++) {
        const struct ledger_line *line = &sim->ledger.lines[i];

        if (line->held && line->host == host->identity && !is_there(host, line) &&
            !is_crowded_out(host, line) &&
            line->high_ms > state_now_ms(&host->node.state) - STRIKE_HORIZON_MS) {
            sim_about(sim, &line->subject);
            sim_break(sim, RULE_BRAKE, "line %zu of mx%zu was held and is lost", i,
                      host->index + 1);
            sim_about(sim, NULL);
        }
    }
}
