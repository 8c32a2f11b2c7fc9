/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damage in memory is found and undone, quietly, whatever byte it hits; see also
 * a_healthy_state_is_never_touched in test_step_history.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "damage.h"

/* A stretch of memory that may be damaged. */
struct part {
    void *bytes;
    size_t size;
    bool is_flag; /* only its lowest bit may be read after damage, by the compiler's leave */
};

struct parts {
    struct part list[512];
    size_t count;
};

static void add_part(struct parts *parts, const void *bytes, size_t size, bool is_flag)
{
    assert_true(parts->count < sizeof(parts->list) / sizeof(parts->list[0]));
    parts->list[parts->count++] = (struct part){(void *)(uintptr_t)bytes, size, is_flag};
}

#define ADD(parts, value) add_part(parts, &(value), sizeof(value), false)
#define ADD_FLAG(parts, value) add_part(parts, &(value), sizeof(value), true)

static void add_text(struct parts *parts, const char *text)
{
    add_part(parts, text, text != NULL ? strlen(text) : 0, false);
}

static void add_strike(struct parts *parts, const struct strike *strike)
{
    const uint8_t *bytes;
    size_t size;

    ADD(parts, strike->t_ms);
    ADD(parts, strike->id);
    ADD(parts, strike->origin);
    bytes = strike_bucket(strike, &size);
    add_part(parts, bytes, size, false);
    bytes = strike_account(strike, &size);
    add_part(parts, bytes, size, false);
}

static void add_fact(struct parts *parts, const struct fact *fact)
{
    ADD(parts, fact->first_ms);
    ADD(parts, fact->last_ms);
    ADD(parts, fact->until_ms);
    ADD(parts, fact->forget_ms);
    ADD(parts, fact->level);
    for (size_t i = 0; i < fact->node_count; i++) {
        ADD(parts, fact->nodes[i].node);
        ADD(parts, fact->nodes[i].strikes);
    }
    add_part(parts, fact->evidence, fact->evidence_size, false);
}

static void add_subject(struct parts *parts, const struct subject *subject)
{
    ADD(parts, subject->addr);
    ADD(parts, subject->hash);
    ADD(parts, subject->record.cut);
    ADD(parts, subject->record.manual.stamp);
    ADD(parts, subject->record.manual.kind);
    ADD(parts, subject->record.manual.until_ms);
    add_text(parts, subject->record.manual.reason);
    add_text(parts, subject->record.manual.actor);
    for (size_t i = 0; i < subject->record.facts.count; i++)
        add_fact(parts, &subject->record.facts.list[i]);
    for (size_t i = 0; i < subject->strikes.count; i++)
        add_strike(parts, &subject->strikes.list[i]);
    ADD_FLAG(parts, subject->has_record);
    ADD_FLAG(parts, subject->sealed);
    if (subject->has_record)
        ADD(parts, subject->record_hash);
    ADD(parts, subject->deadline_ms);
    ADD(parts, subject->deadline_seal);
    ADD_FLAG(parts, subject->banned);
    ADD(parts, subject->announced);
    ADD_FLAG(parts, subject->dirty);
    ADD_FLAG(parts, subject->changed);
    ADD_FLAG(parts, subject->own);
    ADD_FLAG(parts, subject->struck);
    ADD_FLAG(parts, subject->underived);
}

static void add_allow(struct parts *parts, const struct allow *allow)
{
    ADD(parts, allow->leaf);
    ADD(parts, allow->addr);
    ADD(parts, allow->owner);
    ADD(parts, allow->stamp);
    ADD_FLAG(parts, allow->on);
    ADD(parts, allow->until_ms);
    add_text(parts, allow->reason);
    add_text(parts, allow->actor);
}

/* All are awake after that. */
static void wake_all(struct state *state)
{
    for (uint32_t leaf = 0; leaf < DIGEST_LEAVES; leaf++)
        assert_int_equal(state_wake_leaf(state, (uint16_t)leaf), 0);
}

static void list_entries(const struct state *state, struct parts *parts)
{
    const struct subject *subject;

    parts->count = 0;
    wake_all((struct state *)(uintptr_t)state);
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        add_subject(parts, subject);
    for (size_t i = 0; i < state->allows.count; i++)
        add_allow(parts, &state->allows.list[i]);
}

