/* SPDX-License-Identifier: Apache-2.0 */
/*
 * That an alert has been told: canonical bytes, made and pushed with the turn, the same on all
 * nodes, until it is forgotten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "mark.h"
#include "turn.h"

#define WALL_HLC ((uint64_t)TURN_WALL_MS << 16)

static struct turn turn;

static int begin(void **state)
{
    (void)state;
    turn_open(&turn, 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    turn_close(&turn);
    return 0;
}

static struct mark sample(void)
{
    return (struct mark){.stamp = {WALL_HLC, 2},
                         .forget_ms = TURN_WALL_MS + 1000000,
                         .id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
}

static const struct chronicle *entries(void)
{
    return state_chronicle(&turn.state, ENTRY_MARK);
}

static enum step_result hear(const struct mark *mark)
{
    uint8_t bytes[MARK_BYTES];

    mark_write(mark, bytes);
    return turn_entry(&turn, ENTRY_MARK, bytes, sizeof(bytes));
}

/* As docs/bansync-protocol.7 lays them out. */
static void the_bytes_are_these(void **state)
{
    static const uint8_t tail[] = {0, 0, 0, 0, 0, 0, 0, 2, /* node */
                                   0, 0, 0, 0, 0, 0, 4, 1, /* forget_ms */
                                   1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct mark mark = sample(), again;
    uint8_t bytes[MARK_BYTES];

    (void)state;
    mark.stamp.hlc = (uint64_t)1 << 16 | 5;
    mark.forget_ms = 1025;
    mark_write(&mark, bytes);
    assert_memory_equal(bytes, "\0\0\0\0\0\1\0\5", 8);
    assert_memory_equal(bytes + 8, tail, sizeof(tail));
    assert_int_equal(mark_read(bytes, sizeof(bytes), &again), 0);
    assert_memory_equal(&again, &mark, sizeof(mark));
}

static void what_breaks_a_rule_is_malformed(void **state)
{
    struct mark mark = sample();
    uint8_t bytes[MARK_BYTES + 1] = {0};

    (void)state;
    mark_write(&mark, bytes);
    assert_int_equal(mark_read(bytes, MARK_BYTES - 1, &mark), -1);
    assert_int_equal(mark_read(bytes, MARK_BYTES + 1, &mark), -1);
    mark = sample();
    mark.stamp.node = 0;
    assert_int_equal(hear(&mark), STEP_MALFORMED);
    mark = sample();
    mark.stamp.hlc = 0;
    assert_int_equal(hear(&mark), STEP_MALFORMED);
    mark = sample();
    mark.forget_ms = TURN_WALL_MS; /* before it is made */
    assert_int_equal(hear(&mark), STEP_MALFORMED);
    mark.forget_ms = TURN_WALL_MS + MARK_KEEP_MS + TICK_MS + 1;
    assert_int_equal(hear(&mark), STEP_MALFORMED);
    mark.forget_ms = -1;
    assert_int_equal(hear(&mark), STEP_MALFORMED);
    assert_int_equal(entries()->count, 0);
}

static void an_own_one_is_kept_and_pushed(void **state)
{
    struct mark mark = sample();
    struct event event = {.type = EVENT_MARK, .bytes = mark.id, .size = MARK_ID_BYTES};
    const struct effect *push;

    (void)state;
    assert_int_equal(turn_step(&turn, &event), STEP_CHANGED);
    assert_int_equal(entries()->count, 1);
    assert_int_equal(mark_read(entries()->heap[0]->bytes, MARK_BYTES, &mark), 0);
    assert_memory_equal(mark.id, event.bytes, MARK_ID_BYTES);
    assert_true(mark.stamp.node == 1 && mark.forget_ms >= TURN_WALL_MS + MARK_KEEP_MS);
    push = turn_find(&turn, EFFECT_PUSH, 0);
    assert_non_null(push);
    assert_int_equal(push->kind, ENTRY_MARK);
    assert_non_null(turn_find(&turn, EFFECT_PERSIST, 0));
    turn_end(&turn, true);
    turn_assert_digests(&turn);
}

static void one_of_a_peer_is_kept_until_it_is_forgotten(void **state)
{
    struct mark mark = sample();

    (void)state;
    assert_int_equal(hear(&mark), STEP_CHANGED);
    assert_int_equal(hear(&mark), STEP_SAME);
    turn_end(&turn, true);
    turn_assert_digests(&turn);
    turn.wall_ms += 1000000 + TICK_MS;
    turn_step(&turn, &(struct event){.type = EVENT_TICK});
    assert_int_equal(entries()->count, 0);
    turn_end(&turn, true);
    turn_assert_digests(&turn);
    assert_int_equal(hear(&mark), STEP_EXPIRED);
}

static void one_from_the_future_is_not_believed(void **state)
{
    struct mark mark = sample();

    (void)state;
    mark.stamp.hlc += (uint64_t)(CLOCK_SKEW_MS_MAX + 1000) << 16;
    assert_int_equal(hear(&mark), STEP_CLOCK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(the_bytes_are_these),
        TEST(what_breaks_a_rule_is_malformed),
        TEST(an_own_one_is_kept_and_pushed),
        TEST(one_of_a_peer_is_kept_until_it_is_forgotten),
        TEST(one_from_the_future_is_not_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
