/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state driven turn by turn, see turn.h.
 */
#include "turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "scarce.h"

const struct policy turn_policy = {3, 60000, {{3600000}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};

void turn_open(struct turn *turn, uint64_t node)
{
    struct event tick = {.type = EVENT_TICK};

    *turn = (struct turn){.wall_ms = TURN_WALL_MS};
    assert_int_equal(state_open(&turn->state, "test", node, &turn_policy), 0);
    turn_step(turn, &tick);
    turn_end(turn, true);
}

void turn_close(struct turn *turn)
{
    for (size_t i = 0; i < turn->row_count; i++)
        free(turn->rows[i].body);
    free(turn->rows);
    state_close(&turn->state);
    effects_close(&turn->effects);
}

enum step_result turn_step(struct turn *turn, struct event *event)
{
    if (turn->ended)
        effects_clear(&turn->effects);
    turn->ended = false;
    event->wall_ms = turn->wall_ms;
    if (event->ref_ms == 0)
        event->ref_ms = turn->wall_ms;
    return step(&turn->state, event, &turn->effects);
}

/* Removes the rows that effect replaces or deletes. */
static void drop_rows(struct turn *turn, const struct effect *effect)
{
    const uint8_t *key = effect_key(&turn->effects, effect);
    size_t kept = 0;

    for (size_t i = 0; i < turn->row_count; i++) {
        struct turn_row *row = &turn->rows[i];
        bool gone = effect->type == EFFECT_EXPIRE
                        ? row->key_size == 0 && row->at_ms <= effect->at_ms
                        : row->key_size > 0 && row->kind == effect->kind &&
                              row->key_size == effect->key_size &&
                              memcmp(row->key, key, row->key_size) == 0;

        if (gone)
            free(row->body);
        else
            turn->rows[kept++] = *row;
    }
    turn->row_count = kept;
}

static void keep_row(struct turn *turn, const struct effect *effect)
{
    struct turn_row row = {.kind = effect->kind,
                           .at_ms = effect->at_ms,
                           .key_size = effect->key_size,
                           .size = effect->body_size};

    if (turn->row_count == turn->row_room) {
        turn->row_room = turn->row_room * 2 + 64;
        turn->rows = realloc(turn->rows, turn->row_room * sizeof(row));
        assert_non_null(turn->rows);
    }
    assert_true(row.key_size <= sizeof(row.key));
    assert_int_equal(row.key_size == 0, row.kind == ENTRY_STRIKE);
    memcpy(row.key, effect_key(&turn->effects, effect), row.key_size);
    row.body = malloc(row.size);
    assert_non_null(row.body);
    memcpy(row.body, effect_body(&turn->effects, effect), row.size);
    turn->rows[turn->row_count++] = row;
}

static void keep_rows(struct turn *turn, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct effect *effect = &turn->effects.list[i];

        if (effect->type == EFFECT_EXPIRE || effect->type == EFFECT_DELETE ||
            (effect->type == EFFECT_PERSIST && effect->kind != ENTRY_STRIKE))
            drop_rows(turn, effect);
        if (effect->type == EFFECT_PERSIST)
            keep_row(turn, effect);
    }
}

void turn_end(struct turn *turn, bool committed)
{
    struct event event = {.type = EVENT_FLUSH};

    turn_step(turn, &event);
    scarce_hold(true); /* a store has its own memory */
    if (committed)
        keep_rows(turn, turn->effects.count);
    scarce_hold(false);
    event.type = committed ? EVENT_COMMITTED : EVENT_FAILED;
    turn_step(turn, &event);
    turn->ended = true;
}

void turn_pass(struct turn *turn, int64_t ms)
{
    struct event tick = {.type = EVENT_TICK};

    turn->wall_ms += ms;
    turn_step(turn, &tick);
}

static uint8_t text[] = {4, 'u', 's', 'e', 'r', 5, 'a', 'l', 'i', 'c', 'e'};

enum step_result turn_strike(struct turn *turn, const char *address, uint64_t id, int64_t age_ms)
{
    struct event event = {.type = EVENT_STRIKE,
                          .addr = turn_addr(address),
                          .strike = {turn->wall_ms - age_ms, id, 0, text}};

    return turn_step(turn, &event);
}

enum step_result turn_peer_strike(struct turn *turn, const char *address, uint64_t origin,
                                  uint64_t id, int64_t t_ms)
{
    const struct strike strike = {t_ms, id, origin, text};
    struct addr addr = turn_addr(address);
    uint8_t bytes[512];

    return turn_entry(turn, ENTRY_STRIKE, bytes,
                      entry_write_strike(&addr, &strike, bytes, sizeof(bytes)));
}