/* What is at rest, heads, sizes and all. */
static void list_rest(const struct state *state, struct parts *parts)
{
    parts->count = 0;
    for (uint32_t leaf = 0; leaf < DIGEST_LEAVES; leaf++) {
        const struct bucket *bucket = table_leaf(&state->table, (uint16_t)leaf);

        if (bucket->rest_count > 0)
            add_part(parts, bucket->block, bucket_block_bytes(bucket), false);
    }
    assert_in_range(parts->count, 1, DAMAGE_SUBJECTS);
}

static void list_sealed(const struct state *state, struct parts *parts)
{
    parts->count = 0;
    for (size_t i = 0; i < state->expiry.count; i++) {
        ADD(parts, state->expiry.heap[i].at_ms);
        ADD(parts, state->expiry.heap[i].hash);
    }
    ADD(parts, state->expiry.seal);
    ADD(parts, state->recent.newest);
    for (int64_t age = 0; age < 30; age++)
        ADD(parts, state->recent.sums[(state->recent.newest - age) % RECENT_SECONDS]);
    ADD(parts, state->recent.seal);
}

static size_t bytes_of(const struct parts *parts)
{
    size_t size = 0;

    for (size_t i = 0; i < parts->count; i++)
        size += parts->list[i].size;
    return size;
}

/* Flips one bit of the n-th byte. */
static void damage(const struct parts *parts, size_t n, unsigned bit)
{
    const struct part *part = parts->list;

    for (; n >= part->size; part++)
        n -= part->size;
    ((uint8_t *)part->bytes)[n] ^= (uint8_t)(part->is_flag ? 1 : 1u << bit % 8);
}

/* Every byte in turn: parts are listed anew each time, as what was loaded again lies elsewhere. */
static void damage_each(struct healthy *healthy,
                        void (*list)(const struct state *state, struct parts *parts))
{
    struct turn *turn = &healthy->turn;
    struct random random = {23};
    static struct parts parts;
    size_t size;

    list(&turn->state, &parts);
    size = bytes_of(&parts);
    assert_true(size > 200);
    for (size_t n = 0; n < size; n++) {
        list(&turn->state, &parts);
        assert_int_equal(bytes_of(&parts), size);
        damage(&parts, n, random_below(&random, 8));
        damage_look_at_subjects(turn);
        damage_assert_undone(healthy);
    }
}

static void any_damaged_byte_of_an_entry_is_undone(void **state)
{
    damage_each(*state, list_entries);
}

static void any_damaged_bit_of_what_is_at_rest_is_undone(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    static struct parts parts;

    list_rest(&turn->state, &parts);
    assert_true(bytes_of(&parts) > 30);
    for (size_t bit = 0; bit < 8 * bytes_of(&parts); bit++) {
        damage(&parts, bit / 8, (unsigned)bit % 8);
        damage_look_at_subjects(turn);
        damage_assert_undone(healthy);
        list_rest(&turn->state, &parts);
    }
}

/* Of what is kept as its bytes, and of what is noted beside them. */
static void any_damaged_byte_of_an_audit_entry_is_undone(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    size_t size = state_chronicle(&turn->state, ENTRY_AUDIT)->heap[0]->size + sizeof(uint16_t);
    struct random random = {31};

    for (size_t n = 0; n < size; n++) {
        struct chronicle_entry *entry = state_chronicle(&turn->state, ENTRY_AUDIT)->heap[n % 40];
        uint16_t leaf = entry->leaf;
        unsigned bit = 1u << random_below(&random, 8);

        if (n < entry->size)
            entry->bytes[n] ^= (uint8_t)bit;
        else
            entry->leaf ^= (uint16_t)(n % 2 != 0 ? bit << 8 : bit);
        damage_look(turn, leaf & 0xfff0, DIGEST_FANOUT);
        damage_assert_undone(healthy);
        turn_assert_digests(turn);
    }
}

static void any_damaged_byte_of_sums_and_deadlines_is_undone(void **state)
{
    damage_each(*state, list_sealed);
}

static void any_damaged_bit_of_a_deadline_is_undone(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;

    for (unsigned bit = 0; bit < 64; bit++) {
        struct subject *subject = (struct subject *)(uintptr_t)turn_subject(turn, DAMAGE_FACTS);
        int64_t before_ms = subject->deadline_ms;

        subject->deadline_ms = (int64_t)((uint64_t)before_ms ^ (uint64_t)1 << bit);
        damage_look_at_subjects(turn);
        damage_assert_undone(healthy);
        assert_true(turn_subject(turn, DAMAGE_FACTS)->deadline_ms == before_ms);
    }
}

