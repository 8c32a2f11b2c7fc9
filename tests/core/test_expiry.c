/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heap of deadlines gives what is due, earliest first, and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "expiry.h"
#include "random.h"

static void nothing_comes_before_its_time(void **state)
{
    struct expiry expiry = {0};
    struct expiry_item item;

    (void)state;
    assert_false(expiry_take(&expiry, INT64_MAX, &item));
    assert_int_equal(expiry_put(&expiry, 1000, 77), 0);
    assert_false(expiry_take(&expiry, 999, &item));
    assert_true(expiry_take(&expiry, 1000, &item));
    assert_true(item.at_ms == 1000);
    assert_true(item.hash == 77);
    assert_false(expiry_take(&expiry, 1000, &item));
    expiry_close(&expiry);
}

static void items_come_in_order_each_with_its_hash(void **state)
{
    struct expiry expiry = {0};
    struct expiry_item item;
    struct random random = {3};
    int64_t at_ms[5000], last_ms = 0;
    size_t taken = 0;

    (void)state;
    for (uint32_t i = 0; i < 5000; i++) {
        at_ms[i] = random_below(&random, 2000);
        assert_int_equal(expiry_put(&expiry, at_ms[i], i), 0);
        if (i % 3 == 0 && expiry_take(&expiry, 100, &item)) {
            assert_true(item.at_ms <= 100);
            taken++;
        }
    }
    for (; expiry_take(&expiry, 1500, &item); taken++) {
        assert_true(item.at_ms >= last_ms && item.at_ms <= 1500);
        assert_true(item.at_ms == at_ms[item.hash]);
        last_ms = item.at_ms;
    }
    assert_int_equal(taken + expiry.count, 5000);
    for (size_t i = 0; i < expiry.count; i++)
        assert_true(expiry.heap[i].at_ms > 1500);
    expiry_close(&expiry);
    assert_int_equal(expiry.count, 0);
}

static void any_flipped_bit_of_an_item_is_noticed(void **state)
{
    struct expiry expiry = {0};
    struct expiry_item item;
    struct random random = {7};

    (void)state;
    for (uint32_t i = 0; i < 300; i++) {
        assert_int_equal(expiry_put(&expiry, random_below(&random, 2000), i), 0);
        if (i % 2 == 0)
            (void)expiry_take(&expiry, 1000, &item);
        assert_true(expiry_is_sound(&expiry));
    }
    for (size_t bit = 0; bit < 8 * sizeof(struct expiry_item); bit++) {
        uint8_t *bytes = (uint8_t *)&expiry.heap[bit % expiry.count];

        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(expiry_is_sound(&expiry));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    expiry_close(&expiry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_comes_before_its_time),
        cmocka_unit_test(any_flipped_bit_of_an_item_is_noticed),
        cmocka_unit_test(items_come_in_order_each_with_its_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
