/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorted prefixes, and the walk that must agree with asking each of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "prefixes.h"
#include "random.h"

#define ROUNDS 50
#define PREFIXES 300 /* more than can be nested */

static void append(struct prefixes *prefixes, const char *text)
{
    struct addr addr;

    assert_int_equal(addr_parse(text, strlen(text), true, &addr), 0);
    assert_int_equal(prefixes_append(prefixes, &addr), 0);
}

static void sorted_without_repetition(void **state)
{
    static const char *const sorted[] = {"192.0.2.0/24", "192.0.2.0/25", "192.0.2.1",
                                         "2001:db8::/32"};
    struct prefixes prefixes = {0};
    char text[ADDR_TEXT_SIZE];

    (void)state;
    prefixes_sort(&prefixes);
    for (size_t i = 8; i-- > 0;)
        append(&prefixes, sorted[i % 4]);
    prefixes_sort(&prefixes);
    assert_int_equal(prefixes.count, 4);
    for (size_t i = 0; i < 4; i++) {
        struct addr addr = prefixes_at(&prefixes, i);

        addr_print(&addr, text);
        assert_string_equal(text, sorted[i]);
    }
    prefixes_clear(&prefixes);
    assert_int_equal(prefixes.count, 0);
}

/* Few bits, so that many prefixes contain each other. */
static struct addr random_addr(struct random *random)
{
    struct addr addr = {.kind = random_below(random, 2) ? ADDR_IPV4 : ADDR_IPV6};

    addr.length = (uint8_t)addr_bits(&addr);
    addr.bytes[0] = (uint8_t)random_below(random, 256);
    addr_widen(&addr, (unsigned)random_below(random, 10));
    return addr;
}

static bool is_covered(const struct prefixes *prefixes, const struct addr *addr)
{
    for (size_t i = 0; i < prefixes->count; i++) {
        struct addr prefix = prefixes_at(prefixes, i);

        if (addr_covers(&prefix, addr))
            return true;
    }
    return false;
}

static void the_walk_agrees_with_asking_each(void **state)
{
    struct random random = {7};

    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        struct prefixes prefixes = {0}, asked = {0};
        struct prefixes_walk walk;
        struct prefixes_lengths lengths;
        size_t count = round % 2 == 0 ? 3 : PREFIXES; /* many cover nearly all */

        for (size_t i = 0; i < count; i++) {
            struct addr addr = random_addr(&random);

            prefixes_append(&prefixes, &addr);
        }
        for (size_t i = 0; i < PREFIXES; i++) {
            struct addr addr = random_addr(&random);

            prefixes_append(&asked, &addr);
        }
        prefixes_sort(&prefixes);
        prefixes_sort(&asked);
        prefixes_walk_begin(&walk, &prefixes);
        prefixes_lengths(&prefixes, &lengths);
        for (size_t i = 0; i < asked.count; i++) {
            struct addr addr = prefixes_at(&asked, i);

            assert_int_equal(prefixes_cover(&prefixes, &lengths, &addr),
                             is_covered(&prefixes, &addr));
            assert_int_equal(prefixes_walk_covers(&walk, &addr), is_covered(&prefixes, &addr));
        }
        prefixes_clear(&prefixes);
        prefixes_clear(&asked);
    }
}

static void the_deepest_nesting_fits(void **state)
{
    struct prefixes prefixes = {0};
    struct prefixes_walk walk;
    struct addr host = {.kind = ADDR_IPV6, .length = 128};

    (void)state;
    for (unsigned length = 0; length <= 128; length++) {
        struct addr addr = host;

        addr_widen(&addr, length);
        prefixes_append(&prefixes, &addr);
    }
    prefixes_sort(&prefixes);
    assert_int_equal(prefixes.count, PREFIXES_DEPTH_MAX);
    prefixes_walk_begin(&walk, &prefixes);
    assert_true(prefixes_walk_covers(&walk, &host));
    prefixes_clear(&prefixes);
}

static void a_prefix_has_its_place(void **state)
{
    struct prefixes prefixes = {0};
    struct addr first, second, third;

    (void)state;
    assert_int_equal(addr_parse("192.0.2.0/24", 12, true, &first), 0);
    assert_int_equal(addr_parse("192.0.2.0/25", 12, true, &second), 0);
    assert_int_equal(addr_parse("192.0.2.9", 9, true, &third), 0);
    assert_int_equal(prefixes_place(&prefixes, &first), 0);
    assert_int_equal(prefixes_append(&prefixes, &third), 0);
    assert_int_equal(prefixes_append(&prefixes, &first), 0);
    prefixes_sort(&prefixes);
    assert_int_equal(prefixes_place(&prefixes, &first), 0);
    assert_int_equal(prefixes_place(&prefixes, &second), 1);
    assert_int_equal(prefixes_place(&prefixes, &third), 1);
    prefixes_clear(&prefixes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_without_repetition),
        cmocka_unit_test(the_walk_agrees_with_asking_each),
        cmocka_unit_test(the_deepest_nesting_fits),
        cmocka_unit_test(a_prefix_has_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