enum step_result turn_entry(struct turn *turn, uint8_t kind, const uint8_t *bytes, size_t size)
{
    struct event event = {.type = EVENT_ENTRY, .kind = kind, .bytes = bytes, .size = size};

    return turn_step(turn, &event);
}

enum step_result turn_record(struct turn *turn, const char *address, const struct record *record,
                             int64_t ref_ms)
{
    static uint8_t bytes[ENTRY_BYTES_MAX];
    struct addr addr = turn_addr(address);
    struct event event = {.type = EVENT_ENTRY,
                          .kind = ENTRY_RECORD,
                          .bytes = bytes,
                          .size = entry_write_record(&addr, record, bytes, sizeof(bytes)),
                          .ref_ms = ref_ms};

    assert_true(event.size > 0);
    return turn_step(turn, &event);
}

enum step_result turn_command(struct turn *turn, const char *address, int64_t until_ms,
                              uint64_t request)
{
    struct event event = {.type = until_ms != 0 ? EVENT_BAN : EVENT_UNBAN,
                          .addr = turn_addr(address),
                          .until_ms = until_ms,
                          .request = request,
                          .reason = "test",
                          .actor = "root"};

    return turn_step(turn, &event);
}

enum step_result turn_forget(struct turn *turn, const char *address, uint64_t request)
{
    struct event event = {.type = EVENT_FORGET,
                          .addr = turn_addr(address),
                          .request = request,
                          .reason = "test",
                          .actor = "root"};

    return turn_step(turn, &event);
}

enum step_result turn_audit(struct turn *turn, const struct audit *audit, uint64_t request)
{
    struct event event = {.type = EVENT_AUDIT, .audit = audit, .request = request};

    return turn_step(turn, &event);
}

enum step_result turn_allow(struct turn *turn, const char *net, int64_t until_ms, uint64_t request)
{
    struct event event = {.type = until_ms != 0 ? EVENT_ALLOW_ADD : EVENT_ALLOW_REMOVE,
                          .addr = turn_addr(net),
                          .until_ms = until_ms,
                          .request = request,
                          .reason = "office",
                          .actor = "alice"};

    return turn_step(turn, &event);
}

const struct allow *turn_find_allow(const struct turn *turn, const char *net)
{
    struct addr addr = turn_addr(net);

    return allows_find(&turn->state.allows, &addr, ALLOW_OPERATOR);
}

bool turn_is_allowed(const struct turn *turn, const char *net)
{
    struct addr addr = turn_addr(net);

    return allows_cover(&turn->state.allows, &addr, state_now_ms(&turn->state)) != NULL;
}

size_t turn_count(const struct turn *turn, enum effect_type type)
{
    size_t count = 0;

    while (turn_find(turn, type, count) != NULL)
        count++;
    return count;
}

const struct effect *turn_find(const struct turn *turn, enum effect_type type, size_t n)
{
    for (size_t i = 0; i < turn->effects.count; i++)
        if (turn->effects.list[i].type == type && n-- == 0)
            return &turn->effects.list[i];
    return NULL;
}

const struct subject *turn_subject(const struct turn *turn, const char *address)
{
    struct addr addr = turn_addr(address);

    return state_wake((struct state *)(uintptr_t)&turn->state, &addr);
}

bool turn_is_banned(const struct turn *turn, const char *address)
{
    const struct subject *subject = turn_subject(turn, address);

    return subject != NULL && record_is_banned(&subject->record, state_now_ms(&turn->state));
}

static void load_row(struct turn *turn, const struct turn_row *row)
{
    struct event load = {
        .type = EVENT_LOAD, .kind = row->kind, .bytes = row->body, .size = row->size};

    assert_in_range(turn_step(turn, &load), STEP_SAME, STEP_CHANGED);
}

void turn_reload(const struct turn *turn, struct turn *fresh)
{
    struct event event = {.type = EVENT_LOADED};

    *fresh = (struct turn){.wall_ms = turn->wall_ms};
    assert_int_equal(state_open(&fresh->state, "test", turn->state.node, &turn_policy), 0);
    for (uint8_t kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++)
        for (size_t i = 0; i < turn->row_count; i++)
            if (turn->rows[i].kind == kind)
                load_row(fresh, &turn->rows[i]);
    fresh->state.hlc = turn->state.hlc;
    fresh->state.tick = turn->state.tick;
    turn_step(fresh, &event);
    turn_end(fresh, true);
}

