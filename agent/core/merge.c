/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging one entry into the state, see merge.h.
 *
 * Garbage is a pure function of (entry, T), and the same on arrival as later: otherwise two nodes
 * would send each other a collected entry for ever.
 */
#include "merge.h"

#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "audit.h"
#include "derive.h"
#include "mark.h"

static struct effect *add_hashed_row(struct effects *effects, enum entry_kind kind,
                                     const struct hash128 *hash, const uint8_t *bytes, size_t size)
{
    struct effect *effect = effects_add(effects, EFFECT_PERSIST);

    effect->kind = (uint8_t)kind;
    effect->hash = hash->lane[0];
    effects_set_body(effects, effect, bytes, size);
    return effect;
}

static struct effect *add_row(struct state *state, struct effects *effects, enum entry_kind kind,
                              const uint8_t *bytes, size_t size)
{
    struct hash128 hash = hash128(&state->key, bytes, size);

    return add_hashed_row(effects, kind, &hash, bytes, size);
}

void merge_add_entry(struct state *state, struct effects *effects, enum effect_type type,
                     uint8_t kind, const uint8_t *bytes, size_t size)
{
    struct effect *effect;

    if (effects_reserve(effects, 1, size) != 0) {
        state->counters.entries_memory++; /* repair will carry it */
        return;
    }
    effect = effects_add(effects, type);
    effect->kind = kind;
    effects_set_body(effects, effect, bytes, size);
}

bool merge_derive(struct state *state, struct subject *subject)
{
    int derived;

    if (!policy_bans(&state->policy, &subject->addr)) {
        subject->underived = false;
        return false;
    }
    if (!state_record_is_sound(state, subject))
        return false; /* derived when it has been loaded again */
    derived =
        derive_facts(&state->policy, &subject->strikes, state_now_ms(state), &subject->record);
    subject->underived = derived < 0 && subject->record.facts.count < FACTS_MAX;
    if (derived < 0)
        state->counters.entries_memory++; /* without memory the self-check makes up for it */
    if (derived != 0)
        state_record_changed(state, subject); /* the first of several facts may be merged */
    return derived > 0;
}

enum step_result merge_strike(struct state *state, const struct addr *addr,
                              const struct strike *strike, int64_t latest_ms,
                              struct effects *effects)
{
    struct strikes_change change;
    struct subject *subject;
    struct hash128 hash;
    uint8_t bytes[512];

    if (strike->t_ms > latest_ms)
        return STEP_CLOCK;
    if (strike->t_ms <= state_now_ms(state) - STRIKE_HORIZON_MS)
        return STEP_EXPIRED;
    if (effects != NULL && effects_reserve(effects, 2, 2 * sizeof(bytes)) != 0)
        return STEP_MEMORY;
    subject = state_make(state, addr);
    if (subject == NULL)
        return STEP_MEMORY;
    state_mark(state, subject);
    if (strikes_merge(&subject->strikes, strike, &change) != 0)
        return STEP_MEMORY;
    if (!change.added)
        return STEP_SAME;
    if (change.removed)
        state_strike_removed(state, subject, &change.old);
    strikes_change_clear(&change);
    hash = state_strike_added(state, subject, strike);
    if (effects != NULL) {
        struct effect *effect =
            add_hashed_row(effects, ENTRY_STRIKE, &hash, bytes,
                           entry_write_strike(addr, strike, bytes, sizeof(bytes)));

        effect->addr = *addr;
        effect->at_ms = strike->t_ms;
        subject->underived = true;
    }
    return STEP_CHANGED;
}

static bool record_is_early(const struct record *record, int64_t latest_ms)
{
    if (stamp_ms(record->cut.stamp.hlc) > latest_ms || record->cut.ms > latest_ms ||
        stamp_ms(record->manual.stamp.hlc) > latest_ms)
        return true;
    for (size_t i = 0; i < record->facts.count; i++)
        if (record->facts.list[i].last_ms > latest_ms)
            return true;
    return false;
}

/* As record_merge; where nothing was, other itself. */
static int take_record(struct record *record, struct record *other)
{
    struct record none = *record;

    if (!record_is_blank(record))
        return record_merge(record, other);
    *record = *other;
    *other = none;
    return 1;
}

