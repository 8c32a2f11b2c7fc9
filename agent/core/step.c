/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one door of the core, see step.h: the only switch over events.
 */
#include "step.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "check.h"
#include "derive.h"
#include "expire.h"
#include "mend.h"
#include "merge.h"
#include "operator.h"
#include "operator_audit.h"
#include "own.h"

/* Loaded subjects that are awake at once. */
#define LOADED_AWAKE_MAX 1024

/* A peer's clock is no entry, and a row that has become garbage while the node was down is none
 * that was refused. */
static void count_result(struct state *state, enum event_type type, enum step_result result)
{
    state->counters.entries_clock += result == STEP_CLOCK && type != EVENT_CLOCK;
    state->counters.entries_expired += result == STEP_EXPIRED && type != EVENT_LOAD;
    state->counters.entries_malformed += result == STEP_MALFORMED;
    state->counters.entries_unknown += result == STEP_UNKNOWN;
    state->counters.entries_memory += result == STEP_MEMORY;
}

static enum step_result peer_entry(struct state *state, const struct event *event,
                                   struct effects *effects)
{
    enum step_result result = merge_bytes(state, event->kind, event->bytes, event->size,
                                          policy_add(event->ref_ms, CLOCK_SKEW_MS_MAX), effects);

    if (result == STEP_CHANGED) {
        state->counters.strikes_peer += event->kind == ENTRY_STRIKE;
        merge_add_entry(state, effects, EFFECT_FORWARD, event->kind, event->bytes, event->size);
    }
    return result;
}

/* Never backwards; an hlc beyond latest_ms is not believed. */
static enum step_result advance(struct state *state, uint64_t hlc, int64_t latest_ms,
                                struct effects *effects)
{
    if (stamp_ms(hlc) > latest_ms)
        return STEP_CLOCK;
    if (hlc > state->hlc)
        state->hlc = hlc;
    if (stamp_tick(state->hlc) <= state->tick) /* a stamp may have moved the clock since */
        return STEP_SAME;
    state->tick = stamp_tick(state->hlc);
    expire_due(state, effects);
    expire_chronicles(state, effects);
    return STEP_CHANGED;
}

/* Who is to tell people of a ban by facts: the node of the strike that decided it. */
static void name_decider(const struct state *state, const struct subject *subject,
                         struct effect *effect)
{
    const struct strike *deciding =
        derive_deciding(&state->policy, &subject->strikes, &subject->record, state_now_ms(state));

    effect->own = subject->struck;
    if (deciding == NULL)
        return;
    effect->origin = deciding->origin;
    effect->at_ms = deciding->t_ms;
}

/* A ban or unban, and a ban by an operator that changes one which is in force. */
static void announce(struct state *state, struct subject *subject, bool banned, bool quiet,
                     struct effects *effects)
{
    bool manual = record_manual_is_live(&subject->record, state_now_ms(state));
    uint64_t stamp = manual ? subject->record.manual.stamp.hlc : 0;
    bool changed = banned && subject->banned && manual && stamp != subject->announced;
    bool flipped = banned != subject->banned;
    struct effect *effect;

    subject->banned = banned;
    subject->announced = stamp;
    if (flipped && quiet)
        state->map_redraw = true;
    else if (flipped)
        effects_add(effects, EFFECT_MAP)->addr = subject->addr;
    if (quiet || (!flipped && !changed))
        return;
    state->counters.bans += flipped && banned;
    state->counters.unbans += flipped && !banned;
    effect = effects_add(effects, banned ? EFFECT_BANNED : EFFECT_UNBANNED);
    effect->addr = subject->addr;
    if (banned && !manual)
        name_decider(state, subject, effect);
}

/* When subjects are looked at. */
enum occasion {
    LOADED,    /* nothing is told */
    TURN_ENDS, /* rows that are made now are committed */
    COMMITTED, /* rows that are made now are not */
};

/* Derives, persists, schedules and announces one subject; forgets it if nothing is left of it, and
 * else puts it to rest if it can be.
 * False without memory: it is still to be done. */
static bool flush_subject(struct state *state, struct subject *subject, bool quiet,
                          struct effects *effects)
{
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    size_t size = 0;
    bool banned;

