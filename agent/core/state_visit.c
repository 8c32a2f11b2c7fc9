/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entries below one leaf, whatever their kind, see state.h.
 */
#include <assert.h>

#include <bansync/limits.h>

#include "state.h"

static void visit_strikes(const struct state *state, const struct subject *subject,
                          state_entry_fn *entry, void *context)
{
    uint8_t bytes[512];

    for (size_t i = 0; i < subject->strikes.count; i++) {
        size_t size =
            entry_write_strike(&subject->addr, &subject->strikes.list[i], bytes, sizeof(bytes));

        assert(size > 0);
        entry(context, hash128(&state->key, bytes, size).lane[0], bytes, size);
    }
}

/* Who visits the entries of a leaf that are not of a subject. */
struct visit {
    const struct state *state;
    state_entry_fn *entry;
    void *context;
};

static void visit_allow(void *context, const struct allow *allow)
{
    const struct visit *visit = context;
    uint8_t bytes[512];
    size_t size = entry_write_allow(allow, bytes, sizeof(bytes));

    assert(size > 0);
    visit->entry(visit->context, hash128(&visit->state->key, bytes, size).lane[0], bytes, size);
}

static void visit_bytes(void *context, const struct chronicle_entry *entry)
{
    const struct visit *visit = context;

    visit->entry(visit->context, hash128(&visit->state->key, entry->bytes, entry->size).lane[0],
                 entry->bytes, entry->size);
}

/* A damaged one is told to nobody. */
static void visit_record(struct state *state, struct subject *subject, state_entry_fn *entry,
                         void *context)
{
    if (!subject->has_record)
        return;
    if (subject->sealed) {
        state_unseal(state, subject);
        if (!state_record_is_sound(state, subject))
            return;
    }
    entry(context, subject->record_hash.lane[0], state->scratch,
          entry_write_record(&subject->addr, &subject->record, state->scratch, ENTRY_BYTES_MAX));
}

void state_visit_leaf(struct state *state, enum entry_kind kind, uint16_t leaf,
                      state_entry_fn *entry, void *context)
{
    const struct bucket *bucket = table_leaf(&state->table, leaf);
    struct visit visit = {state, entry, context};
    struct table_walk walk;
    struct subject *subject;

    table_walk_leaf(&walk, leaf);
    if (kind == ENTRY_ALLOW)
        allows_visit_leaf(&state->allows, leaf, visit_allow, &visit);
    else if (kind >= ENTRY_AUDIT)
        chronicle_visit_leaf(state_chronicle(state, kind), leaf, visit_bytes, &visit);
    for (uint32_t i = 0; kind == ENTRY_STRIKE && i < bucket->count; i++)
        visit_strikes(state, bucket->list[i], entry, context);
    while (kind == ENTRY_RECORD && (subject = table_next_of_leaf(&state->table, &walk)) != NULL)
        visit_record(state, subject, entry, context);
}