static void a_damaged_digest_is_put_right_without_the_store(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct random random = {29};

    for (unsigned i = 0; i < 60; i++) {
        unsigned level = i % DIGEST_LEVELS;
        struct addr addr = turn_addr(damage_subjects[i % 4]);
        uint32_t index = i % 2 == 0 ? random_below(&random, 1u << (4 * level))
                                    : (uint32_t)state_leaf(&turn->state, &addr) >>
                                          (4 * (DIGEST_LEVELS - 1 - level));

        struct digest *digest = &turn->state.digests[i / DIGEST_LEVELS % ENTRY_KINDS];
        uint16_t leaf = (uint16_t)(index << (4 * (DIGEST_LEVELS - 1 - level)));
        struct hash128 *node;

        assert_int_equal(digest_reserve(digest, leaf), 0);
        node = (struct hash128 *)(uintptr_t)digest_node(digest, level, index);
        node->lane[i % 2] ^= (uint64_t)1 << random_below(&random, 64);
        damage_look_everywhere(turn);
        assert_int_equal(turn_count(turn, EFFECT_RELOAD), 0);
        damage_assert_undone(healthy);
    }
}

static void a_damaged_note_of_what_is_used_is_put_right(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    uint16_t leaf = digest_leaf(turn_subject(turn, DAMAGE_FACTS)->hash);

    turn->state.table.used[leaf / 64] ^= (uint64_t)1 << leaf % 64;
    damage_look_everywhere(turn);
    damage_assert_undone(healthy);
    turn->state.table.used[1023] ^= (uint64_t)1 << 63;
    damage_look_everywhere(turn);
    damage_assert_undone(healthy);
}

static void a_damaged_note_of_lengths_is_put_right(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    const struct lengths before = turn->state.table.lengths;

    turn->state.table.lengths = (struct lengths){{0}, {0}};
    damage_look_everywhere(turn);
    assert_memory_equal(&turn->state.table.lengths, &before, sizeof(before));
    damage_assert_undone(healthy);
}

/* The rows are the same, so is the map; nobody is told twice. */
static void many_damaged_leaves_are_loaded_at_once(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject;

    wake_all(&turn->state);
    for (struct table_walk walk = {0}; (subject = table_next(&turn->state.table, &walk)) != NULL;)
        subject->addr.bytes[0] ^= 64;
    turn->state.allows.list[1].until_ms ^= 1;
    damage_look_everywhere(turn);
    assert_int_equal(turn_count(turn, EFFECT_RELOAD), 5);
    damage_assert_undone(healthy);
    assert_int_equal(healthy->repaired, 5);
}

static void without_the_rows_everything_stays_and_is_found_again(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = (struct subject *)(uintptr_t)turn_subject(turn, DAMAGE_MANUAL);

    subject->record.manual.reason[0] ^= 1;
    damage_look_everywhere(turn);
    assert_int_equal(turn_count(turn, EFFECT_RELOAD), 1);
    turn_end(turn, true);
    assert_true(turn_is_banned(turn, DAMAGE_MANUAL));
    assert_int_equal(turn->state.counters.selfcheck_repaired, 0);
    damage_look_everywhere(turn);
    assert_int_equal(turn_count(turn, EFFECT_RELOAD), 1);
    damage_assert_undone(healthy);
}

/* Its digest tells so, and peers still have it. */
static void what_the_store_lacks_is_missing_in_the_digest(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = (struct subject *)(uintptr_t)turn_subject(turn, DAMAGE_FACTS);
    size_t kept = 0;

    subject->strikes.list[0].id ^= 1;
    for (size_t i = 0; i < turn->row_count; i++)
        if (turn->rows[i].kind == ENTRY_RECORD)
            turn->rows[kept++] = turn->rows[i];
        else
            free(turn->rows[i].body);
    turn->row_count = kept;
    damage_look_everywhere(turn);
    damage_reload(turn);
    turn_end(turn, true);
    damage_assert_no_news(turn);
    turn_assert_digests(turn);
    assert_true(turn_is_banned(turn, DAMAGE_FACTS));
    assert_int_equal(turn_subject(turn, DAMAGE_FACTS)->strikes.count, 0);
}

