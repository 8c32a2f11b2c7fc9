/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many prefixes are sorted as comparing them sorts them; few are left to those who compare.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "prefixes_sort.h"
#include "random.h"

#define MANY 3000
#define FEW 100

static struct addr random_addr(struct random *random, uint8_t kind)
{
    struct addr addr = {.kind = kind};

    addr.length = (uint8_t)addr_bits(&addr);
    for (size_t i = 0; i < addr.length / 8u; i++)
        addr.bytes[i] = (uint8_t)random_below(random, 4);
    addr_widen(&addr, random_below(random, addr.length + 1u));
    return addr;
}

static int compare(const void *a, const void *b)
{
    return prefix_compare(a, b);
}

/* kind 0: both, mixed. */
static void check(uint64_t seed, uint8_t kind)
{
    static struct prefix wanted[MANY];
    struct random random = {seed};
    struct prefixes prefixes = {0};

    for (size_t i = 0; i < MANY; i++) {
        struct addr addr = random_addr(
            &random,
            kind != 0 ? kind : (uint8_t)(random_below(&random, 2) ? ADDR_IPV4 : ADDR_IPV6));

        wanted[i] = addr_to_prefix(&addr);
        assert_int_equal(prefixes_append(&prefixes, &addr), 0);
    }
    qsort(wanted, MANY, sizeof(wanted[0]), compare);
    assert_int_equal(prefixes_sort_many(&prefixes), 0);
    assert_int_equal(prefixes.count, MANY);
    assert_memory_equal(prefixes.list, wanted, sizeof(wanted));
    prefixes_clear(&prefixes);
}

static void many_are_sorted(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        check(seed, 0);
        check(seed, ADDR_IPV4);
        check(seed, ADDR_IPV6);
    }
}

static void equal_ones_are_sorted(void **state)
{
    struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, 1}};
    struct prefixes prefixes = {0};

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(prefixes_append(&prefixes, &addr), 0);
    assert_int_equal(prefixes_sort_many(&prefixes), 0);
    assert_memory_equal(&prefixes.list[0], &prefixes.list[MANY - 1], sizeof(struct prefix));
    prefixes_sort(&prefixes);
    assert_int_equal(prefixes.count, 1);
    prefixes_clear(&prefixes);
}

static void few_are_left_as_they_are(void **state)
{
    struct random random = {1};
    struct prefixes prefixes = {0};
    struct prefix first;

    (void)state;
    for (size_t i = 0; i < FEW; i++) {
        struct addr addr = random_addr(&random, ADDR_IPV4);

        assert_int_equal(prefixes_append(&prefixes, &addr), 0);
    }
    first = prefixes.list[0];
    assert_int_equal(prefixes_sort_many(&prefixes), -1);
    assert_memory_equal(&prefixes.list[0], &first, sizeof(first));
    prefixes_clear(&prefixes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_are_sorted),
        cmocka_unit_test(equal_ones_are_sorted),
        cmocka_unit_test(few_are_left_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
