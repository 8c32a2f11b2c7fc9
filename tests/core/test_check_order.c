/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The self-check where the sums are right and the table is not, and with memory that runs out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "damage.h"
#include "expire.h"
#include "scarce.h"

static struct subject *find(struct turn *turn, const char *address)
{
    return (struct subject *)(uintptr_t)turn_subject(turn, address);
}

/* Strikes two subjects of one leaf; returns one of them. */
static struct addr make_neighbors(struct turn *turn)
{
    static uint32_t numbers[DIGEST_LEAVES]; /* of the first subject in each leaf; 0: none */

    memset(numbers, 0, sizeof(numbers));
    for (uint32_t number = 1;; number++) {
        char text[ADDR_TEXT_SIZE];
        struct addr addr;
        uint32_t *first;

        snprintf(text, sizeof(text), "2001:db8:%x::/64", number);
        addr = turn_addr(text);
        first = &numbers[state_leaf(&turn->state, &addr)];
        if (*first != 0) {
            turn_strike(turn, text, 1000, 0);
            snprintf(text, sizeof(text), "2001:db8:%x::/64", *first);
            turn_strike(turn, text, 1001, 0);
            turn_end(turn, true);
            return addr;
        }
        *first = number;
    }
}

static const struct bucket *bucket_of(const struct turn *turn, const struct addr *addr)
{
    return table_leaf(&turn->state.table, state_leaf(&turn->state, addr));
}

static void assert_reloaded(struct turn *turn, uint16_t leaf)
{
    damage_look(turn, leaf, 1);
    assert_int_equal(turn_count(turn, EFFECT_RELOAD), 1);
    assert_int_equal(turn_find(turn, EFFECT_RELOAD, 0)->leaf, leaf);
    damage_reload(turn);
    turn_end(turn, true);
    turn_assert_digests(turn);
    damage_look(turn, leaf, 1);
    assert_int_equal(turn_count(turn, EFFECT_RELOAD), 0);
    turn_end(turn, true);
}

static void subjects_of_a_leaf_that_changed_places_are_loaded_again(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct addr addr = make_neighbors(turn);
    const struct bucket *bucket = bucket_of(turn, &addr);
    struct subject *first = bucket->list[0];

    assert_int_equal(bucket->count, 2);
    damage_look(turn, state_leaf(&turn->state, &addr), 1);
    assert_int_equal(turn_count(turn, EFFECT_RELOAD), 0);
    turn_end(turn, true);
    bucket->list[0] = bucket->list[1];
    bucket->list[1] = first;
    assert_reloaded(turn, state_leaf(&turn->state, &addr));
    assert_int_equal(bucket_of(turn, &addr)->count, 2);
    assert_non_null(state_find(&turn->state, &addr, &(struct unpacked){0}));
}

/* Two subjects of one address, each with one of its two strikes: the sums are the same. */
static void one_subject_in_two_places_is_loaded_again(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = find(turn, DAMAGE_COUNTED), *twin;
    uint16_t leaf = digest_leaf(subject->hash);
    struct bucket *bucket = (struct bucket *)(uintptr_t)table_leaf(&turn->state.table, leaf);

    assert_int_equal(bucket->count, 1);
    twin = calloc(1, sizeof(*twin));
    *twin = *subject;
    twin->strikes = (struct strikes){.list = calloc(4, sizeof(struct strike)), .room = 4};
    twin->strikes.list[twin->strikes.count++] = subject->strikes.list[--subject->strikes.count];
    subject_set_deadline(subject, expire_deadline_ms(subject, TURN_WALL_MS));
    subject_set_deadline(twin, expire_deadline_ms(subject, TURN_WALL_MS));
    bucket->list = realloc(bucket->list, 2 * sizeof(*bucket->list));
    bucket->room = 2;
    bucket->list[bucket->count++] = twin;
    turn->state.table.count++;
    assert_reloaded(turn, leaf);
    assert_int_equal(find(turn, DAMAGE_COUNTED)->strikes.count, 2);
    assert_int_equal(turn->state.table.count, DAMAGE_SUBJECTS);
}