/* The record's row is lost: the strikes prove it once more, and it is written again. */
static void a_lost_record_is_derived_again(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = (struct subject *)(uintptr_t)turn_subject(turn, DAMAGE_FACTS);
    size_t kept = 0;

    subject->record.facts.list[0].level ^= 1;
    for (size_t i = 0; i < turn->row_count; i++)
        if (turn->rows[i].kind != ENTRY_RECORD)
            turn->rows[kept++] = turn->rows[i];
        else
            free(turn->rows[i].body);
    turn->row_count = kept;
    damage_look_everywhere(turn);
    damage_reload(turn);
    turn_end(turn, true);
    damage_assert_as_before(healthy);
    assert_int_equal(turn_count(turn, EFFECT_PERSIST), 1);
    assert_int_equal(turn_count(turn, EFFECT_BANNED), 0);
}

static size_t count_records(const struct turn *turn, enum effect_type type)
{
    const struct effect *effect;
    size_t count = 0;

    for (size_t i = 0; (effect = turn_find(turn, type, i)) != NULL; i++)
        count += effect->kind == ENTRY_RECORD;
    return count;
}

/* Or the damage would be written, pushed and taken for a change. */
static void a_damaged_record_is_loaded_again_before_it_is_changed(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = (struct subject *)(uintptr_t)turn_subject(turn, DAMAGE_FACTS);
    const struct record record = {.cut = {{(uint64_t)TURN_WALL_MS << 16, 4}, 5, 0}};
    uint16_t leaf = digest_leaf(subject->hash);

    subject->record.facts.list[0].evidence[1] ^= 1;
    turn_strike(turn, DAMAGE_FACTS, 9, 0); /* prolongs the ban */
    assert_int_equal(turn_record(turn, DAMAGE_FACTS, &record, 0), STEP_MEMORY);
    turn_command(turn, DAMAGE_FACTS, 0, 7);
    turn_end(turn, true);
    assert_int_equal(count_records(turn, EFFECT_PERSIST) + count_records(turn, EFFECT_PUSH), 0);
    assert_int_equal(turn_find(turn, EFFECT_DONE, 0)->outcome, OUTCOME_FAILED);
    assert_int_equal(turn->state.suspect, leaf + 1);
    damage_look(turn, leaf, 1);
    damage_reload(turn);
    turn_end(turn, true);
    assert_int_equal(turn->state.suspect, 0);
    assert_int_equal(turn->state.counters.selfcheck_repaired, 1);
    turn_assert_digests(turn);
    subject = (struct subject *)(uintptr_t)turn_subject(turn, DAMAGE_FACTS);
    assert_int_equal(subject->record.facts.count, 1);
    assert_true(subject->record.facts.list[0].last_ms == TURN_WALL_MS);
    assert_int_equal(count_records(turn, EFFECT_PERSIST), 1);
}

static void an_absent_record_that_is_damaged_is_not_begun_with(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = (struct subject *)(uintptr_t)turn_subject(turn, DAMAGE_COUNTED);

    subject->record.manual.until_ms ^= 1 << 9;
    turn_strike(turn, DAMAGE_COUNTED, 9, 0); /* the third */
    turn_end(turn, true);
    assert_false(turn_is_banned(turn, DAMAGE_COUNTED));
    damage_look(turn, digest_leaf(subject->hash), 1);
    assert_int_equal(turn->state.counters.selfcheck_repaired, 1);
    turn_end(turn, true);
    assert_int_equal(turn_count(turn, EFFECT_BANNED), 1);
    assert_int_equal(count_records(turn, EFFECT_PERSIST), 1);
    assert_true(turn_is_banned(turn, DAMAGE_COUNTED));
    assert_true(subject->record.manual.until_ms == 0);
    turn_assert_digests(turn);
}

