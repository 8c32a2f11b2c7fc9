/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a progress bar in terminals of any width.
 */
#include "progress.h"

#include <stdarg.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static void expect(uint64_t done, uint64_t size, size_t columns, const char *expected)
{
    char text[512];
    progress_print(done, size, 1234567, columns, text, sizeof(text));
    assert_string_equal(text, expected);
}

static void test_bar(void **state)
{
    (void)state;
    expect(0, 1000000, 60, "[..............................]   0%  1,234,567 lines  0 B");
    expect(500000, 1000000, 60, "[############.............]  50%  1,234,567 lines  500.0 kB");
    expect(1000000, 1000000, 60, "[###########################] 100%  1,234,567 lines  1.0 MB");
    expect(2000000, 1000000, 60, "[###########################] 100%  1,234,567 lines  2.0 MB");
}

static void test_no_bar(void **state)
{
    (void)state;
    expect(500000, 0, 60, "1,234,567 lines  500.0 kB");
    expect(500000, 1000000, 30, "1,234,567 lines  500.0 kB");
    expect(500000, 1000000, 10, "1,234,567");
    expect(500000, 1000000, 0, "");
}

/* No line is ever as wide as the terminal, or it would wrap. */
static void test_width(void **state)
{
    (void)state;
    char text[512];
    for (size_t columns = 1; columns < 300; columns++) {
        progress_print(UINT64_MAX / 200, UINT64_MAX / 2, INT64_MAX, columns, text, sizeof(text));
        assert_true(strlen(text) < columns);
    }
}

static void test_entries(void **state)
{
    (void)state;
    char text[512];
    progress_print_entries(1500, 2000, 1, 50, text, sizeof(text));
    assert_string_equal(text, "[########################.........]  75%  1 entry");
    progress_print_entries(1500, 2000, 1234567, 60, text, sizeof(text));
    assert_string_equal(text, "[########################.........]  75%  1,234,567 entries");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bar),
        cmocka_unit_test(test_no_bar),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
