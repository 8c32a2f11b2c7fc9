/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state to be damaged, see damage.h.
 */
#include "damage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "expire.h"

const char *const damage_subjects[DAMAGE_SUBJECTS] = {DAMAGE_FACTS, DAMAGE_COUNTED, DAMAGE_MANUAL,
                                                      DAMAGE_UNBANNED};

static void copy_digest(const struct digest *from, struct digest *to)
{
    assert_int_equal(digest_open(to), 0);
    for (uint32_t leaf = 0; (leaf = digest_next_leaf(from, leaf)) < DIGEST_LEAVES; leaf++) {
        assert_int_equal(digest_reserve(to, (uint16_t)leaf), 0);
        digest_add(to, (uint16_t)leaf, digest_node(from, DIGEST_LEVELS - 1, leaf));
    }
}

int damage_set_up(void **state)
{
    static struct healthy healthy;
    struct turn *turn = &healthy.turn;
    const struct audit audit = {
        .action = AUDIT_RELEASE, .uid = 0, .count = 3, .actor = "root", .reason = "test"};
    struct event lease = {.type = EVENT_ALLOW,
                          .addr = turn_addr(DAMAGE_LEASED),
                          .on = true,
                          .until_ms = TURN_WALL_MS + 9 * DAMAGE_HOUR_MS,
                          .reason = "own"};

    turn_open(turn, 1);
    for (uint64_t id = 1; id <= 3; id++) {
        turn_strike(turn, DAMAGE_FACTS, id, (int64_t)id * 700);
        turn_strike(turn, DAMAGE_UNBANNED, 10 + id, (int64_t)id * 900);
    }
    turn_peer_strike(turn, DAMAGE_COUNTED, 2, 5, TURN_WALL_MS - 20000);
    turn_peer_strike(turn, DAMAGE_COUNTED, 3, 6, TURN_WALL_MS - 10000);
    turn_command(turn, DAMAGE_MANUAL, TURN_WALL_MS + 2 * DAMAGE_HOUR_MS, 1);
    turn_allow(turn, DAMAGE_ALLOWED, TURN_WALL_MS + DAMAGE_HOUR_MS, 2);
    turn_allow(turn, DAMAGE_WITHDRAWN, TURN_WALL_MS + DAMAGE_HOUR_MS, 3);
    turn_step(turn, &lease);
    for (uint64_t i = 0; i < DAMAGE_AUDITS; i++)
        turn_audit(turn, &audit, 10 + i);
    turn_end(turn, true);
    turn_command(turn, DAMAGE_UNBANNED, 0, 4);
    turn_allow(turn, DAMAGE_WITHDRAWN, 0, 5);
    turn_end(turn, true);
    for (size_t kind = 0; kind < ENTRY_KINDS; kind++)
        copy_digest(&turn->state.digests[kind], &healthy.digests[kind]);
    assert_int_equal(map_render(&turn->state, &healthy.map, NULL), 0);
    assert_int_equal(healthy.map.entries, 2);
    healthy.repaired = 0;
    *state = &healthy;
    return 0;
}

int damage_tear_down(void **state)
{
    struct healthy *healthy = *state;

    for (size_t kind = 0; kind < ENTRY_KINDS; kind++)
        digest_close(&healthy->digests[kind]);
    map_free(&healthy->map);
    turn_close(&healthy->turn);
    return 0;
}

static bool is_wanted(const struct turn *turn, const struct turn_row *row)
{
    const struct effect *effect;
    uint8_t kind = row->kind == ENTRY_STRIKE ? ENTRY_RECORD : row->kind;
    uint16_t leaf;

    assert_int_equal(state_entry_leaf(&turn->state, row->kind, row->body, row->size, &leaf), 0);
    for (size_t i = 0; (effect = turn_find(turn, EFFECT_RELOAD, i)) != NULL; i++)
        if (effect->kind == kind && (kind == ENTRY_ALLOW || effect->leaf == leaf))
            return true;
    return false;
}

void damage_reload(struct turn *turn)
{
    struct event event = {.type = EVENT_RELOAD};
    const struct effect *effect;

    for (size_t i = 0; (effect = turn_find(turn, EFFECT_RELOAD, i)) != NULL; i++) {
        event.kind = effect->kind;
        event.leaf = effect->leaf;
        turn_step(turn, &event);
    }
    event.type = EVENT_LOAD;
    for (size_t i = 0; i < turn->row_count; i++) {
        event.kind = turn->rows[i].kind;
        event.bytes = turn->rows[i].body;
        event.size = turn->rows[i].size;
        if (is_wanted(turn, &turn->rows[i]))
            turn_step(turn, &event);
    }
    event.type = EVENT_RELOADED;
    if (turn_count(turn, EFFECT_RELOAD) > 0)
        turn_step(turn, &event);
}

