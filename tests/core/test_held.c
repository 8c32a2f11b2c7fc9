/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Held strikes: each is at one place, moves as a whole subject, and is asked about once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "held.h"
#include "scarce.h"

#define NODE 1

static uint8_t text[] = {4, 'u', 's', 'e', 'r', 1, 'x'};

static struct addr sender(unsigned number)
{
    return (struct addr){.kind = ADDR_IPV4, .length = 32, .bytes = {203, 0, 113, (uint8_t)number}};
}

/* Some subjects share a leaf, and some a hash. */
static uint64_t hash_of(unsigned number)
{
    return (uint64_t)(number / 4) << 40;
}

static void put(struct held *held, enum held_place place, unsigned number, uint64_t id)
{
    struct addr addr = sender(number);
    struct strike strike = {1000 + (int64_t)id, id, NODE, text};
    struct strikes_change change;

    assert_int_equal(held_put(held, place, hash_of(number), &addr, &strike, &change), 0);
    strikes_change_clear(&change);
}

static enum held_place place_of(const struct held *held, unsigned number, uint64_t id)
{
    struct addr addr = sender(number);
    struct strike strike = {.id = id, .origin = NODE};

    return held_find(held, hash_of(number), &addr, &strike);
}

static int set_up(void **state)
{
    static struct held held;

    assert_int_equal(held_open(&held), 0);
    for (unsigned number = 0; number < 12; number++)
        for (uint64_t id = 1; id <= 3; id++)
            put(&held, HELD_WAITING, number, id);
    *state = &held;
    return 0;
}

static int tear_down(void **state)
{
    held_close(*state);
    return 0;
}

static void a_strike_is_held_once(void **state)
{
    struct held *held = *state;

    put(held, HELD_WAITING, 5, 2);
    assert_int_equal(held->sets[HELD_WAITING].count, 36);
    assert_int_equal(held->sets[HELD_WAITING].subjects.count, 12);
    assert_int_equal(place_of(held, 5, 2), HELD_WAITING);
    assert_int_equal(place_of(held, 5, 4), HELD_NOWHERE);
    assert_int_equal(place_of(held, 12, 2), HELD_NOWHERE);
    assert_int_equal(held_since_ms(held), 1001);
    put(held, HELD_WAITING, 7, 0);
    assert_int_equal(held_since_ms(held), 1000);
}

static void all_move_or_those_of_a_network(void **state)
{
    struct held *held = *state;
    struct addr net = sender(4);

    addr_widen(&net, 30);
    assert_int_equal(held_move(held, HELD_WAITING, HELD_DROPPING, &net), 4);
    assert_int_equal(held->sets[HELD_DROPPING].count, 12);
    assert_int_equal(held->sets[HELD_WAITING].count, 24);
    assert_int_equal(place_of(held, 4, 1), HELD_DROPPING);
    assert_int_equal(place_of(held, 7, 3), HELD_DROPPING);
    assert_int_equal(place_of(held, 8, 1), HELD_WAITING);
    assert_int_equal(held_move(held, HELD_WAITING, HELD_RELEASING, NULL), 8);
    assert_int_equal(held->sets[HELD_WAITING].count, 0);
    assert_int_equal(held->sets[HELD_WAITING].subjects.count, 0);
    assert_int_equal(held->sets[HELD_RELEASING].count, 24);
    assert_int_equal(held_since_ms(held), 0);
    assert_true(held_has(held, HELD_RELEASING, hash_of(8), &(struct addr){0}) == false);
    net = sender(8);
    assert_true(held_has(held, HELD_RELEASING, hash_of(8), &net));
    assert_int_equal(held_move(held, HELD_WAITING, HELD_RELEASING, NULL), 0);
}

static void a_subject_that_is_there_already_is_joined(void **state)
{
    struct held *held = *state;

    held_move(held, HELD_WAITING, HELD_DROPPING, NULL);
    put(held, HELD_WAITING, 1, 7);
    assert_int_equal(held_move(held, HELD_WAITING, HELD_DROPPING, NULL), 1);
    assert_int_equal(held->sets[HELD_DROPPING].count, 37);
    assert_int_equal(place_of(held, 1, 7), HELD_DROPPING);
    assert_int_equal(place_of(held, 1, 3), HELD_DROPPING);
}

