/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What time does to the state, see expire.h. Everything is judged at the tick, never at a clock.
 */
#include "expire.h"

#include <stdlib.h>

#include <bansync/limits.h>

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t expire_deadline_ms(const struct subject *subject, int64_t now_ms)
{
    const struct record *record = &subject->record;
    int64_t deadline_ms = TIME_NEVER_MS;

    if (subject->strikes.count > 0)
        deadline_ms = subject->strikes.list[0].t_ms + STRIKE_HORIZON_MS;
    if (record_manual_is_live(record, now_ms))
        deadline_ms = earlier(deadline_ms, record->manual.until_ms);
    for (size_t i = 0; i < record->facts.count; i++) {
        deadline_ms = earlier(deadline_ms, record->facts.list[i].forget_ms);
        if (record->facts.list[i].until_ms > now_ms)
            deadline_ms = earlier(deadline_ms, record->facts.list[i].until_ms);
    }
    return deadline_ms;
}

static bool queue(struct state *state, struct subject *subject, int64_t deadline_ms)
{
    bool queued = expiry_put(&state->expiry, deadline_ms, subject->hash) == 0;

    if (queued)
        subject_set_deadline(subject, deadline_ms);
    state->counters.entries_memory += !queued;
    return queued;
}

void expire_schedule(struct state *state, struct subject *subject)
{
    int64_t deadline_ms = expire_deadline_ms(subject, state_now_ms(state));

    if (deadline_ms < subject->deadline_ms)
        queue(state, subject, deadline_ms);
}

void expire_at_once(struct state *state, struct subject *subject)
{
    queue(state, subject, state_now_ms(state));
}

/* What is at rest keeps its note, which is for no earlier time than it is queued for. */
void expire_requeue(struct state *state)
{
    bool complete = true;
    struct subject *subject;

    expiry_close(&state->expiry);
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;) {
        int64_t deadline_ms =
            earlier(subject->deadline_ms, expire_deadline_ms(subject, state_now_ms(state)));

        subject_set_deadline(subject, TIME_NEVER_MS);
        if (deadline_ms < TIME_NEVER_MS)
            complete &= queue(state, subject, deadline_ms);
    }
    if (!complete)
        expiry_spoil(&state->expiry);
}

static void expire_strikes(struct state *state, struct subject *subject, int64_t now_ms)
{
    while (subject->strikes.count > 0 &&
           subject->strikes.list[0].t_ms <= now_ms - STRIKE_HORIZON_MS) {
        struct strike strike;

        strikes_take_oldest(&subject->strikes, &strike);
        state_strike_removed(state, subject, &strike);
        free(strike.text);
    }
}

/* True for an entry that was live before and is not now. */
static bool has_ended(const struct allow *allow, int64_t before_ms, int64_t now_ms)
{
    return allow_is_live(allow, before_ms) && !allow_is_live(allow, now_ms);
}

/* One of the operators' is told to people. */
static bool is_told(const struct allow *allow, int64_t before_ms, int64_t now_ms)
{
    return allow->owner == ALLOW_OPERATOR && allow->on && allow->until_ms > before_ms &&
           allow->until_ms <= now_ms;
}

static void expire_allows(struct state *state, int64_t now_ms, struct effects *effects)
{
    for (size_t i = state->allows.count; i-- > 0;) {
        uint8_t key[ENTRY_KEY_BYTES_MAX];
        struct allow allow;
        struct effect *effect;

        /* Only then: with many bans the map takes long to draw, and a tick comes every 10 s. */
        state->map_redraw |= has_ended(&state->allows.list[i], state->expired_ms, now_ms);
        if (effects_reserve(effects, 2, sizeof(key)) != 0)
            continue;
        if (is_told(&state->allows.list[i], state->expired_ms, now_ms))
            effects_add(effects, EFFECT_ALLOW)->addr = state->allows.list[i].addr;
        if (!allow_is_garbage(&state->allows.list[i], now_ms))
            continue;
        allow = allows_take(&state->allows, i);
        state_allow_changed(state, &allow, false);
        effect = effects_add(effects, EFFECT_DELETE);
        effect->kind = ENTRY_ALLOW;
        effects_set_key(effects, effect, key, entry_write_allow_key(&allow, key));
        allow_clear(&allow);
    }
    state->expired_ms = now_ms;
}

/* False: no memory to wake or mark it, or it is to be loaded again. */
static bool expire_subject(struct state *state, const struct addr *addr, int64_t now_ms)
{
    struct subject *subject = state_make(state, addr);

    if (subject == NULL)
        return false;
    subject_set_deadline(subject, TIME_NEVER_MS);
    expire_strikes(state, subject, now_ms);
    if (state_record_is_sound(state, subject) && facts_forget(&subject->record.facts, now_ms))
        state_record_changed(state, subject);
    state_mark(state, subject);
    return true;
}

/* All of that hash. */
static bool expire_item(struct state *state, uint64_t hash, int64_t now_ms)
{
    const struct subject *subject;
    struct unpacked room;
    bool done = true;

    for (uint32_t i = 0; (subject = table_of_hash(&state->table, hash, i, &room)) != NULL; i++)
        done &= expire_subject(state, &subject->addr, now_ms);
    return done;
}

/* Whose entries are forgotten. */
struct forgetting {
    struct state *state;
    enum entry_kind kind;
    struct effects *effects;
};

/* Without memory it stays until the next tick. */
static bool forget_entry(void *context, const struct chronicle_entry *entry)
{
    const struct forgetting *forgetting = context;
    struct effect *effect;

    if (effects_reserve(forgetting->effects, 1, CHRONICLE_KEY_BYTES) != 0)
        return false;
    state_chronicle_changed(forgetting->state, forgetting->kind, entry, false);
    effect = effects_add(forgetting->effects, EFFECT_DELETE);
    effect->kind = (uint8_t)forgetting->kind;
    effects_set_key(forgetting->effects, effect, entry->bytes, CHRONICLE_KEY_BYTES);
    return true;
}

void expire_chronicles(struct state *state, struct effects *effects)
{
    for (enum entry_kind kind = ENTRY_AUDIT; kind <= ENTRY_KINDS; kind++) {
        struct forgetting forgetting = {state, kind, effects};

        chronicle_forget(&state->chronicles[kind - ENTRY_AUDIT], state_now_ms(state), forget_entry,
                         &forgetting);
    }
}

void expire_due(struct state *state, struct effects *effects)
{
    int64_t now_ms = state_now_ms(state);
    struct expiry_item item;

    while (expiry_take(&state->expiry, now_ms, &item))
        if (!expire_item(state, item.hash, now_ms) &&
            state_is_readable(state, digest_leaf(item.hash))) {
            expiry_put(&state->expiry, item.at_ms, item.hash); /* it has room: for the next turn */
            break;
        }
    expire_allows(state, now_ms, effects);
    if (effects_reserve(effects, 1, 0) == 0) /* the store removes a bounded number at a time */
        effects_add(effects, EFFECT_EXPIRE)->at_ms = now_ms - STRIKE_HORIZON_MS;
}