void damage_look(struct turn *turn, uint16_t first, size_t count)
{
    struct event event = {.type = EVENT_CHECK, .leaf = first, .count = count};

    turn_step(turn, &event);
}

void damage_look_everywhere(struct turn *turn)
{
    for (uint32_t leaf = 0; leaf < DIGEST_LEAVES; leaf += 4096)
        damage_look(turn, (uint16_t)leaf, 4096);
}

void damage_look_at_subjects(struct turn *turn)
{
    damage_look(turn, 0, 1);
    for (size_t i = 0; i < DAMAGE_SUBJECTS; i++) {
        struct addr addr = turn_addr(damage_subjects[i]);

        damage_look(turn, state_leaf(&turn->state, &addr), 1);
    }
}

void damage_settle(struct turn *turn)
{
    for (uint32_t leaf = 0; leaf < DIGEST_LEAVES; leaf += 4096) {
        damage_look(turn, (uint16_t)leaf, 4096);
        damage_reload(turn);
        turn_end(turn, true);
    }
    turn_pass(turn, TICK_MS);
    turn_end(turn, true);
}

static void assert_flags(const struct state *state, const struct subject *subject)
{
    int64_t now_ms = state_now_ms(state);
    bool manual = record_manual_is_live(&subject->record, now_ms);

    assert_true(subject->hash == state_hash(state, &subject->addr));
    assert_int_equal(subject->has_record, !record_is_empty(&subject->record));
    assert_int_equal(subject->banned, record_is_banned(&subject->record, now_ms));
    assert_true(subject->announced == (manual ? subject->record.manual.stamp.hlc : 0));
    assert_false(subject->dirty || subject->changed || subject->own || subject->struck);
    assert_false(subject->underived);
    assert_true(subject_deadline_is_sound(subject));
    assert_true(subject->deadline_ms > now_ms);
    assert_true(subject->deadline_ms <= expire_deadline_ms(subject, now_ms));
}

void damage_assert_as_before(const struct healthy *healthy)
{
    const struct state *state = &healthy->turn.state;
    const struct subject *subject;
    struct map_text map;
    size_t count = 0;

    for (size_t kind = 0; kind < ENTRY_KINDS; kind++)
        for (unsigned level = 0; level < DIGEST_LEVELS; level++)
            assert_true(digest_level_equal(&state->digests[kind], &healthy->digests[kind], level));
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;
         count++)
        assert_flags(state, subject);
    assert_int_equal(count, DAMAGE_SUBJECTS);
    assert_int_equal(state->table.count, count);
    assert_int_equal(state->strike_count, 8);
    assert_int_equal(state_chronicle(state, ENTRY_AUDIT)->count, DAMAGE_AUDITS);
    assert_int_equal(map_render(state, &map, NULL), 0);
    assert_int_equal(map.size, healthy->map.size);
    assert_memory_equal(map.bytes, healthy->map.bytes, map.size);
    map_free(&map);
    assert_true(expiry_is_sound(&state->expiry));
    assert_true(recent_is_sound(&state->recent));
}

void damage_assert_no_news(const struct turn *turn)
{
    for (size_t i = 0; i < turn->effects.count; i++)
        assert_true(turn->effects.list[i].type == EFFECT_RELOAD ||
                    turn->effects.list[i].type == EFFECT_EXPIRE ||
                    turn->effects.list[i].type == EFFECT_MAP);
}

void damage_assert_undone(struct healthy *healthy)
{
    struct turn *turn = &healthy->turn;

    damage_reload(turn);
    turn_end(turn, true);
    damage_assert_no_news(turn);
    assert_true(turn->state.counters.selfcheck_repaired > healthy->repaired);
    healthy->repaired = turn->state.counters.selfcheck_repaired;
    damage_assert_as_before(healthy);
    damage_look_at_subjects(turn);
    turn_end(turn, true);
    assert_int_equal(turn_count(turn, EFFECT_RELOAD), 0);
    assert_int_equal(turn->state.counters.selfcheck_repaired, healthy->repaired);
}