/* The store has a row for each record, with just what is held of it, and no others. */
static void assert_rows_of_records(const struct turn *turn)
{
    static uint8_t bytes[ENTRY_BYTES_MAX];
    size_t records = 0, rows = 0;
    const struct subject *subject;

    for (struct table_walk walk = {0}; (subject = table_next(&turn->state.table, &walk)) != NULL;)
        records += subject->has_record;
    for (size_t i = 0; i < turn->row_count; i++) {
        const struct turn_row *row = &turn->rows[i];
        struct record record;
        struct addr addr;

        if (row->kind != ENTRY_RECORD)
            continue;
        assert_int_equal(entry_read_record(row->body, row->size, &addr, &record), 0);
        record_clear(&record);
        subject = state_find(&turn->state, &addr, &(struct unpacked){0});
        assert_non_null(subject);
        assert_int_equal(entry_write_record(&addr, &subject->record, bytes, sizeof(bytes)),
                         row->size);
        assert_memory_equal(bytes, row->body, row->size);
        rows++;
    }
    assert_int_equal(rows, records);
}

static void a_damaged_fact_is_not_forgotten_before_it_is_loaded_again(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = (struct subject *)(uintptr_t)turn_subject(turn, DAMAGE_FACTS);
    uint16_t leaf = digest_leaf(subject->hash);

    subject->record.facts.list[0].level ^= 1;
    turn_pass(turn, MEMORY_MS + 2 * DAMAGE_HOUR_MS);
    turn_end(turn, true);
    assert_int_equal(turn_subject(turn, DAMAGE_FACTS)->record.facts.count, 1);
    damage_look(turn, leaf, 1);
    damage_reload(turn);
    turn_end(turn, true);
    assert_null(turn_subject(turn, DAMAGE_FACTS));
    turn_assert_digests(turn);
    assert_rows_of_records(turn);
}

/* The cut stays, and its row must not keep the fact. */
static void a_damaged_record_is_written_without_what_is_to_be_forgotten(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = (struct subject *)(uintptr_t)turn_subject(turn, DAMAGE_UNBANNED);
    uint16_t leaf = digest_leaf(subject->hash);

    subject->record.facts.list[0].level ^= 1;
    turn_pass(turn, MEMORY_MS + 2 * DAMAGE_HOUR_MS);
    turn_end(turn, true);
    damage_look(turn, leaf, 1);
    damage_reload(turn);
    turn_end(turn, true);
    subject = (struct subject *)(uintptr_t)turn_subject(turn, DAMAGE_UNBANNED);
    assert_int_equal(subject->record.facts.count, 0);
    assert_true(subject->record.cut.ms > 0);
    turn_assert_digests(turn);
    assert_rows_of_records(turn);
}

static void the_end_of_a_ban_that_damage_hid_is_told(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = (struct subject *)(uintptr_t)turn_subject(turn, DAMAGE_FACTS);

    for (size_t i = 0; i < turn->state.expiry.count; i++)
        turn->state.expiry.heap[i].at_ms ^= (int64_t)1 << 60;
    turn_pass(turn, DAMAGE_HOUR_MS + 2 * TICK_MS);
    turn_end(turn, true);
    assert_false(turn_is_banned(turn, DAMAGE_FACTS));
    assert_true(subject->banned); /* as it was told last */
    damage_look_at_subjects(turn);
    turn_end(turn, true);
    assert_int_equal(turn_count(turn, EFFECT_UNBANNED), 1);
    assert_false(subject->banned);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, damage_set_up, damage_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(any_damaged_byte_of_an_entry_is_undone),
        TEST(any_damaged_bit_of_what_is_at_rest_is_undone),
        TEST(any_damaged_byte_of_an_audit_entry_is_undone),
        TEST(any_damaged_byte_of_sums_and_deadlines_is_undone),
        TEST(any_damaged_bit_of_a_deadline_is_undone),
        TEST(a_damaged_digest_is_put_right_without_the_store),
        TEST(a_damaged_note_of_what_is_used_is_put_right),
        TEST(a_damaged_note_of_lengths_is_put_right),
        TEST(many_damaged_leaves_are_loaded_at_once),
        TEST(without_the_rows_everything_stays_and_is_found_again),
        TEST(what_the_store_lacks_is_missing_in_the_digest),
        TEST(a_lost_record_is_derived_again),
        TEST(a_damaged_record_is_loaded_again_before_it_is_changed),
        TEST(an_absent_record_that_is_damaged_is_not_begun_with),
        TEST(a_damaged_fact_is_not_forgotten_before_it_is_loaded_again),
        TEST(a_damaged_record_is_written_without_what_is_to_be_forgotten),
        TEST(the_end_of_a_ban_that_damage_hid_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
