/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The position in a line: what it takes, and that it stops at the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "line_cursor.h"

static struct line_cursor cursor_on(const char *text)
{
    return (struct line_cursor){text, text + strlen(text)};
}

static void a_text_is_taken_whole_or_not_at_all(void **state)
{
    (void)state;
    struct line_cursor cursor = cursor_on("ip: x");
    const char *start = cursor.at;
    assert_false(cursor_take(&cursor, "ip:x"));
    assert_false(cursor_take(&cursor, "ip: xy"));
    assert_ptr_equal(cursor.at, start);
    assert_true(cursor_take(&cursor, "ip: "));
    assert_ptr_equal(cursor.at, start + 4);
    assert_true(cursor_take(&cursor, "x"));
    assert_false(cursor_take(&cursor, "x"));
    assert_ptr_equal(cursor.at, cursor.end);
}

static void digits_are_counted(void **state)
{
    (void)state;
    int value = -1;
    struct line_cursor cursor = cursor_on("0423");
    assert_true(cursor_take_digits(&cursor, 3, &value));
    assert_int_equal(value, 42);
    assert_false(cursor_take_digits(&cursor, 2, &value));
    cursor = cursor_on("4x");
    assert_false(cursor_take_digits(&cursor, 2, &value));
    cursor = cursor_on("-4");
    assert_false(cursor_take_digits(&cursor, 2, &value));
    assert_int_equal(value, 42);
    cursor = cursor_on("999999999");
    assert_true(cursor_take_digits(&cursor, 9, &value));
    assert_int_equal(value, 999999999);
}

static void a_run_has_a_least_and_a_greatest_length(void **state)
{
    (void)state;
    struct line_text run;
    struct line_cursor cursor = cursor_on("abc d");
    assert_true(cursor_take_run(&cursor, cursor_is_letter, 3, 3, &run));
    assert_int_equal(run.length, 3);
    assert_memory_equal(run.bytes, "abc", 3);
    assert_false(cursor_take_run(&cursor, cursor_is_letter, 1, 3, &run));
    assert_true(cursor_take_run(&cursor, cursor_is_letter, 0, 3, &run));
    cursor = cursor_on("abcd");
    assert_false(cursor_take_run(&cursor, cursor_is_letter, 1, 3, &run));
    cursor = cursor_on("");
    assert_false(cursor_take_run(&cursor, cursor_is_letter, 1, 3, &run));
}

static void members_are_ascii(void **state)
{
    (void)state;
    static const char plain[] = "._-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (int byte = 0; byte < 256; byte++) {
        unsigned char is = (unsigned char)byte;
        bool is_plain = byte != 0 && strchr(plain, byte) != NULL;
        bool is_digit = byte >= '0' && byte <= '9';
        assert_int_equal(cursor_is_plain(is), is_plain);
        assert_int_equal(cursor_is_digit(is), is_digit);
        assert_int_equal(cursor_is_letter(is), is_plain && !is_digit && !strchr("._-", byte));
        assert_int_equal(cursor_is_graph(is), byte >= 33 && byte <= 126);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_taken_whole_or_not_at_all),
        cmocka_unit_test(digits_are_counted),
        cmocka_unit_test(a_run_has_a_least_and_a_greatest_length),
        cmocka_unit_test(members_are_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
