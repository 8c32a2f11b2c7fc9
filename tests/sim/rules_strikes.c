/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules 2 and 3 on strikes: every committed line is one of them, and nothing else is.
 */
#include <assert.h>
#include <stdlib.h>

#include <bansync/limits.h>

#include "derive.h"
#include "rules.h"

static uint64_t id_of(const struct ledger_line *line)
{
    return 1000 + line->host;
}

/* The line whose strike it is, UINT32_MAX if there is none. A hostile member may have changed the
 * text, but not the id. */
static uint32_t find_line(const struct sim *sim, const struct addr *addr,
                          const struct strike *strike)
{
    const struct ledger *ledger = &sim->ledger;
    uint32_t named = ledger_line_of(addr, strike);

    if (named < ledger->line_count && id_of(&ledger->lines[named]) == strike->origin &&
        (ledger->lines[named].id == strike->id || !sim->plan.hostile))
        return named;
    for (size_t i = 0; i < ledger->line_count && sim->plan.hostile; i++)
        if (ledger->lines[i].id == strike->id && id_of(&ledger->lines[i]) == strike->origin &&
            (ledger->lines[i].subject.kind == ADDR_ACCOUNT) == (addr->kind == ADDR_ACCOUNT))
            return (uint32_t)i;
    return UINT32_MAX;
}

static uint32_t hash_of(const struct sim *sim, uint32_t message)
{
    char text[32];
    size_t size = ledger_message_id(message, text);
    const struct host *host = rules_first(sim);

    return message != 0 ? (uint32_t)hash64(&host->node.state.key, text, size) : 0;
}

/* A mail is the same message at each node, and another one is not. */
static void check_message(struct sim *sim, const struct subject *subject,
                          const struct strike *strike, uint32_t number)
{
    if (strike_message(strike) != hash_of(sim, sim->ledger.lines[number].message) &&
        !lies_have_strike(&sim->lies, &subject->addr, strike))
        sim_break(sim, RULE_STRIKE, "line %u is of message %u, its strike of another one", number,
                  sim->ledger.lines[number].message);
}

static void check_strike(struct sim *sim, const struct subject *subject,
                         const struct strike *strike, uint8_t *seen)
{
    uint32_t number = find_line(sim, &subject->addr, strike);
    const struct ledger_line *line;

    if (number == UINT32_MAX) {
        if (!lies_have_strike(&sim->lies, &subject->addr, strike))
            sim_break(sim, RULE_STRIKE, "a strike that is no line of any log");
        return;
    }
    line = &sim->ledger.lines[number];
    if (!line->read || addr_compare(&line->subject, &subject->addr) != 0) {
        if (!lies_have_strike(&sim->lies, &subject->addr, strike))
            sim_break(sim, RULE_STRIKE, "line %u counts against somebody else", number);
        return;
    }
    check_message(sim, subject, strike, number);
    if (seen[number]++ > 0)
        sim_break(sim, RULE_STRIKE, "line %u of mx%zu counts twice", number, line->host + 1);
    /* A clone reads the same lines, and may have read it later still. What is made up may have a
     * later time, too, but no earlier one. */
    if (sim->host_count == sim->plan.hosts && strike->t_ms < line->owed_ms)
        sim_break(sim,
                  lies_have_strike(&sim->lies, &subject->addr, strike) ? RULE_MEMBER : RULE_STRIKE,
                  "line %u: an earlier time than the latest one read", number);
    if ((strike->t_ms < line->low_ms || strike->t_ms > line->high_ms) &&
        !lies_have_strike(&sim->lies, &subject->addr, strike))
        sim_break(sim, RULE_STRIKE, "line %u: time %+lld ms off", number,
                  (long long)(strike->t_ms - line->log_ms));
}

/* True if newer strikes of the same origin fill its place. */
static bool is_crowded_out(const struct subject *subject, const struct ledger_line *line)
{
    size_t newer = 0;

    for (size_t i = 0; i < subject->strikes.count; i++) {
        const struct strike *strike = &subject->strikes.list[i];

        newer += strike->origin == id_of(line) && strike->t_ms >= line->low_ms;
    }
    return newer >= STRIKES_PER_ORIGIN_MAX;
}

