/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stamps: a total order; the next one is larger than everything seen, wherever the wall clock is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stamp.h"

#define WALL_MS 1790000000000

static void stamps_are_ordered_by_time_then_node(void **state)
{
    const struct stamp a = {5, 9}, b = {6, 1}, c = {6, 2};

    (void)state;
    assert_true(stamp_compare(&a, &b) < 0);
    assert_true(stamp_compare(&b, &a) > 0);
    assert_true(stamp_compare(&b, &c) < 0);
    assert_true(stamp_compare(&c, &b) > 0);
    assert_int_equal(stamp_compare(&c, &c), 0);
}

static void a_stamp_knows_its_time_and_tick(void **state)
{
    uint64_t hlc = (uint64_t)(WALL_MS + 19999) << 16 | 0xffff;

    (void)state;
    assert_true(stamp_ms(hlc) == WALL_MS + 19999);
    assert_true(stamp_tick(hlc) == WALL_MS / 10000 + 1);
    assert_true(stamp_tick(hlc + 1) == WALL_MS / 10000 + 2);
}

static void the_next_stamp_follows_the_wall_clock(void **state)
{
    uint64_t hlc = (uint64_t)WALL_MS << 16 | 7;

    (void)state;
    assert_true(stamp_next(hlc, WALL_MS + 1) == (uint64_t)(WALL_MS + 1) << 16);
    assert_true(stamp_next(0, WALL_MS) == (uint64_t)WALL_MS << 16);
}

static void the_next_stamp_is_larger_than_all_seen(void **state)
{
    uint64_t hlc = (uint64_t)WALL_MS << 16 | 7;

    (void)state;
    assert_true(stamp_next(hlc, WALL_MS) == hlc + 1);
    assert_true(stamp_next(hlc - 7, WALL_MS) == hlc - 6);
    assert_true(stamp_next(hlc, WALL_MS - 3600000) == hlc + 1);
    assert_true(stamp_next(hlc, 0) == hlc + 1);
    assert_true(stamp_next(hlc, -1) == hlc + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamps_are_ordered_by_time_then_node),
        cmocka_unit_test(a_stamp_knows_its_time_and_tick),
        cmocka_unit_test(the_next_stamp_follows_the_wall_clock),
        cmocka_unit_test(the_next_stamp_is_larger_than_all_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
