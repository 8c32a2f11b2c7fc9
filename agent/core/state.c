/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything a node knows, see state.h: keeping digests and lists true to the entries.
 */
#include "state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

int state_open(struct state *state, const char *cluster, uint64_t node, const struct policy *policy)
{
    bool failed;

    *state = (struct state){.policy = *policy, .node = node, .loading = true};
    state->key = hash_cluster(cluster);
    failed = table_open(&state->table) != 0;
    for (size_t kind = 0; kind < ENTRY_KINDS; kind++)
        failed |= digest_open(&state->digests[kind]) != 0;
    state->scratch = malloc(ENTRY_BYTES_MAX);
    if (!failed && state->scratch != NULL)
        return 0;
    state_close(state);
    return -1;
}

void state_close(struct state *state)
{
    state_drop_commands(state);
    table_close(&state->table);
    allows_clear(&state->allows);
    for (size_t i = 0; i < ENTRY_CHRONICLES; i++)
        chronicle_clear(&state->chronicles[i]);
    for (size_t kind = 0; kind < ENTRY_KINDS; kind++)
        digest_close(&state->digests[kind]);
    expiry_close(&state->expiry);
    free(state->dirty);
    free(state->commands);
    free(state->scratch);
    *state = (struct state){0};
}

int64_t state_now_ms(const struct state *state)
{
    return (int64_t)state->tick * TICK_MS;
}

uint64_t state_hash(const struct state *state, const struct addr *addr)
{
    uint8_t bytes[ENTRY_KEY_BYTES_MAX];

    return hash64(&state->key, bytes, entry_write_addr(addr, bytes)) & BUCKET_HASH_MASK;
}

uint16_t state_leaf(const struct state *state, const struct addr *addr)
{
    return digest_leaf(state_hash(state, addr));
}

int state_entry_leaf(const struct state *state, enum entry_kind kind, const uint8_t *bytes,
                     size_t size, uint16_t *leaf)
{
    struct addr addr;

    if (kind >= ENTRY_AUDIT) {
        if (size < CHRONICLE_HEAD_BYTES)
            return -1;
        *leaf = digest_leaf(hash64(&state->key, bytes, CHRONICLE_KEY_BYTES));
        return 0;
    }
    if (entry_read_addr(bytes, size, &addr) != 0)
        return -1;
    *leaf = state_leaf(state, &addr);
    return 0;
}

const struct subject *state_find(const struct state *state, const struct addr *addr,
                                 struct unpacked *room)
{
    return table_find(&state->table, addr, state_hash(state, addr), room);
}

const struct subject *state_find_cover(const struct state *state, const struct addr *addr,
                                       struct unpacked *room)
{
    unsigned widest = addr_widest(addr);

    for (unsigned length = addr->length; length >= widest; length--) {
        const struct subject *subject;
        struct addr wide;

        if (!lengths_has(&state->table.lengths, addr, length))
            continue;
        wide = *addr;
        addr_widen(&wide, length);
        subject = addr_is_bannable(&wide) ? state_find(state, &wide, room) : NULL;
        if (subject != NULL && record_is_banned(&subject->record, state_now_ms(state)))
            return subject;
    }
    return NULL;
}

const struct chronicle *state_chronicle(const struct state *state, enum entry_kind kind)
{
    assert(kind >= ENTRY_AUDIT && kind <= ENTRY_KINDS);
    return &state->chronicles[kind - ENTRY_AUDIT];
}

struct hash128 state_root(const struct state *state, enum entry_kind kind)
{
    return digest_root(&state->digests[kind - 1]);
}

bool state_strike_root(const struct state *state, int64_t second, struct hash128 *root)
{
    struct hash128 all = state_root(state, ENTRY_STRIKE);

    return recent_root(&state->recent, &all, second, root);
}

static int reserve_dirty(struct state *state)
{
    size_t room = state->dirty_room == 0 ? 64 : state->dirty_room * 2;
    struct subject **dirty;

    if (state->dirty_count < state->dirty_room)
        return 0;
    dirty = realloc(state->dirty, room * sizeof(struct subject *));
    if (dirty == NULL)
        return -1;
    state->dirty = dirty;
    state->dirty_room = room;
    return 0;
}

void state_unseal(struct state *state, struct subject *subject)
{
    if (!subject->sealed)
        return;
    subject->record_hash.lane[1] = state_record_hash(state, subject).lane[1];
    subject->sealed = false;
}

bool state_is_readable(struct state *state, uint16_t leaf)
{
    bool readable = table_leaf_is_readable(&state->table, leaf);

    if (!readable)
        state->suspect = leaf + 1u;
    return readable;
}

struct subject *state_make(struct state *state, const struct addr *addr)
{
    uint64_t hash = state_hash(state, addr);
    struct subject *subject;

    if (reserve_dirty(state) != 0 ||
        digest_reserve(&state->digests[ENTRY_STRIKE - 1], digest_leaf(hash)) != 0 ||
        digest_reserve(&state->digests[ENTRY_RECORD - 1], digest_leaf(hash)) != 0)
        return NULL;
    subject = table_make(&state->table, addr, hash);
    if (subject != NULL)
        state_unseal(state, subject);
    else
        state_is_readable(state, digest_leaf(hash));
    return subject;
}

int state_wake_leaf(struct state *state, uint16_t leaf)
{
    int result = table_wake_leaf(&state->table, leaf);
    const struct bucket *bucket = table_leaf(&state->table, leaf);

    for (uint32_t i = 0; i < bucket->count; i++)
        state_unseal(state, bucket->list[i]);
    return result;
}

