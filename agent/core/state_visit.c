/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entries below one leaf, whatever their kind, see state.h.
 */
#include <assert.h>

#include <bansync/limits.h>

#include "state.h"

struct visit {
    struct state *state;
    state_want_fn *want;
    state_entry_fn *entry;
    void *context;
};

static bool is_wanted(const struct visit *visit, uint64_t hash)
{
    return visit->want == NULL || visit->want(visit->context, hash);
}

static void tell(const struct visit *visit, const uint8_t *bytes, size_t size)
{
    uint64_t hash = hash128(&visit->state->key, bytes, size).lane[0];

    assert(size > 0);
    if (is_wanted(visit, hash))
        visit->entry(visit->context, hash, bytes, size);
}

static void visit_strikes(const struct visit *visit, const struct subject *subject)
{
    uint8_t bytes[512];

    for (size_t i = 0; i < subject->strikes.count; i++)
        tell(visit, bytes,
             entry_write_strike(&subject->addr, &subject->strikes.list[i], bytes, sizeof(bytes)));
}

static void visit_allow(void *context, const struct allow *allow)
{
    uint8_t bytes[512];

    tell(context, bytes, entry_write_allow(allow, bytes, sizeof(bytes)));
}

static void visit_bytes(void *context, const struct chronicle_entry *entry)
{
    tell(context, entry->bytes, entry->size);
}

/* What was at rest is told only if it has the hash that it was put to rest with. */
static void visit_record(const struct visit *visit, const struct subject *subject)
{
    struct state *state = visit->state;
    size_t size =
        entry_write_record(&subject->addr, &subject->record, state->scratch, ENTRY_BYTES_MAX);
    uint64_t hash = subject->record_hash.lane[0];

    if (subject->sealed && hash128(&state->key, state->scratch, size).lane[0] != hash) {
        state->suspect = digest_leaf(subject->hash) + 1u;
        return;
    }
    visit->entry(visit->context, hash, state->scratch, size);
}

static void visit_at_rest(const struct visit *visit, const struct bucket *bucket, uint16_t leaf)
{
    struct bucket_walk walk = {0}, at = walk;
    struct packed_glance glance;
    struct unpacked room;

    for (; bucket_next_glance(bucket, &walk, &glance); at = walk) {
        const struct subject *subject;

        if (!is_wanted(visit, glance.seal))
            continue;
        subject = bucket_next_rest(bucket, leaf, visit->state->table.words, &at, &room);
        if (subject == NULL)
            return;
        visit_record(visit, subject);
    }
}

static void visit_records(const struct visit *visit, const struct bucket *bucket, uint16_t leaf)
{
    for (uint32_t i = 0; i < bucket->count; i++)
        if (bucket->list[i]->has_record && is_wanted(visit, bucket->list[i]->record_hash.lane[0]))
            visit_record(visit, bucket->list[i]);
    visit_at_rest(visit, bucket, leaf);
}

void state_visit_leaf(struct state *state, enum entry_kind kind, uint16_t leaf, state_want_fn *want,
                      state_entry_fn *entry, void *context)
{
    const struct bucket *bucket = table_leaf(&state->table, leaf);
    struct visit visit = {state, want, entry, context};

    if (kind == ENTRY_ALLOW)
        allows_visit_leaf(&state->allows, leaf, visit_allow, &visit);
    else if (kind >= ENTRY_AUDIT)
        chronicle_visit_leaf(state_chronicle(state, kind), leaf, visit_bytes, &visit);
    else if (kind == ENTRY_RECORD)
        visit_records(&visit, bucket, leaf);
    for (uint32_t i = 0; kind == ENTRY_STRIKE && i < bucket->count; i++)
        visit_strikes(&visit, bucket->list[i]);
}

static void add_strikes(const struct state *state, const struct subject *subject,
                        struct hash128 *sum)
{
    for (size_t i = 0; i < subject->strikes.count; i++) {
        struct hash128 hash = state_strike_hash(state, subject, &subject->strikes.list[i]);

        hash128_add(sum, &hash);
    }
}

bool state_strikes_are_sound(struct state *state, uint16_t leaf)
{
    const struct bucket *bucket = table_leaf(&state->table, leaf);
    struct hash128 sum = {{0}};
    bool sound;

    for (uint32_t i = 0; i < bucket->count; i++)
        add_strikes(state, bucket->list[i], &sum);
    sound = hash128_equal(&sum,
                          digest_node(&state->digests[ENTRY_STRIKE - 1], DIGEST_LEVELS - 1, leaf));
    if (!sound)
        state->suspect = leaf + 1u;
    return sound;
}