/* It is in no sum: an address with nothing to it. */
static void a_subject_with_nothing_to_it_leaves_memory(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct addr addr = turn_addr("198.51.100.200");

    assert_non_null(state_make(&turn->state, &addr)); /* and was forgotten there */
    assert_reloaded(turn, state_leaf(&turn->state, &addr));
    assert_null(state_find(&turn->state, &addr, &(struct unpacked){0}));
    damage_assert_as_before(healthy);
}

static void what_damage_made_of_its_address_leaves_memory(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct addr addr = turn_addr("198.51.100.200");
    uint16_t leaf = state_leaf(&turn->state, &addr);
    struct subject *subject = state_make(&turn->state, &addr);

    subject->addr.bytes[3] ^= 1; /* so its hash, which is put right first, is of another leaf */
    assert_reloaded(turn, leaf);
    damage_assert_as_before(healthy);
}

/* Sealed as it should be, and after the ban has ended. */
static void a_deadline_that_is_too_late_is_put_right(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = find(turn, DAMAGE_FACTS);

    subject_set_deadline(subject, subject->deadline_ms + 1);
    damage_look_at_subjects(turn);
    damage_assert_undone(healthy);
    assert_true(subject->deadline_ms <= expire_deadline_ms(subject, TURN_WALL_MS));
}

/* A ban for good is never due: there is nothing to queue for it. */
static void deadlines_are_queued_anew_of_what_has_one(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    const struct expiry_item *heap;

    turn_command(turn, "192.0.2.77", TIME_NEVER_MS, 9);
    turn_end(turn, true);
    turn->state.expiry.seal ^= 4;
    damage_look(turn, 0, 1);
    assert_int_equal(turn->state.counters.selfcheck_repaired, 1);
    assert_int_equal(turn->state.expiry.count, DAMAGE_SUBJECTS);
    heap = turn->state.expiry.heap;
    for (size_t i = 0; i < DAMAGE_SUBJECTS; i++)
        assert_true(heap[i].at_ms < TIME_NEVER_MS);
    turn_end(turn, true);
}

/* Nothing is taken for damage, and nothing is lost, while there is no memory to look. */
static void without_memory_it_is_found_in_a_later_round(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    size_t refused = 1, rounds = 0;

    for (size_t spared = 0; refused > 0; spared++, rounds++) {
        struct subject *subject = find(turn, DAMAGE_FACTS);
        uint16_t leaf = digest_leaf(subject->hash);

        subject->record.facts.list[0].level ^= 1;
        turn->state.allows.list[1].until_ms ^= 1;
        turn->state.expiry.seal ^= 4;
        effects_close(&turn->effects);
        scarce_begin(spared, 1);
        damage_look(turn, 0, 1);
        damage_look(turn, leaf, 1);
        refused = scarce_end();
        if (refused > 0 && turn_count(turn, EFFECT_RELOAD) < 2) {
            turn_end(turn, true);
            damage_look(turn, 0, 1);
            damage_look(turn, leaf, 1);
        }
        damage_reload(turn);
        turn_end(turn, true);
        damage_assert_no_news(turn);
        turn_pass(turn, 0);
        damage_look_at_subjects(turn);
        turn_end(turn, true);
        turn_pass(turn, TICK_MS);
        turn_end(turn, true);
        damage_look_at_subjects(turn);
        turn_end(turn, true);
        damage_assert_as_before(healthy);
    }
    assert_true(rounds > 5);
}

static void without_memory_the_map_is_not_told(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = find(turn, DAMAGE_FACTS);

    subject->announced ^= 1;
    effects_close(&turn->effects);
    scarce_begin(0, SIZE_MAX);
    damage_look_at_subjects(turn);
    assert_true(scarce_end() > 0);
    assert_int_equal(turn->effects.count, 0);
    damage_assert_undone(healthy);
}

