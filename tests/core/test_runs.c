/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items of many slices come out in order, each once; without memory nothing is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "random.h"
#include "runs.h"
#include "scarce.h"

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

static void add(struct runs *runs, uint32_t item)
{
    assert_int_equal(runs_reserve(runs, 1), 0);
    runs_add(runs, &item);
}

static void expect(struct runs *runs, const uint32_t *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t *item = runs_next(runs);

        assert_non_null(item);
        assert_int_equal(*item, wanted[i]);
    }
    assert_null(runs_next(runs));
    assert_null(runs_next(runs));
}

static void slices_are_merged(void **state)
{
    static const uint32_t wanted[] = {1, 2, 3, 4, 5, 7, 9};
    struct runs runs;

    (void)state;
    runs_open(&runs, sizeof(uint32_t), compare);
    assert_null(runs_next(&runs));
    runs_end(&runs);
    add(&runs, 9);
    add(&runs, 2);
    runs_end(&runs);
    runs_end(&runs); /* one that found nothing */
    add(&runs, 4);
    add(&runs, 1);
    add(&runs, 7);
    runs_end(&runs);
    add(&runs, 3);
    add(&runs, 5);
    runs_end(&runs);
    add(&runs, 6); /* its slice is not over */
    expect(&runs, wanted, sizeof(wanted) / sizeof(wanted[0]));
    runs_clear(&runs);
    assert_null(runs_next(&runs));
    runs_clear(&runs);
}

/* More slices, and more items, than there is room for at first. */
static void any_number_of_slices(void **state)
{
    struct random random = {7};
    struct runs runs;
    size_t count = 0;
    uint32_t last = 0;

    (void)state;
    runs_open(&runs, sizeof(uint32_t), compare);
    for (size_t slice = 0; slice < 100; slice++) {
        size_t size = (size_t)random_below(&random, 100);

        assert_int_equal(runs_reserve(&runs, size), 0);
        for (size_t i = 0; i < size; i++) {
            uint32_t item = (uint32_t)random_below(&random, 1000);

            runs_add(&runs, &item);
        }
        runs_end(&runs);
        count += size;
    }
    for (const uint32_t *item; (item = runs_next(&runs)) != NULL; count--) {
        assert_true(*item >= last);
        last = *item;
    }
    assert_int_equal(count, 0);
    runs_clear(&runs);
}

static void without_memory_nothing_is_lost(void **state)
{
    static const uint32_t wanted[] = {1, 2};
    struct runs runs;

    (void)state;
    for (size_t spared = 0; spared < 2; spared++) {
        runs_open(&runs, sizeof(uint32_t), compare);
        scarce_begin(spared, 1);
        assert_int_equal(runs_reserve(&runs, 1), -1);
        assert_int_equal(scarce_end(), 1);
        add(&runs, 2);
        runs_end(&runs);
        add(&runs, 1);
        runs_end(&runs);
        expect(&runs, wanted, 2);
        runs_clear(&runs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_are_merged),
        cmocka_unit_test(any_number_of_slices),
        cmocka_unit_test(without_memory_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
