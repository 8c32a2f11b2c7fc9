/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The self-check, see check.h.
 *
 * Values are compared and set as bytes: a damaged bool must not be read as one.
 */
#include "check.h"

#include <assert.h>
#include <string.h>

#include "expire.h"
#include "merge.h"

/* Sums of the entries below one leaf, counted anew. */
struct sums {
    struct hash128 strikes, records;
    bool stale; /* what a subject says of its own record is not so */
};

static void add_reload(struct effects *effects, enum entry_kind kind, uint16_t leaf)
{
    struct effect *effect;

    if (effects_reserve(effects, 1, 0) != 0)
        return; /* the next round finds it again */
    effect = effects_add(effects, EFFECT_RELOAD);
    effect->kind = (uint8_t)kind;
    effect->leaf = leaf;
}

static bool is_same(const void *held, const void *right, size_t size)
{
    return memcmp(held, right, size) == 0;
}

static void mend(struct state *state, void *held, const void *right, size_t size)
{
    if (is_same(held, right, size))
        return;
    memcpy(held, right, size);
    state->counters.selfcheck_repaired++;
}

static void sum_subject(const struct state *state, const struct subject *subject, struct sums *sums)
{
    bool has_record = !record_is_empty(&subject->record);
    struct hash128 hash;

    for (size_t i = 0; i < subject->strikes.count; i++) {
        hash = state_strike_hash(state, subject, &subject->strikes.list[i]);
        hash128_add(&sums->strikes, &hash);
    }
    sums->stale |= !is_same(&subject->has_record, &has_record, sizeof(has_record));
    if (!has_record)
        return;
    hash = state_record_hash(state, subject);
    hash128_add(&sums->records, &hash);
    sums->stale |= !hash128_equal(&subject->record_hash, &hash);
}

static void mend_own_record(struct state *state, struct subject *subject)
{
    bool has_record = !record_is_empty(&subject->record);
    struct hash128 hash = state_record_hash(state, subject);

    mend(state, &subject->has_record, &has_record, sizeof(has_record));
    if (has_record)
        mend(state, &subject->record_hash, &hash, sizeof(hash));
}

/* An absent record is in no entry, but what is merged later starts from it. */
static void mend_absent_record(struct state *state, struct record *record)
{
    static const struct cut no_cut;
    static const struct manual unset;

    mend(state, &record->cut, &no_cut, sizeof(no_cut));
    mend(state, &record->manual.stamp, &unset.stamp, sizeof(unset.stamp));
    mend(state, &record->manual.kind, &unset.kind, sizeof(unset.kind));
    mend(state, &record->manual.until_ms, &unset.until_ms, sizeof(unset.until_ms));
}

/* What was told of the subject; that it is not told again. */
static void mend_told(struct state *state, struct subject *subject)
{
    int64_t now_ms = state_now_ms(state);
    bool banned = record_is_banned(&subject->record, now_ms);
    bool manual = record_manual_is_live(&subject->record, now_ms);
    uint64_t announced = manual ? subject->record.manual.stamp.hlc : 0;

    mend(state, &subject->banned, &banned, sizeof(banned));
    mend(state, &subject->announced, &announced, sizeof(announced));
}

/* It is queued, and not for later than something of it changes: earlier is allowed. */
static bool is_awaited(const struct subject *subject, int64_t now_ms)
{
    return table_deadline_is_sound(subject) && subject->deadline_ms > now_ms &&
           subject->deadline_ms <= expire_deadline_ms(subject, now_ms);
}

/* What is kept of a subject beside its entries, which are as they should be. */
static void mend_subject(struct state *state, struct subject *subject)
{
    static const bool no = false;
    uint64_t hash = state_hash(state, &subject->addr);

    if (record_is_empty(&subject->record))
        mend_absent_record(state, &subject->record);
    mend(state, &subject->hash, &hash, sizeof(hash));
    mend(state, &subject->dirty, &no, sizeof(no));
    mend(state, &subject->changed, &no, sizeof(no));
    mend(state, &subject->own, &no, sizeof(no));
    mend(state, &subject->struck, &no, sizeof(no));
    if (is_awaited(subject, state_now_ms(state))) {
        mend_told(state, subject);
        return;
    }
    expire_at_once(state, subject); /* a ban may have ended, and be told of only now */
    state->counters.selfcheck_repaired++;
}

/* Each subject in its place, once, and with something to it; of the prefix the bytes behind its
 * length are in no entry. */