/* What there was no memory for stays, and nothing is lost. */
static void without_memory_a_subject_stays(void **state)
{
    struct held *held = *state;
    struct addr addr = sender(1);

    for (size_t spared = 0, refused = 1; refused > 0; spared++) {
        held_move(held, HELD_WAITING, HELD_DROPPING, NULL);
        put(held, HELD_WAITING, 1, 7);
        put(held, HELD_WAITING, 1, 8);
        scarce_begin(spared, 1);
        held_move(held, HELD_WAITING, HELD_DROPPING, &addr);
        refused = scarce_end();
        assert_int_equal(held_has(held, HELD_WAITING, hash_of(1), &addr), refused > 0);
        assert_true(place_of(held, 1, 7) != HELD_NOWHERE);
        assert_true(place_of(held, 1, 8) != HELD_NOWHERE);
        tear_down(state);
        set_up(state);
    }
}

/* Else the oldest would be crowded out, and their rows would never go. */
static void more_than_a_subject_may_have_do_not_move(void **state)
{
    struct held *held = *state;

    held_move(held, HELD_WAITING, HELD_DROPPING, NULL);
    for (uint64_t id = 10; id < 10 + STRIKES_PER_ORIGIN_MAX - 2; id++)
        put(held, HELD_WAITING, 1, id);
    assert_int_equal(held_move(held, HELD_WAITING, HELD_DROPPING, NULL), 0);
    assert_int_equal(held->sets[HELD_WAITING].count, STRIKES_PER_ORIGIN_MAX - 2);
}

struct asked {
    unsigned count, limit;
    bool odd_go;
};

static enum held_fate judge(void *context, const struct addr *addr, const struct strike *strike)
{
    struct asked *asked = context;

    (void)addr;
    if (asked->count == asked->limit)
        return HELD_ENOUGH;
    asked->count++;
    return asked->odd_go && strike->id % 2 == 1 ? HELD_GOES : HELD_STAYS;
}

static void each_is_asked_about_once(void **state)
{
    struct held *held = *state;
    struct asked asked = {0, 1000, true};

    held_sift(held, HELD_WAITING, judge, &asked);
    assert_int_equal(asked.count, 36);
    assert_int_equal(held->sets[HELD_WAITING].count, 12);
    assert_int_equal(held->sets[HELD_WAITING].subjects.count, 12);
    assert_int_equal(place_of(held, 5, 2), HELD_WAITING);
    assert_int_equal(place_of(held, 5, 3), HELD_NOWHERE);
    assert_int_equal(held_since_ms(held), 1002);
}

static enum held_fate take_all(void *context, const struct addr *addr, const struct strike *strike)
{
    unsigned *left = context;

    (void)addr;
    (void)strike;
    return (*left)-- > 0 ? HELD_GOES : HELD_ENOUGH;
}

static void subjects_of_whom_nothing_is_left_are_gone(void **state)
{
    struct held *held = *state;
    unsigned left = 7;

    held_sift(held, HELD_WAITING, take_all, &left);
    assert_int_equal(held->sets[HELD_WAITING].count, 29);
    assert_int_equal(held->sets[HELD_WAITING].subjects.count, 10);
    left = 1000;
    held_sift(held, HELD_WAITING, take_all, &left);
    assert_int_equal(left, 1000 - 29);
    assert_int_equal(held->sets[HELD_WAITING].subjects.count, 0);
}

static void it_ends_when_enough_were_asked_about(void **state)
{
    struct held *held = *state;
    struct asked asked = {0, 5, false};

    held_sift(held, HELD_WAITING, judge, &asked);
    assert_int_equal(asked.count, 5);
    assert_int_equal(held->sets[HELD_WAITING].count, 36);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_strike_is_held_once),
        TEST(all_move_or_those_of_a_network),
        TEST(a_subject_that_is_there_already_is_joined),
        TEST(without_memory_a_subject_stays),
        TEST(more_than_a_subject_may_have_do_not_move),
        TEST(each_is_asked_about_once),
        TEST(subjects_of_whom_nothing_is_left_are_gone),
        TEST(it_ends_when_enough_were_asked_about),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
