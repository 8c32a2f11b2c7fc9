/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of numbers: what is in it, and its bound.
 */
#include "keyset.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

/* As a hash gives them; and some that begin at the same place. */
static uint64_t key_of(uint64_t i)
{
    return i % 3 == 0 ? i << 20 : (i + 1) * 0x9e3779b97f4a7c15;
}

static void test_keys(void **state)
{
    (void)state;
    struct keyset *set = keyset_new(1024);
    for (uint64_t i = 0; i < 1024; i++) {
        assert_int_equal(keyset_add(set, key_of(i)), KEYSET_ADDED);
        assert_int_equal(keyset_add(set, key_of(i / 2)), KEYSET_THERE);
    }
    for (uint64_t i = 0; i < 2048; i++)
        assert_int_equal(keyset_add(set, key_of(i)), i < 1024 ? KEYSET_THERE : KEYSET_FULL);
    keyset_free(&set);
    assert_null(set);
    keyset_free(&set);
}

static void test_zero(void **state)
{
    (void)state;
    struct keyset *set = keyset_new(2);
    assert_int_equal(keyset_add(set, 0), KEYSET_ADDED);
    assert_int_equal(keyset_add(set, 0), KEYSET_THERE);
    assert_int_equal(keyset_add(set, 5), KEYSET_ADDED);
    assert_int_equal(keyset_add(set, 6), KEYSET_FULL);
    keyset_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