    if (subject->underived && merge_derive(state, subject))
        subject->own |= subject->struck;
    banned = record_is_banned(&subject->record, state_now_ms(state));
    if (subject->changed && subject->has_record)
        size =
            entry_write_record(&subject->addr, &subject->record, state->scratch, ENTRY_BYTES_MAX);
    if (effects_reserve(effects, 4, 2 * size + sizeof(key)) != 0) {
        state->counters.entries_memory++;
        return false;
    }
    subject->dirty = false;
    if (subject->changed) {
        struct effect *effect =
            effects_add(effects, subject->has_record ? EFFECT_PERSIST : EFFECT_DELETE);

        effect->kind = ENTRY_RECORD;
        effect->addr = subject->addr;
        effect->hash = subject->record_hash.lane[0];
        effects_set_key(effects, effect, key,
                        entry_write_record_key(&state->key, &subject->addr, key));
        effects_set_body(effects, effect, state->scratch, size);
        if (subject->own && subject->has_record)
            merge_add_entry(state, effects, EFFECT_PUSH, ENTRY_RECORD, state->scratch, size);
    }
    subject->changed = subject->own = false;
    announce(state, subject, banned, quiet, effects);
    subject->struck = false;
    expire_schedule(state, subject);
    if (subject->strikes.count > 0)
        return true; /* it stays awake */
    if (!subject->has_record)
        table_remove(&state->table, subject);
    else
        table_rest(&state->table, subject);
    return true;
}

/* What there was no memory for stays for the next turn, which makes its row. */
static void flush_dirty(struct state *state, enum occasion occasion, struct effects *effects)
{
    size_t kept = 0;

    for (size_t i = 0; i < state->dirty_count; i++) {
        struct subject *subject = state->dirty[i];

        if ((occasion == COMMITTED && subject->changed) ||
            !flush_subject(state, subject, occasion == LOADED, effects))
            state->dirty[kept++] = subject;
    }
    state->dirty_count = kept;
}

/* What came in this turn and is due at the present tick goes with it, not with the next one:
 * otherwise two nodes would differ at equal T. */
static void flush(struct state *state, enum occasion occasion, struct effects *effects)
{
    flush_dirty(state, occasion, effects);
    if (expiry_is_due(&state->expiry, state_now_ms(state))) {
        expire_due(state, effects);
        flush_dirty(state, occasion, effects);
    }
    if (state->map_redraw && effects_reserve(effects, 1, 0) == 0) {
        effects_add(effects, EFFECT_MAP);
        state->map_redraw = false;
    }
}

/* Who has strikes is awake. */
static size_t rederive_leaf(struct state *state, uint16_t leaf)
{
    const struct bucket *bucket = table_leaf(&state->table, leaf);
    int64_t now_ms = state_now_ms(state);
    size_t banned = 0;

    for (uint32_t i = 0; i < bucket->count; i++) {
        struct subject *subject = bucket->list[i];
        bool before = record_is_banned(&subject->record, now_ms);

        if (subject->strikes.count == 0 || state_make(state, &subject->addr) == NULL)
            continue;
        merge_derive(state, subject);
        banned += !before && record_is_banned(&subject->record, now_ms) &&
                  allows_cover(&state->allows, &subject->addr, now_ms) == NULL;
    }
    return banned;
}

/* Facts that the strikes prove and no row held (a lost row, another policy) are made good. Returns
 * the number of subjects that this bans. */
static size_t rederive(struct state *state)
{
    size_t banned = 0;

    for (uint32_t leaf = 0; (leaf = table_next_leaf(&state->table, leaf)) < DIGEST_LEAVES; leaf++)
        banned += rederive_leaf(state, (uint16_t)leaf);
    return banned;
}

static void set_unsettled(struct state *state, uint16_t leaf)
{
    state->unsettled[leaf / 64] |= UINT64_C(1) << leaf % 64;
}

/* Puts to rest what was loaded so far, as it is at the present tick: loaded() looks at all
 * subjects, and they need not all be awake at once. Ends are queued there, when the tick is known:
 * what ended while the node was down would all be due, and awake, together. */
static void rest_loaded(struct state *state)
{
    int64_t now_ms = state_now_ms(state);

    for (size_t i = 0; i < state->dirty_count; i++) {
        struct subject *subject = state->dirty[i];

        subject->dirty = false;
        subject->changed = false; /* loaded records are durable already */
        announce(state, subject, record_is_banned(&subject->record, now_ms), true, NULL);
        if (expire_deadline_ms(subject, now_ms) != TIME_NEVER_MS)
            set_unsettled(state, digest_leaf(subject->hash));
        table_rest(&state->table, subject);
    }
    state->dirty_count = 0;
}