static bool is_in_order(const struct table_bucket *bucket, uint16_t leaf)
{
    const struct subject *before = NULL;

    for (uint32_t i = 0; i < bucket->count; i++) {
        const struct subject *subject = bucket->list[i];

        if (digest_leaf(subject->hash) != leaf || !addr_is_canonical(&subject->addr) ||
            (!subject->has_record && subject->strikes.count == 0))
            return false;
        if (before != NULL &&
            (before->hash > subject->hash ||
             (before->hash == subject->hash && addr_compare(&before->addr, &subject->addr) >= 0)))
            return false;
        before = subject;
    }
    return true;
}

static bool check_sum(struct state *state, enum entry_kind kind, uint16_t leaf,
                      const struct hash128 *sum)
{
    enum digest_verdict verdict = digest_check_leaf(&state->digests[kind - 1], leaf, sum);

    state->counters.selfcheck_repaired += verdict == DIGEST_MENDED;
    return verdict != DIGEST_DIFFERS;
}

static bool check_bucket(struct state *state, const struct table_bucket *bucket, uint16_t leaf)
{
    struct sums sums = {0};
    bool strikes, records;

    for (uint32_t i = 0; i < bucket->count; i++)
        sum_subject(state, bucket->list[i], &sums);
    strikes = check_sum(state, ENTRY_STRIKE, leaf, &sums.strikes);
    records = check_sum(state, ENTRY_RECORD, leaf, &sums.records);
    if (!strikes || !records)
        return false;
    for (uint32_t i = 0; i < bucket->count; i++) {
        if (sums.stale)
            mend_own_record(state, bucket->list[i]);
        mend_subject(state, bucket->list[i]);
    }
    return is_in_order(bucket, leaf);
}

/* Nothing was ever below it and its siblings. */
static bool is_blank(const struct state *state, uint16_t leaf)
{
    bool blank = table_is_blank(&state->table, leaf);

    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++)
        blank &= kind == ENTRY_ALLOW || digest_is_blank(&state->digests[kind - 1], leaf);
    return blank;
}

/* One leaf of a chronicle, counted anew. */
struct count {
    const struct state *state;
    struct hash128 sum;
};

static uint16_t leaf_of(void *context, const uint8_t *bytes)
{
    const struct state *state = context;

    return digest_leaf(hash64(&state->key, bytes, CHRONICLE_KEY_BYTES));
}

static void count_entry(void *context, const struct chronicle_entry *entry)
{
    struct count *count = context;
    struct hash128 hash = hash128(&count->state->key, entry->bytes, entry->size);

    hash128_add(&count->sum, &hash);
}

static void check_chronicles(struct state *state, uint16_t leaf, struct effects *effects)
{
    for (enum entry_kind kind = ENTRY_AUDIT; kind <= ENTRY_KINDS; kind++) {
        struct count count = {.state = state};

        if (leaf % CHRONICLE_BUCKET_LEAVES == 0)
            state->counters.selfcheck_repaired +=
                chronicle_mend(&state->chronicles[kind - ENTRY_AUDIT],
                               leaf / CHRONICLE_BUCKET_LEAVES, leaf_of, state);
        chronicle_visit_leaf(state_chronicle(state, kind), leaf, count_entry, &count);
        if (!check_sum(state, kind, leaf, &count.sum))
            add_reload(effects, kind, leaf);
        state->counters.selfcheck_repaired += digest_check_above(&state->digests[kind - 1], leaf);
    }
}

static void check_leaf(struct state *state, uint16_t leaf, struct effects *effects)
{
    state->counters.selfcheck_repaired += !table_check_leaf(&state->table, leaf);
    if (!check_bucket(state, table_leaf(&state->table, leaf), leaf))
        add_reload(effects, ENTRY_RECORD, leaf);
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_RECORD; kind++)
        state->counters.selfcheck_repaired += digest_check_above(&state->digests[kind - 1], leaf);
    check_chronicles(state, leaf, effects);
}

/* Takes over the digest that was counted anew, unless entries differ: those change a leaf and the
 * root, damage to the digest only one of its nodes. Returns false if entries differ. */
static bool settle_digest(struct state *state, struct digest *held, struct digest *fresh)
{
    struct digest damaged = *held;

    if (!digest_level_equal(held, fresh, 0) && !digest_level_equal(held, fresh, DIGEST_LEVELS - 1))
        return false;
    for (unsigned level = 0; level < DIGEST_LEVELS; level++)
        state->counters.selfcheck_repaired += !digest_level_equal(held, fresh, level);
    *held = *fresh;
    *fresh = damaged;
    return true;
}