static void add(const struct state *state, struct digest *digest, const struct addr *addr,
                const uint8_t *bytes, size_t size)
{
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    uint64_t hash = hash64(&state->key, key, entry_write_addr(addr, key));
    struct hash128 entry = hash128(&state->key, bytes, size);

    assert_true(size > 0);
    assert_int_equal(digest_reserve(digest, digest_leaf(hash)), 0);
    digest_add(digest, digest_leaf(hash), &entry);
}

/* The strikes but those in flight behind second, summed anew. */
static struct hash128 strike_sum(const struct state *state, int64_t second)
{
    struct hash128 sum = {{0, 0}};
    struct subject *subject;

    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        for (size_t i = 0; i < subject->strikes.count; i++) {
            const struct strike *strike = &subject->strikes.list[i];
            int64_t behind = strike->t_ms / 1000 - second;
            uint8_t bytes[512];
            struct hash128 hash =
                hash128(&state->key, bytes,
                        entry_write_strike(&subject->addr, strike, bytes, sizeof(bytes)));

            if (behind <= 0 || behind > RECENT_IN_FLIGHT)
                hash128_add(&sum, &hash);
        }
    return sum;
}

static void assert_recent(const struct state *state)
{
    for (int64_t age = 0; age < RECENT_SECONDS + 100; age += 61) {
        int64_t second = state->recent.newest - age;
        struct hash128 root, sum = strike_sum(state, second);

        if (state_strike_root(state, second, &root))
            assert_true(hash128_equal(&root, &sum));
        else
            assert_true(age >= RECENT_SECONDS);
    }
}

static void add_subject(const struct state *state, struct digest digests[ENTRY_KINDS],
                        const struct subject *subject)
{
    static uint8_t bytes[ENTRY_BYTES_MAX];

    for (size_t i = 0; i < subject->strikes.count; i++)
        add(state, &digests[ENTRY_STRIKE - 1], &subject->addr, bytes,
            entry_write_strike(&subject->addr, &subject->strikes.list[i], bytes, sizeof(bytes)));
    assert_int_equal(subject->has_record, !record_is_empty(&subject->record));
    if (subject->has_record)
        add(state, &digests[ENTRY_RECORD - 1], &subject->addr, bytes,
            entry_write_record(&subject->addr, &subject->record, bytes, sizeof(bytes)));
}

static void add_chronicle(const struct state *state, struct digest *digest,
                          const struct chronicle *chronicle)
{
    for (size_t i = 0; i < chronicle->count; i++) {
        const struct chronicle_entry *entry = chronicle->heap[i];
        struct hash128 hash = hash128(&state->key, entry->bytes, entry->size);
        uint16_t leaf = digest_leaf(hash64(&state->key, entry->bytes, CHRONICLE_KEY_BYTES));

        assert_int_equal(digest_reserve(digest, leaf), 0);
        digest_add(digest, leaf, &hash);
    }
}

void turn_assert_digests(const struct turn *turn)
{
    const struct state *state = &turn->state;
    struct digest digests[ENTRY_KINDS];
    uint8_t bytes[512];
    size_t strikes = 0;
    struct subject *subject;

    for (size_t kind = 0; kind < ENTRY_KINDS; kind++)
        assert_int_equal(digest_open(&digests[kind]), 0);
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;) {
        add_subject(state, digests, subject);
        strikes += subject->strikes.count;
    }
    assert_int_equal(strikes, state->strike_count);
    for (size_t i = 0; i < state->allows.count; i++)
        add(state, &digests[ENTRY_ALLOW - 1], &state->allows.list[i].addr, bytes,
            entry_write_allow(&state->allows.list[i], bytes, sizeof(bytes)));
    for (enum entry_kind kind = ENTRY_AUDIT; kind <= ENTRY_KINDS; kind++)
        add_chronicle(state, &digests[kind - 1], state_chronicle(state, kind));
    assert_recent(state);
    for (size_t kind = 0; kind < ENTRY_KINDS; kind++) {
        for (unsigned level = 0; level < DIGEST_LEVELS; level++)
            assert_true(digest_level_equal(&digests[kind], &state->digests[kind], level));
        digest_close(&digests[kind]);
    }
}

bool turn_roots_equal(const struct turn *a, const struct turn *b)
{
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        struct hash128 x = state_root(&a->state, kind), y = state_root(&b->state, kind);

        if (!hash128_equal(&x, &y))
            return false;
    }
    return true;
}

struct addr turn_addr(const char *address)
{
    struct addr addr;

    assert_int_equal(addr_parse(address, strlen(address), false, &addr), 0);
    return addr;
}