enum step_result merge_record(struct state *state, const struct addr *addr, struct record *record,
                              int64_t latest_ms, const struct effects *effects,
                              const struct hash128 *hash)
{
    struct subject *subject;
    bool blank;
    int merged;

    if (record_is_early(record, latest_ms))
        return STEP_CLOCK;
    if (effects != NULL) /* else the row that is loaded would stay, see reloaded() of step.c */
        facts_forget(&record->facts, state_now_ms(state));
    if (record_is_empty(record))
        return STEP_EXPIRED;
    subject = state_make(state, addr);
    if (subject == NULL || !state_record_is_sound(state, subject))
        return STEP_MEMORY; /* it is sent again, or repair fetches it */
    blank = record_is_blank(&subject->record);
    merged = take_record(&subject->record, record);
    state_mark(state, subject);
    if (merged != 0) /* what was read as it is has the hash that its row has */
        state_record_became(state, subject, blank ? hash : NULL);
    if (merged > 0 && effects != NULL)
        subject->underived = true;
    return merged < 0 ? STEP_MEMORY : merged > 0 ? STEP_CHANGED : STEP_SAME;
}

enum step_result merge_allow(struct state *state, const struct allow *allow, int64_t latest_ms,
                             struct effects *effects)
{
    uint8_t bytes[512], key[ENTRY_KEY_BYTES_MAX];
    struct allow keyed = *allow, old;
    bool was_live;
    int merged;

    if (stamp_ms(allow->stamp.hlc) > latest_ms)
        return STEP_CLOCK;
    if (allow_is_garbage(allow, state_now_ms(state)))
        return STEP_EXPIRED;
    if (effects != NULL && effects_reserve(effects, 3, 2 * sizeof(bytes) + sizeof(key)) != 0)
        return STEP_MEMORY;
    keyed.leaf = state_leaf(state, &allow->addr);
    if (digest_reserve(&state->digests[ENTRY_ALLOW - 1], keyed.leaf) != 0)
        return STEP_MEMORY;
    merged = allows_merge(&state->allows, &keyed, &old);
    if (merged <= 0)
        return merged < 0 ? STEP_MEMORY : STEP_SAME;
    if (old.stamp.hlc != 0)
        state_allow_changed(state, &old, false);
    was_live = old.stamp.hlc != 0 && allow_is_live(&old, state_now_ms(state));
    allow_clear(&old);
    state_allow_changed(state, allow, true);
    state->map_redraw |= was_live != allow_is_live(allow, state_now_ms(state));
    if (effects != NULL) {
        struct effect *effect = add_row(state, effects, ENTRY_ALLOW, bytes,
                                        entry_write_allow(allow, bytes, sizeof(bytes)));

        effect->addr = allow->addr;
        effects_set_key(effects, effect, key, entry_write_allow_key(allow, key));
        if (allow->owner == ALLOW_OPERATOR &&
            (was_live || allow_is_live(allow, state_now_ms(state))))
            effects_add(effects, EFFECT_ALLOW)->addr = allow->addr;
    }
    return STEP_CHANGED;
}

void merge_chronicle_row(struct state *state, struct effects *effects, enum entry_kind kind,
                         const uint8_t *bytes, size_t size)
{
    effects_set_key(effects, add_row(state, effects, kind, bytes, size), bytes,
                    CHRONICLE_KEY_BYTES);
}

/* Accounts for one that had to go before its time; room was reserved. */
static void displaced(struct state *state, enum entry_kind kind,
                      const struct chronicle_entry *entry, struct effects *effects)
{
    struct effect *effect;

    state_chronicle_changed(state, kind, entry, false);
    state->counters.audits_displaced += kind == ENTRY_AUDIT;
    if (effects == NULL)
        return;
    effect = effects_add(effects, EFFECT_DELETE);
    effect->kind = (uint8_t)kind;
    effects_set_key(effects, effect, entry->bytes, CHRONICLE_KEY_BYTES);
}

bool merge_displace(struct state *state, enum entry_kind kind, struct effects *effects)
{
    struct chronicle_entry oldest;

    if (effects_reserve(effects, 1, CHRONICLE_KEY_BYTES) != 0)
        return false;
    oldest = chronicle_take_oldest(&state->chronicles[kind - ENTRY_AUDIT]);
    displaced(state, kind, &oldest, effects);
    free(oldest.bytes);
    return true;
}

