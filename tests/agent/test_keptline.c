/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small texts line by line: whole, cut at the end, with lines that are too long, and with any byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "keptline.h"

static void lines_come_one_after_the_other(void **state)
{
    struct keptline lines = {"one 1\n\nlonger than its room\ncut", 32};
    char line[8];

    (void)state;
    assert_true(keptline_take(&lines, line, sizeof(line)));
    assert_string_equal(line, "one 1");
    assert_true(keptline_take(&lines, line, sizeof(line)));
    assert_string_equal(line, "");
    assert_true(keptline_take(&lines, line, sizeof(line)));
    assert_string_equal(line, "longer ");
    assert_false(keptline_take(&lines, line, sizeof(line))); /* its end is not there */
    lines = (struct keptline){NULL, 0};
    assert_false(keptline_take(&lines, line, sizeof(line)));
}

static void a_byte_that_is_no_text_ends_its_line_alone(void **state)
{
    struct keptline lines = {"a\0b\nc\n", 6};
    char line[8];

    (void)state;
    assert_true(keptline_take(&lines, line, sizeof(line)));
    assert_string_equal(line, "a");
    assert_true(keptline_take(&lines, line, sizeof(line)));
    assert_string_equal(line, "c");
}

static void a_line_is_cut_behind_its_first_word(void **state)
{
    char line[] = "name of somebody", single[] = "name";
    const char *rest = keptline_cut(line);

    (void)state;
    assert_string_equal(line, "name");
    assert_string_equal(rest, "of somebody");
    assert_string_equal(keptline_cut(single), "");
    assert_string_equal(single, "name");
}

static void what_goes_to_people_has_no_control_byte(void **state)
{
    (void)state;
    assert_true(keptline_is_name("") && keptline_is_name("b\xc3\xb6 b, <>"));
    assert_false(keptline_is_name("a\tb") || keptline_is_name("\x1b[2J") ||
                 keptline_is_name("a\x7f"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_one_after_the_other),
        cmocka_unit_test(a_byte_that_is_no_text_ends_its_line_alone),
        cmocka_unit_test(a_line_is_cut_behind_its_first_word),
        cmocka_unit_test(what_goes_to_people_has_no_control_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
