/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The self-check, see check.h.
 */
#include "check.h"

#include <assert.h>
#include <string.h>

#include "expire.h"
#include "mend.h"
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

/* Of what is at rest only the seal is known of the hash. */
static bool has_hash(const struct subject *subject, const struct hash128 *hash)
{
    return subject->sealed ? subject->record_hash.lane[0] == hash->lane[0]
                           : hash128_equal(&subject->record_hash, hash);
}

static void sum_subject(const struct state *state, const struct subject *subject, struct sums *sums)
{
    bool has_record = !record_is_empty(&subject->record);
    struct hash128 hash;

    for (size_t i = 0; i < subject->strikes.count; i++) {
        hash = state_strike_hash(state, subject, &subject->strikes.list[i]);
        hash128_add(&sums->strikes, &hash);
    }
    sums->stale |= memcmp(&subject->has_record, &has_record, sizeof(has_record)) != 0;
    if (!has_record)
        return;
    hash = state_record_hash(state, subject);
    hash128_add(&sums->records, &hash);
    sums->stale |= !has_hash(subject, &hash);
}

/* Each subject in its place, once, and with something to it; of the prefix the bytes behind its
 * length are in no entry. That there are such lengths is noted where it was not. */
static bool is_in_order(struct state *state, uint16_t leaf)
{
    struct table_walk walk;
    const struct subject *subject;
    struct addr before;
    uint64_t hash = 0;

    table_walk_leaf(&walk, leaf);
    for (bool first = true; (subject = table_next_of_leaf(&state->table, &walk)) != NULL;
         first = false) {
        if (digest_leaf(subject->hash) != leaf || !addr_is_canonical(&subject->addr) ||
            (!subject->has_record && subject->strikes.count == 0))
            return false;
        if (!first && subject_compare(subject, &before, hash) <= 0)
            return false;
        state->counters.selfcheck_repaired += lengths_note(&state->table.lengths, &subject->addr);
        before = subject->addr;
        hash = subject->hash;
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

/* Counts the entries of the leaf anew. False: they cannot all be read. */
static bool count_leaf(const struct state *state, uint16_t leaf, struct sums *sums)
{
    struct table_walk walk;
    const struct subject *subject;
    size_t count = 0;

    table_walk_leaf(&walk, leaf);
    for (; (subject = table_next_of_leaf(&state->table, &walk)) != NULL; count++)
        sum_subject(state, subject, sums);
    return count == table_leaf_count(&state->table, leaf);
}

/* Nothing at rest in the leaf has to be mended. */
static bool may_sleep_on(const struct state *state, uint16_t leaf)
{
    struct table_walk walk;
    const struct subject *subject;
    bool right = true;

    table_walk_leaf(&walk, leaf);
    while (right && (subject = table_next_of_leaf(&state->table, &walk)) != NULL)
        right = !subject->sealed || mend_is_idle(state, subject);
    return right;
}

/* Puts to rest what can be. From behind: those before stay where they are. */
static void rest_leaf(struct state *state, uint16_t leaf)
{
    const struct bucket *bucket = table_leaf(&state->table, leaf);

    for (uint32_t i = bucket->count; i-- > 0;)
        table_rest(&state->table, bucket->list[i]);
}

/* What is to be mended is woken first; without memory the next round does it. */
static void mend_leaf(struct state *state, uint16_t leaf, bool stale)
{
    const struct bucket *bucket = table_leaf(&state->table, leaf);

    if (stale || !may_sleep_on(state, leaf))
        state_wake_leaf(state, leaf);
    for (uint32_t i = 0; i < bucket->count; i++) {
        if (stale)
            mend_own_record(state, bucket->list[i]);
        mend_subject(state, bucket->list[i]);
    }
}

static bool check_subjects(struct state *state, uint16_t leaf)
{
    struct sums sums = {0};
    bool blank = table_leaf_count(&state->table, leaf) == 0, strikes, records, ordered;
    bool readable = blank || count_leaf(state, leaf, &sums);

    strikes = check_sum(state, ENTRY_STRIKE, leaf, &sums.strikes);
    records = check_sum(state, ENTRY_RECORD, leaf, &sums.records);
    if (!readable || !strikes || !records)
        return false;
    if (blank)
        return true;
    mend_leaf(state, leaf, sums.stale);
    ordered = is_in_order(state, leaf);
    if (ordered)
        rest_leaf(state, leaf);
    return ordered;
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
    if (!check_subjects(state, leaf))
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

        mend_value(state, &state->allows.list[i].leaf, &leaf, sizeof(leaf));
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
    const struct bucket *bucket = table_leaf(&state->table, leaf);
    static const bool no = false;

    for (uint32_t i = 0; i < bucket->count; i++)
        if (memcmp(&bucket->list[i]->underived, &no, sizeof(no)) != 0 &&
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
