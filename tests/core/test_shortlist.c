/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first few of many are those that sorting all of them gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "shortlist.h"

#define ROUNDS 300
#define MANY 200

struct item {
    uint32_t key;
    uint8_t beside[7]; /* comes along with it */
};

static int compare(const void *a, const void *b)
{
    const struct item *x = a, *y = b;

    return (x->key > y->key) - (x->key < y->key);
}

static void the_first_are_those_of_all(void **state)
{
    struct random random = {11};

    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        struct item all[MANY], kept[MANY];
        size_t many = (size_t)random_below(&random, MANY) + 1, count = 0;
        size_t limit = (size_t)random_below(&random, MANY) + 1;

        for (size_t i = 0; i < many; i++) {
            all[i].key = (uint32_t)random_below(&random, 50); /* so that some are equal */
            memset(all[i].beside, (int)all[i].key, sizeof(all[i].beside));
            shortlist_keep(kept, &count, limit, sizeof(all[i]), &all[i], compare);
        }
        qsort(all, many, sizeof(all[0]), compare);
        qsort(kept, count, sizeof(kept[0]), compare);
        assert_int_equal(count, many < limit ? many : limit);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(kept[i].key, all[i].key);
            assert_memory_equal(kept[i].beside, all[i].beside, sizeof(all[i].beside));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_are_those_of_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
