/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The brake's decision, see brake.h.
 */
#include "brake.h"

#include "derive.h"

static int64_t second_of(int64_t t_ms)
{
    return t_ms / 1000;
}

static struct brake_slot *slot_of(struct brake *brake, int64_t second)
{
    return &brake->slots[(uint64_t)second % BRAKE_SLOTS];
}

/* Bans of the seconds from first on, a span of them. */
static uint64_t bans_from(struct brake *brake, int64_t first)
{
    uint64_t bans = 0;

    for (int64_t second = first; second < first + BRAKE_SPAN_S; second++)
        if (slot_of(brake, second)->second == second)
            bans += slot_of(brake, second)->bans;
    return bans;
}

/* Of the spans that the second is in, those that end and begin with it: lines that come in order
 * are judged by the one, late ones by the other as well. */
static bool is_full(struct brake *brake, int64_t second)
{
    return bans_from(brake, second - BRAKE_SPAN_S + 1) >= brake->max ||
           bans_from(brake, second) >= brake->max;
}

static void note(struct brake *brake, int64_t second)
{
    struct brake_slot *slot = slot_of(brake, second);

    if (slot->second != second)
        *slot = (struct brake_slot){.second = second};
    slot->bans++;
}

/* True if a ban is proved by the strike and those that are there. */
static bool completes(const struct state *state, const struct subject *subject,
                      const struct strike *strike)
{
    static const struct subject none;
    const struct subject *known = subject != NULL ? subject : &none;

    return known->strikes.count + 1 >= state->policy.threshold &&
           derive_would_ban_with(&state->policy, &known->strikes, strike, &known->record,
                                 state_now_ms(state));
}

/* True if the strike changes nothing that the brake is there for. Facts are derived at the end of
 * the turn, so those of strikes that came before it in the same turn are looked for, too. */
static bool is_harmless(const struct state *state, const struct subject *subject,
                        const struct addr *addr, const struct strike *strike)
{
    int64_t now_ms = state_now_ms(state);

    if (strike->t_ms <= now_ms - STRIKE_HORIZON_MS ||
        allows_cover(&state->allows, addr, now_ms) != NULL)
        return true;
    return subject != NULL &&
           (record_is_banned(&subject->record, now_ms) ||
            strikes_find(&subject->strikes, strike) < subject->strikes.count ||
            derive_would_ban(&state->policy, &subject->strikes, &subject->record, now_ms));
}

enum brake_verdict brake_judge(struct brake *brake, const struct state *state,
                               const struct addr *addr, const struct strike *strike, bool engaged)
{
    struct unpacked room;
    const struct subject *subject = state_find(state, addr, &room);
    int64_t second = second_of(strike->t_ms);

    if (brake->max == 0 || !policy_bans(&state->policy, addr) ||
        (!engaged && !completes(state, subject, strike)) ||
        is_harmless(state, subject, addr, strike))
        return BRAKE_PASS;
    if (engaged || is_full(brake, second))
        return BRAKE_HOLD;
    note(brake, second);
    return BRAKE_PASS;
}