/* bytes were read as an entry of that kind. max: so many are kept. */
static enum step_result merge_chronicle(struct state *state, enum entry_kind kind,
                                        const uint8_t *bytes, size_t size, size_t max,
                                        int64_t latest_ms, struct effects *effects)
{
    struct chronicle_entry added = {(uint8_t *)(uintptr_t)bytes, (uint16_t)size, 0};
    struct chronicle_change change;
    enum chronicle_result result;

    if (stamp_ms(chronicle_hlc(bytes)) > latest_ms)
        return STEP_CLOCK;
    if (chronicle_forget_ms(bytes) <= state_now_ms(state))
        return STEP_EXPIRED;
    if (state_entry_leaf(state, kind, bytes, size, &added.leaf) != 0)
        return STEP_MALFORMED;
    if ((effects != NULL &&
         effects_reserve(effects, 3, 2 * size + (size_t)2 * CHRONICLE_KEY_BYTES) != 0) ||
        digest_reserve(&state->digests[kind - 1], added.leaf) != 0)
        return STEP_MEMORY;
    result = chronicle_merge(&state->chronicles[kind - ENTRY_AUDIT], added.leaf, bytes, size, max,
                             &change);
    if (result != CHRONICLE_CHANGED)
        return result == CHRONICLE_SAME    ? STEP_SAME
               : result == CHRONICLE_OLDER ? STEP_EXPIRED
                                           : STEP_MEMORY;
    if (change.replaced.bytes != NULL)
        state_chronicle_changed(state, kind, &change.replaced, false);
    state_chronicle_changed(state, kind, &added, true);
    if (effects != NULL)
        merge_chronicle_row(state, effects, kind, bytes, size);
    if (change.displaced.bytes != NULL)
        displaced(state, kind, &change.displaced, effects);
    chronicle_change_clear(&change);
    return STEP_CHANGED;
}

/* What is at rest says just that: it need not be woken. */
static bool has_record(struct state *state, const struct addr *addr, const uint8_t *bytes,
                       size_t size)
{
    struct unpacked room;
    const struct subject *subject = state_find(state, addr, &room);

    return subject == &room.subject &&
           entry_write_record(addr, &subject->record, state->scratch, ENTRY_BYTES_MAX) == size &&
           memcmp(state->scratch, bytes, size) == 0;
}

enum step_result merge_bytes(struct state *state, uint8_t kind, const uint8_t *bytes, size_t size,
                             int64_t latest_ms, struct effects *effects)
{
    enum step_result result = STEP_MALFORMED;
    struct strike strike;
    struct record record;
    struct allow allow;
    struct audit audit;
    struct mark mark;
    struct addr addr;

    if (kind == ENTRY_STRIKE) {
        if (entry_read_strike(bytes, size, &addr, &strike) == 0)
            result = merge_strike(state, &addr, &strike, latest_ms, effects);
    } else if (kind == ENTRY_RECORD) {
        if (entry_read_addr(bytes, size, &addr) == 0 && has_record(state, &addr, bytes, size)) {
            result = STEP_SAME;
        } else if (entry_read_record(bytes, size, &addr, &record) == 0) {
            result = merge_record(state, &addr, &record, latest_ms, effects, NULL);
            record_clear(&record);
        }
    } else if (kind == ENTRY_ALLOW) {
        if (entry_read_allow(bytes, size, &allow) == 0) {
            result = merge_allow(state, &allow, latest_ms, effects);
            allow_clear(&allow);
        }
    } else if (kind == ENTRY_AUDIT) {
        if (audit_read(bytes, size, &audit) == 0)
            result =
                merge_chronicle(state, ENTRY_AUDIT, bytes, size, AUDIT_MAX, latest_ms, effects);
    } else if (kind == ENTRY_MARK) {
        if (mark_read(bytes, size, &mark) == 0)
            result = merge_chronicle(state, ENTRY_MARK, bytes, size, MARK_MAX, latest_ms, effects);
    } else {
        result = STEP_UNKNOWN;
    }
    return result;
}

enum step_result merge_row(struct state *state, uint8_t kind, const uint8_t *bytes, size_t size,
                           const struct hash128 *hash)
{
    enum step_result result;
    struct record record;
    struct addr addr;

    if (kind != ENTRY_RECORD || hash == NULL)
        return merge_bytes(state, kind, bytes, size, TIME_NEVER_MS, NULL);
    if (entry_read_record(bytes, size, &addr, &record) != 0)
        return STEP_MALFORMED;
    result = merge_record(state, &addr, &record, TIME_NEVER_MS, NULL, hash);
    record_clear(&record);
    return result;
}
