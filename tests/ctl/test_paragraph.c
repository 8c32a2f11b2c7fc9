/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of prose where no terminal is: each is one, whatever its length. tests/ctl/terminal.py has
 * them on a terminal.
 */
#include "paragraph.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static void expect_lines(const char *text, const char *wanted)
{
    char *got = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&got, &size);
    paragraph_print_lines(stream, 0, "banctl: ", text);
    fclose(stream);
    assert_string_equal(got, wanted);
    free(got);
}

static void each_line_becomes_one(void **state)
{
    (void)state;
    expect_lines("one", "banctl: one\n");
    expect_lines("one\n", "banctl: one\n");
    expect_lines("one\ntwo\033\n", "banctl: one\n  two\\x1B\n");
    expect_lines("one\n\ntwo", "banctl: one\n  \n  two\n");
    expect_lines("", "banctl: \n");
    expect_lines(
        "a line of more than eighty columns, which where no terminal is stays one line for "
        "whoever reads it",
        "banctl: a line of more than eighty columns, which where no terminal is stays one "
        "line for whoever reads it\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_line_becomes_one)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