struct subject *state_wake(struct state *state, const struct addr *addr)
{
    struct subject *subject = table_wake(&state->table, addr, state_hash(state, addr));

    if (subject != NULL)
        state_unseal(state, subject);
    return subject;
}

void state_mark(struct state *state, struct subject *subject)
{
    if (subject->dirty)
        return;
    assert(state->dirty_count < state->dirty_room);
    subject->dirty = true;
    state->dirty[state->dirty_count++] = subject;
}

bool state_record_is_sound(struct state *state, const struct subject *subject)
{
    struct hash128 hash;
    bool sound = record_is_blank(&subject->record);

    if (subject->changed) /* in this turn, and was sound before */
        return true;
    if (subject->has_record) {
        hash = state_record_hash(state, subject);
        sound = hash128_equal(&hash, &subject->record_hash);
    }
    if (!sound)
        state->suspect = digest_leaf(subject->hash) + 1u;
    return sound;
}

void state_record_changed(struct state *state, struct subject *subject)
{
    state_record_became(state, subject, NULL);
}

void state_record_became(struct state *state, struct subject *subject, const struct hash128 *hash)
{
    struct digest *digest = &state->digests[ENTRY_RECORD - 1];
    uint16_t leaf = digest_leaf(subject->hash);

    if (subject->has_record)
        digest_subtract(digest, leaf, &subject->record_hash);
    subject->has_record = !record_is_empty(&subject->record);
    if (subject->has_record) {
        subject->record_hash = hash != NULL ? *hash : state_record_hash(state, subject);
        digest_add(digest, leaf, &subject->record_hash);
    }
    subject->changed = true;
    state_mark(state, subject);
}

struct hash128 state_strike_hash(const struct state *state, const struct subject *subject,
                                 const struct strike *strike)
{
    uint8_t bytes[512];

    return hash128(&state->key, bytes,
                   entry_write_strike(&subject->addr, strike, bytes, sizeof(bytes)));
}

struct hash128 state_record_hash(const struct state *state, const struct subject *subject)
{
    return hash128(
        &state->key, state->scratch,
        entry_write_record(&subject->addr, &subject->record, state->scratch, ENTRY_BYTES_MAX));
}

struct hash128 state_allow_hash(const struct state *state, const struct allow *allow)
{
    uint8_t bytes[512];

    return hash128(&state->key, bytes, entry_write_allow(allow, bytes, sizeof(bytes)));
}

struct hash128 state_strike_added(struct state *state, const struct subject *subject,
                                  const struct strike *strike)
{
    struct hash128 hash = state_strike_hash(state, subject, strike);

    digest_add(&state->digests[ENTRY_STRIKE - 1], digest_leaf(subject->hash), &hash);
    recent_add(&state->recent, strike->t_ms / 1000, &hash);
    state->strike_count++;
    return hash;
}

void state_strike_removed(struct state *state, const struct subject *subject,
                          const struct strike *strike)
{
    struct hash128 hash = state_strike_hash(state, subject, strike);

    digest_subtract(&state->digests[ENTRY_STRIKE - 1], digest_leaf(subject->hash), &hash);
    recent_subtract(&state->recent, strike->t_ms / 1000, &hash);
    state->strike_count--;
}

void state_allow_changed(struct state *state, const struct allow *allow, bool added)
{
    struct digest *digest = &state->digests[ENTRY_ALLOW - 1];
    uint16_t leaf = state_leaf(state, &allow->addr);
    struct hash128 hash = state_allow_hash(state, allow);

    if (added)
        digest_add(digest, leaf, &hash);
    else
        digest_subtract(digest, leaf, &hash);
}

void state_chronicle_changed(struct state *state, enum entry_kind kind,
                             const struct chronicle_entry *entry, bool added)
{
    struct digest *digest = &state->digests[kind - 1];
    struct hash128 hash = hash128(&state->key, entry->bytes, entry->size);

    if (added)
        digest_add(digest, entry->leaf, &hash);
    else
        digest_subtract(digest, entry->leaf, &hash);
}

/* Second of the newest strike of all. */
static int64_t newest_second(const struct state *state)
{
    const struct subject *subject;
    int64_t newest = 0;

    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;) {
        const struct strikes *strikes = &subject->strikes;

        if (strikes->count > 0 && strikes->list[strikes->count - 1].t_ms / 1000 > newest)
            newest = strikes->list[strikes->count - 1].t_ms / 1000;
    }
    return newest;
}

void state_recount(struct state *state)
{
    int64_t oldest = newest_second(state) - RECENT_SECONDS;
    const struct subject *subject;

    state->recent = (struct recent){0};
    state->strike_count = 0;
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;) {
        const struct strikes *strikes = &subject->strikes;

        state->strike_count += strikes->count;
        for (size_t i = strikes->count; i-- > 0 && strikes->list[i].t_ms / 1000 > oldest;) {
            struct hash128 hash = state_strike_hash(state, subject, &strikes->list[i]);

            recent_add(&state->recent, strikes->list[i].t_ms / 1000, &hash);
        }
    }
}

void state_drop_commands(struct state *state)
{
    for (size_t i = 0; i < state->command_count; i++) {
        free(state->commands[i].manual.reason);
        free(state->commands[i].manual.actor);
        free(state->commands[i].audit);
        allow_clear(&state->commands[i].allow);
    }
    state->command_count = 0;
}
