/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What looks like a secret, and what of lists does not.
 */
#include "secret.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static void test_keys_are_secret(void **state)
{
    (void)state;
    assert_true(secret_like("dGhpcyBpcyBhIHNlY3JldCBrZXkgb2YgYSBub2RlLi4=", false));
    assert_true(secret_like("key = 00112233445566778899aabbccddeeff", false));
    assert_true(
        secret_like("https://hooks.example.org/x?a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.", false));
    assert_true(secret_like("password: dGhpcyBp", true));
}

static void test_entries_are_not(void **state)
{
    (void)state;
    assert_false(secret_like("", false));
    assert_false(secret_like("", true));
    assert_false(secret_like("203.0.113.300", false));
    assert_false(secret_like("2001:db8:1111:2222:3333:4444:5555:6666/129", false));
    assert_false(secret_like("somebody.with.a.long.name@mail.example.org", false));
    assert_false(secret_like("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)); /* 31 */
    assert_false(secret_like("password: dGhpcyBp", false));
    assert_false(secret_like("a list of mine", true));
}

static void test_a_key_of_a_node_is_known(void **state)
{
    const char *key = "Zq0ZQzR0P0vA0q0iGmVd5y0V0l5xH6t3sC0mJ9nE1Xo=";
    (void)state;
    assert_true(secret_is_key(key, strlen(key)));
    assert_false(secret_is_key(key, strlen(key) - 1));
    assert_false(secret_is_key(key + 1, strlen(key) - 1));
    assert_false(secret_is_key("a.name.of.just.that.many.letters@example.or=", strlen(key)));
    assert_false(secret_is_key("0123456789012345678901234567890123456789abcd", strlen(key)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_are_secret),
        cmocka_unit_test(test_entries_are_not),
        cmocka_unit_test(test_a_key_of_a_node_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
