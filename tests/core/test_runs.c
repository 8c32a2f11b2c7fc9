/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items sorted in slices come in the order of one sort, whatever the slices.
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

#define ITEMS 1000

static int compare(const void *a, const void *b)
{
    const unsigned *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void they_come_in_the_order_of_one_sort(void **state)
{
    static const size_t slices[] = {1, 2, 7, 100, ITEMS};
    struct random random = {7};

    (void)state;
    for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
        unsigned sorted[ITEMS];
        struct runs runs;

        runs_begin(&runs, sizeof(unsigned), compare);
        assert_null(runs_next(&runs));
        for (size_t j = 0; j < ITEMS; j++) {
            sorted[j] = (unsigned)random_below(&random, ITEMS);
            assert_int_equal(runs_add(&runs, &sorted[j]), 0);
            if (j % slices[i] == 0)
                assert_int_equal(runs_cut(&runs), 0);
        }
        assert_int_equal(runs_cut(&runs), 0);
        assert_int_equal(runs_cut(&runs), 0); /* nothing came: it is no run */
        qsort(sorted, ITEMS, sizeof(unsigned), compare);
        for (size_t j = 0; j < ITEMS; j++) {
            const unsigned *item = runs_next(&runs);

            assert_non_null(item);
            assert_int_equal(*item, sorted[j]);
        }
        assert_null(runs_next(&runs));
        runs_clear(&runs);
    }
}

static void without_memory_nothing_is_lost(void **state)
{
    struct runs runs;
    unsigned item = 3;

    (void)state;
    runs_begin(&runs, sizeof(unsigned), compare);
    assert_int_equal(runs_add(&runs, &item), 0);
    scarce_begin(0, 1);
    assert_int_equal(runs_cut(&runs), -1);
    assert_int_equal(scarce_end(), 1);
    for (size_t i = runs.count; i < runs.room; i++)
        assert_int_equal(runs_add(&runs, &item), 0);
    scarce_begin(0, 1);
    assert_int_equal(runs_add(&runs, &item), -1);
    assert_int_equal(scarce_end(), 1);
    assert_int_equal(runs_cut(&runs), 0);
    for (size_t i = 0; i < runs.room; i++)
        assert_int_equal(*(const unsigned *)runs_next(&runs), 3);
    assert_null(runs_next(&runs));
    runs_clear(&runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_in_the_order_of_one_sort),
        cmocka_unit_test(without_memory_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