static enum step_result load(struct state *state, const struct event *event)
{
    enum step_result result = merge_row(state, event->kind, event->bytes, event->size, event->hash);

    if (state->loading && state->dirty_count >= LOADED_AWAKE_MAX)
        rest_loaded(state);
    return result;
}

/* All that was loaded into the leaf may stay as rest_loaded left it: nothing of it will ever end.
 */
static bool is_settled(const struct state *state, uint16_t leaf)
{
    return table_leaf(&state->table, leaf)->count == 0 &&
           (state->unsettled[leaf / 64] >> leaf % 64 & 1) == 0;
}

/* What there is no memory to wake is looked at by the self-check. */
static void flush_leaf(struct state *state, uint16_t leaf, struct effects *effects)
{
    struct subject *subject;

    state_wake_leaf(state, leaf);
    for (uint32_t i = 0; i < table_leaf(&state->table, leaf)->count; i++) {
        subject = state_make(state, &table_leaf(&state->table, leaf)->list[i]->addr);
        if (subject != NULL)
            state_mark(state, subject);
    }
    flush_dirty(state, LOADED, effects);
}

static void loaded(struct state *state, struct effects *effects)
{
    rest_loaded(state);
    state->loading = false;
    state->expired_ms = state_now_ms(state); /* what ended before was told then */
    for (uint32_t leaf = 0; (leaf = table_next_leaf(&state->table, leaf)) < DIGEST_LEAVES; leaf++)
        if (!is_settled(state, (uint16_t)leaf))
            flush_leaf(state, (uint16_t)leaf, effects);
    flush(state, LOADED, effects); /* what has become garbage meanwhile must prove nothing */
    state->rederived = rederive(state);
    flush(state, LOADED, effects);
}

/* What became garbage while it was damaged is so now, and its row with it. */
static void forget_loaded(struct state *state, struct subject *subject)
{
    subject->changed = false; /* its row is durable */
    if (facts_forget(&subject->record.facts, state_now_ms(state)))
        state_record_changed(state, subject);
}

/* Rows loaded again are durable, and no news. */
static void reloaded(struct state *state, struct effects *effects)
{
    state_recount(state);
    for (size_t i = 0; i < state->dirty_count; i++) {
        struct subject *subject = state->dirty[i];

        forget_loaded(state, subject);
        if (subject->strikes.count > 0)
            merge_derive(state, subject); /* the row of the record may be lost */
    }
    flush_dirty(state, LOADED, effects);
}

enum step_result step(struct state *state, const struct event *event, struct effects *effects)
{
    enum step_result result = STEP_SAME;

    switch (event->type) {
    case EVENT_STRIKE:
        result = own_strike(state, event, effects);
        break;
    case EVENT_ENTRY:
        result = peer_entry(state, event, effects);
        break;
    case EVENT_LOAD:
        result = load(state, event);
        break;
    case EVENT_LOADED:
        loaded(state, effects);
        break;
    case EVENT_POLICY:
        state->policy = *event->policy;
        state->rederived = rederive(state);
        break;
    case EVENT_ALLOW:
        result = own_allow(state, event, effects);
        break;
    case EVENT_BAN:
    case EVENT_UNBAN:
    case EVENT_ALLOW_ADD:
    case EVENT_ALLOW_REMOVE:
    case EVENT_FORGET:
        result = operator_accept(state, event);
        break;
    case EVENT_AUDIT:
        result = operator_audit_accept(state, event);
        break;
    case EVENT_MARK:
        result = own_mark(state, event, effects);
        break;
    case EVENT_CLOCK:
        result = advance(state, event->hlc, policy_add(event->ref_ms, CLOCK_SKEW_MS_MAX), effects);
        break;
    case EVENT_TICK:
        result = advance(state, (uint64_t)event->wall_ms << 16, TIME_NEVER_MS, effects);
        break;
    case EVENT_CHECK:
        check_leaves(state, event->leaf, event->count, effects);
        break;
    case EVENT_RELOAD:
        check_drop(state, event->kind, event->leaf);
        break;
    case EVENT_RELOADED:
        reloaded(state, effects);
        break;
    case EVENT_FLUSH:
        flush(state, TURN_ENDS, effects);
        operator_persist(state, event->wall_ms, effects);
        break;
    case EVENT_COMMITTED:
    case EVENT_FAILED:
        operator_finish(state, event->type == EVENT_COMMITTED, effects);
        flush(state, COMMITTED, effects);
        break;
    }
    count_result(state, event->type, result);
    return result;
}
