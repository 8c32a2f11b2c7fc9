/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Harmless text: control bytes, broken UTF-8, what only terminals obey.
 */
#include "escape.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "terminal.h"

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static void expect(const char *bytes, size_t length, enum escape_for where, const char *wanted)
{
    char out[256];
    memset(out, 'x', sizeof(out));
    assert_int_equal(escape_text(bytes, length, where, NULL), strlen(wanted));
    assert_int_equal(escape_text(bytes, length, where, out), strlen(wanted));
    assert_string_equal(out, wanted);
}

static void both(const char *bytes, const char *wanted)
{
    expect(bytes, strlen(bytes), ESCAPE_JSON, wanted);
    expect(bytes, strlen(bytes), ESCAPE_TERMINAL, wanted);
}

static void test_plain(void **state)
{
    (void)state;
    both("", "");
    both("a \\x41 \"~", "a \\x41 \"~");
    both("\xc3\xa4 \xe6\x97\xa5 \xf0\x9f\x98\x80", "\xc3\xa4 \xe6\x97\xa5 \xf0\x9f\x98\x80");
}

static void test_control_bytes(void **state)
{
    (void)state;
    both("\t\n\r\033\x7f", "\\x09\\x0A\\x0D\\x1B\\x7F");
    expect("a\0b", 3, ESCAPE_JSON, "a\\x00b");
    expect("a\0b", 3, ESCAPE_TERMINAL, "a\\x00b");
}

static void test_broken_utf8(void **state)
{
    (void)state;
    both("\x80", "\\x80");
    both("\xff\xfe", "\\xFF\\xFE");
    both("\xc3", "\\xC3");
    both("\xc3(", "\\xC3(");
    both("\xe6\x97", "\\xE6\\x97");
    both("\xf0\x9f\x98", "\\xF0\\x9F\\x98");
    both("\xc0\xaf", "\\xC0\\xAF");                   /* overlong "/" */
    both("\xe0\x80\xaf", "\\xE0\\x80\\xAF");          /* overlong "/" */
    both("\xed\xa0\x80", "\\xED\\xA0\\x80");          /* surrogate */
    both("\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"); /* above U+10FFFF */
}

static void test_terminal_only(void **state)
{
    (void)state;
    expect("\xc2\x9b", 2, ESCAPE_JSON, "\xc2\x9b");
    expect("\xc2\x9b", 2, ESCAPE_TERMINAL, "\\xC2\\x9B");
    expect("\xc2\xa0", 2, ESCAPE_TERMINAL, "\xc2\xa0");
    expect("\xe2\x80\xae", 3, ESCAPE_TERMINAL, "\\xE2\\x80\\xAE");
    expect("\xe2\x81\xa6", 3, ESCAPE_TERMINAL, "\\xE2\\x81\\xA6");
    expect("\xe2\x80\xa6", 3, ESCAPE_TERMINAL, "\xe2\x80\xa6");
    expect("\xe2\x81\xaa", 3, ESCAPE_TERMINAL, "\xe2\x81\xaa");
}

static void test_columns(void **state)
{
    (void)state;
    assert_int_equal(escape_columns("abc", 3), 3);
    assert_int_equal(escape_columns("\xc3\xa4\xe6\x97\xa5", 5), 2);
    assert_int_equal(escape_columns("", 0), 0);
    terminal_begin(TERMINAL_NEVER); /* from now on the C library knows UTF-8 */
    assert_int_equal(escape_columns("\xc3\xa4\xe6\x97\xa5", 5), 3);
    assert_int_equal(escape_columns("\xf0\x9f\x98\x80", 4), 2);
    assert_int_equal(escape_columns("e\xcc\x81", 3), 1);    /* a combining accent */
    assert_int_equal(escape_columns("\xcd\xb8", 2), 1);     /* not assigned */
    assert_int_equal(escape_columns("\xe2\x80\xa8", 3), 1); /* no width of its own */
    assert_int_equal(escape_next("\xe6\x97\xa5x"), 3);
    assert_int_equal(escape_next("x"), 1);
    assert_int_equal(escape_next(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),       cmocka_unit_test(test_control_bytes),
        cmocka_unit_test(test_broken_utf8), cmocka_unit_test(test_terminal_only),
        cmocka_unit_test(test_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