/* All at once: they are not kept by leaf, and are few. */
static void check_allows(struct state *state, struct effects *effects)
{
    bool sound = true;
    struct digest fresh;

    allows_forget_leaves(&state->allows); /* made anew when it is needed */
    if (digest_open(&fresh) != 0)
        return;
    for (size_t i = 0; i < state->allows.count; i++) {
        const struct allow *allow = &state->allows.list[i];
        struct hash128 hash = state_allow_hash(state, allow);
        uint16_t leaf = state_leaf(state, &allow->addr);

        if (digest_reserve(&fresh, leaf) != 0) {
            digest_close(&fresh);
            return;
        }
        sound &= addr_is_canonical(&allow->addr);
        digest_add(&fresh, leaf, &hash);
    }
    sound = sound && settle_digest(state, &state->digests[ENTRY_ALLOW - 1], &fresh);
    digest_close(&fresh);
    if (!sound)
        add_reload(effects, ENTRY_ALLOW, 0);
    for (size_t i = 0; i < state->allows.count && sound; i++) {
        uint16_t leaf = state_leaf(state, &state->allows.list[i].addr);

        mend(state, &state->allows.list[i].leaf, &leaf, sizeof(leaf));
    }
}

static void check_sealed(struct state *state)
{
    if (!recent_is_sound(&state->recent)) {
        state_recount(state);
        state->counters.selfcheck_repaired++;
    }
    if (!expiry_is_sound(&state->expiry)) {
        expire_requeue(state);
        state->counters.selfcheck_repaired++;
    }
}

/* While a record was suspect nothing was derived for it; loading it again does that, too. If
 * nothing comes of it, that note was the damage. */
static void derive_held_back(struct state *state, uint16_t leaf)
{
    const struct table_bucket *bucket = table_leaf(&state->table, leaf);
    static const bool no = false;

    for (uint32_t i = 0; i < bucket->count; i++)
        if (!is_same(&bucket->list[i]->underived, &no, sizeof(no)) &&
            state_make(state, &bucket->list[i]->addr) != NULL)
            state->counters.selfcheck_repaired += !merge_derive(state, bucket->list[i]);
}

void check_leaves(struct state *state, uint16_t first, size_t count, struct effects *effects)
{
    uint64_t repaired = state->counters.selfcheck_repaired;
    size_t before = effects->count;

    assert(state->dirty_count == 0);
    assert(first + count <= DIGEST_LEAVES);
    state->suspect = 0;
    if (first == 0) {
        check_allows(state, effects);
        check_sealed(state);
    }
    for (uint32_t leaf = first, last = first + (uint32_t)count - 1; leaf <= last; leaf++) {
        if (is_blank(state, (uint16_t)leaf) && (leaf | (DIGEST_FANOUT - 1)) <= last)
            leaf |= DIGEST_FANOUT - 1; /* there only what is above can be damaged */
        check_leaf(state, (uint16_t)leaf, effects);
    }
    for (uint32_t leaf = first; leaf < first + count && effects->count == before; leaf++) {
        if (table_is_blank(&state->table, (uint16_t)leaf))
            leaf |= DIGEST_FANOUT - 1; /* so is the rest of its siblings */
        else
            derive_held_back(state, (uint16_t)leaf);
    }
    if ((state->counters.selfcheck_repaired != repaired || effects->count != before) &&
        effects_reserve(effects, 1, 0) == 0)
        effects_add(effects, EFFECT_MAP); /* it may have been drawn from what was damaged */
}

void check_drop(struct state *state, uint8_t kind, uint16_t leaf)
{
    assert(state->dirty_count == 0);
    state->counters.selfcheck_repaired++;
    state->map_redraw = true;
    if (kind == ENTRY_ALLOW) {
        allows_clear(&state->allows);
        digest_clear(&state->digests[ENTRY_ALLOW - 1]);
        return;
    }
    if (kind >= ENTRY_AUDIT) {
        chronicle_drop_leaf(&state->chronicles[kind - ENTRY_AUDIT], leaf);
        digest_drop_leaf(&state->digests[kind - 1], leaf);
        return;
    }
    table_drop_leaf(&state->table, leaf);
    digest_drop_leaf(&state->digests[ENTRY_STRIKE - 1], leaf);
    digest_drop_leaf(&state->digests[ENTRY_RECORD - 1], leaf);
}
