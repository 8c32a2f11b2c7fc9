/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations: what is one, what is none, and that none leaves the value alone.
 */
#include "duration.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <bansync/limits.h>

static void expect(const char *text, int64_t ms)
{
    int64_t got = -1;
    assert_int_equal(duration_parse(text, &got), 0);
    assert_true(got == ms);
}

static void refuse(const char *text)
{
    int64_t got = 4711;
    assert_int_equal(duration_parse(text, &got), -1);
    assert_true(got == 4711);
}

static void test_units(void **state)
{
    (void)state;
    expect("500ms", 500);
    expect("90s", 90000);
    expect("10m", 600000);
    expect("1h", 3600000);
    expect("7d", 604800000);
    expect("2w", 1209600000);
    expect("0s", 0);
}

static void test_permanent(void **state)
{
    (void)state;
    expect("perm", TIME_NEVER_MS);
    expect("permanent", TIME_NEVER_MS);
}

static void test_bounds(void **state)
{
    (void)state;
    expect("36500d", 3153600000000);
    refuse("36501d");
    expect("3153600000000ms", 3153600000000);
    refuse("3153600000001ms");
    refuse("9999999999999999999999s");
    refuse("18446744073709551617s");
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",     "s",   "10", "1y",   "1h30m", "-1s",       "+1s",   " 1s", "1s ", "1 s",
        "1.5h", "01s", "1S", "0x1s", "perma", "Permanent", "never", "1ss", "1mss"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        refuse(texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_permanent),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
