/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lengths: which prefix lengths there are.
 */
#include "lengths.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct addr prefix(uint8_t kind, unsigned length)
{
    return (struct addr){.kind = kind, .length = (uint8_t)length};
}

/* Each of its own: no other length and no other family is noted with it. */
static void noted_is_that_length_of_that_family_alone(void **state)
{
    static const uint8_t kinds[] = {ADDR_IPV4, ADDR_IPV6};

    (void)state;
    for (size_t i = 0; i < sizeof(kinds); i++) {
        const struct addr any = prefix(kinds[i], 0), other = prefix(kinds[1 - i], 0);

        for (unsigned length = 0; length <= addr_bits(&any); length++) {
            const struct addr addr = prefix(kinds[i], length);
            struct lengths lengths = {{0}, {0}};

            assert_true(lengths_note(&lengths, &addr));
            assert_false(lengths_note(&lengths, &addr));
            for (unsigned each = 0; each <= 128; each++) {
                assert_int_equal(lengths_has(&lengths, &any, each), each == length);
                assert_false(lengths_has(&lengths, &other, each));
            }
        }
    }
}

static void of_an_account_nothing_is_noted(void **state)
{
    const struct addr account = prefix(ADDR_ACCOUNT, 24), other = prefix(ADDR_IPV6, 0);
    struct lengths lengths = {{0}, {0}};
    static const struct lengths none;

    (void)state;
    assert_false(lengths_note(&lengths, &account));
    assert_memory_equal(&lengths, &none, sizeof(none));
    assert_true(lengths_has(&lengths, &account, 24));
    assert_false(lengths_has(&lengths, &other, 24));
}

/* What is damaged may have any length: it writes and reads nothing behind the words. */
static void no_length_is_behind_the_words(void **state)
{
    struct lengths lengths = {{0}, {0}};
    static const struct lengths none;

    (void)state;
    for (unsigned length = LENGTHS_WORDS * 64; length <= UINT8_MAX; length++) {
        const struct addr addr = prefix(ADDR_IPV6, length);

        assert_false(lengths_note(&lengths, &addr));
        assert_true(lengths_has(&lengths, &addr, length));
    }
    assert_memory_equal(&lengths, &none, sizeof(none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noted_is_that_length_of_that_family_alone),
        cmocka_unit_test(of_an_account_nothing_is_noted),
        cmocka_unit_test(no_length_is_behind_the_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