/* What a suspect record held back is derived in the next round, too. */
static void without_memory_what_was_held_back_waits(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = find(turn, DAMAGE_COUNTED);
    uint16_t leaf = digest_leaf(subject->hash);
    size_t room = turn->state.dirty_room;

    subject->record.manual.until_ms ^= 1 << 9;
    turn_strike(turn, DAMAGE_COUNTED, 9, 0); /* the third */
    turn_end(turn, true);
    turn->state.dirty_room = 0; /* as if the list were full */
    scarce_begin(0, SIZE_MAX);
    damage_look(turn, leaf, 1);
    assert_true(scarce_end() > 0);
    turn->state.dirty_room = room;
    turn_end(turn, true);
    assert_false(turn_is_banned(turn, DAMAGE_COUNTED));
    damage_look(turn, leaf, 1);
    turn_end(turn, true);
    assert_true(turn_is_banned(turn, DAMAGE_COUNTED));
    turn_assert_digests(turn);
}

/* Between the making of a command's row and its commit. */
static void a_command_fails_on_a_record_that_is_damaged_before_it_is_in_force(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = find(turn, DAMAGE_FACTS);
    struct event event = {.type = EVENT_FLUSH};

    turn_command(turn, DAMAGE_FACTS, 0, 7);
    turn_step(turn, &event);
    subject->record.facts.list[0].level ^= 1;
    event.type = EVENT_COMMITTED;
    turn_step(turn, &event);
    assert_int_equal(turn_find(turn, EFFECT_DONE, 0)->outcome, OUTCOME_FAILED);
    assert_true(turn_is_banned(turn, DAMAGE_FACTS));
    assert_int_equal(turn->state.suspect, digest_leaf(subject->hash) + 1);
}

static void no_command_of_a_turn_builds_on_a_damaged_record(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;
    struct subject *subject = find(turn, DAMAGE_FACTS);

    subject->record.facts.list[0].level ^= 1;
    turn_command(turn, DAMAGE_FACTS, 0, 7);
    turn_command(turn, DAMAGE_FACTS, TIME_NEVER_MS, 8);
    turn_end(turn, true);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(turn_find(turn, EFFECT_DONE, i)->outcome, OUTCOME_FAILED);
    assert_int_equal(turn_count(turn, EFFECT_PERSIST) + turn_count(turn, EFFECT_PUSH), 0);
}

/* A flag that damage set, on a record of which nothing is left. */
static void what_is_forgotten_is_not_pushed(void **state)
{
    struct healthy *healthy = *state;
    struct turn *turn = &healthy->turn;

    find(turn, DAMAGE_FACTS)->own = true;
    turn_pass(turn, MEMORY_MS + 2 * DAMAGE_HOUR_MS);
    turn_end(turn, true);
    assert_null(turn_subject(turn, DAMAGE_FACTS));
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 0);
    turn_assert_digests(turn);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, damage_set_up, damage_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(subjects_of_a_leaf_that_changed_places_are_loaded_again),
        TEST(one_subject_in_two_places_is_loaded_again),
        TEST(a_subject_with_nothing_to_it_leaves_memory),
        TEST(what_damage_made_of_its_address_leaves_memory),
        TEST(a_deadline_that_is_too_late_is_put_right),
        TEST(deadlines_are_queued_anew_of_what_has_one),
        TEST(without_memory_it_is_found_in_a_later_round),
        TEST(without_memory_the_map_is_not_told),
        TEST(without_memory_what_was_held_back_waits),
        TEST(a_command_fails_on_a_record_that_is_damaged_before_it_is_in_force),
        TEST(no_command_of_a_turn_builds_on_a_damaged_record),
        TEST(what_is_forgotten_is_not_pushed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