static void check_line(struct sim *sim, const struct state *state, uint32_t number)
{
    const struct ledger_line *line = &sim->ledger.lines[number];
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(state, &line->subject, &room_of_subject);

    if (line->high_ms <= state_now_ms(state) - STRIKE_HORIZON_MS)
        return;
    sim_about(sim, &line->subject);
    if (subject == NULL || !is_crowded_out(subject, line))
        sim_break(
            sim, sim->plan.hostile ? RULE_MEMBER : RULE_STRIKE,
            "line %u of mx%zu, logged at %.3f, was committed and is no strike (%zu are there)",
            number, line->host + 1, (double)(line->true_ms - SIM_EPOCH_MS) / 1000,
            subject != NULL ? subject->strikes.count : 0);
}

bool rules_bans(const struct policy *policy, const struct addr *addr)
{
    return addr->kind != ADDR_ACCOUNT || policy->accounts == ACCOUNTS_BAN;
}

int64_t rules_until_ms(const struct policy *policy, unsigned level, int64_t last_ms)
{
    size_t place = level == 0 ? 0 : level - 1; /* 0: of a hostile member */
    int64_t ms;

    if (place >= policy->durations.count)
        place = policy->durations.count - 1;
    ms = policy->durations.ms[place];
    return ms == TIME_NEVER_MS ? ms : (last_ms + ms + TICK_MS - 1) / TICK_MS * TICK_MS;
}

bool rules_counts(struct rules_messages *messages, const struct policy *policy, uint32_t message)
{
    if (!policy->count_messages || message == 0)
        return true;
    for (size_t i = 0; i < messages->count; i++)
        if (messages->list[i] == message)
            return false;
    assert(messages->count < sizeof(messages->list) / sizeof(messages->list[0]));
    messages->list[messages->count++] = message;
    return true;
}

size_t rules_count(const struct subject *subject, const struct policy *policy, int64_t from_ms,
                   size_t last)
{
    struct rules_messages messages = {.count = 0};
    size_t count = 0;

    for (size_t i = last < subject->strikes.count ? last + 1 : subject->strikes.count; i-- > 0;) {
        const struct strike *strike = &subject->strikes.list[i];

        if (strike->t_ms <= from_ms || strike->t_ms <= subject->record.cut.ms)
            break; /* they are in order */
        count += rules_counts(&messages, policy, strike_message(strike));
    }
    return count;
}

/* The count, the plain way. */
static size_t count_plainly(const struct state *state, const struct subject *subject)
{
    int64_t cut_ms = subject->record.cut.ms, last_ms = INT64_MIN, window = state->policy.window_ms;

    for (size_t i = 0; i < subject->strikes.count; i++)
        if (subject->strikes.list[i].t_ms > cut_ms && subject->strikes.list[i].t_ms > last_ms)
            last_ms = subject->strikes.list[i].t_ms;
    if (last_ms == INT64_MIN || last_ms <= state_now_ms(state) - window)
        return 0;
    return rules_count(subject, &state->policy, last_ms - window, subject->strikes.count);
}

static void check_subject(struct sim *sim, const struct state *state, const struct subject *subject,
                          uint8_t *seen)
{
    size_t count = derive_count(&state->policy, &subject->strikes, subject->record.cut.ms,
                                state_now_ms(state), NULL);

    sim_about(sim, &subject->addr);
    for (size_t i = 0; i < subject->strikes.count; i++)
        check_strike(sim, subject, &subject->strikes.list[i], seen);
    if (count != count_plainly(state, subject))
        sim_break(sim, RULE_COUNT, "count %zu, lines or messages in the window %zu", count,
                  count_plainly(state, subject));
}

void rules_check_strikes(struct sim *sim, struct host *host)
{
    const struct state *state = &host->node.state;
    uint8_t *seen = calloc(sim->ledger.line_count + 1, 1);
    const struct subject *subject;

    if (seen == NULL)
        return;
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        check_subject(sim, state, subject, seen);
    for (size_t i = 0; i < sim->ledger.line_count; i++)
        if (sim->ledger.lines[i].owed && seen[i] == 0)
            check_line(sim, state, (uint32_t)i);
    sim_about(sim, NULL);
    free(seen);
}
