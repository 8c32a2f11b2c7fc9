/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON: reading what may be absent or wrong, writing any bytes.
 */
#include "json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static struct ctl_json *parse(const char *text)
{
    return ctl_json_parse(text, strlen(text));
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const char *const texts[] = {"",        "null",       "[]",
                                        "{",       "{} {}",      "{\"a\":1,\"a\":2}",
                                        "{'a':1}", "{\"a\":01}", "{\"a\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_null(parse(texts[i]));
    assert_null(ctl_json_parse("{\"a\":\"\0\"}", 9));
}

static void test_reading(void **state)
{
    (void)state;
    struct ctl_json *json =
        parse("{\"t\":\"x\",\"n\":-5,\"b\":true,\"f\":false,\"z\":null,\"o\":{},\"a\":[\"y\",1]}");
    int64_t number = 7;
    assert_string_equal(ctl_json_text(json, "t"), "x");
    assert_null(ctl_json_text(json, "n"));
    assert_null(ctl_json_text(json, "absent"));
    assert_true(ctl_json_number(json, "n", &number));
    assert_int_equal(number, -5);
    assert_false(ctl_json_number(json, "t", &number));
    assert_int_equal(number, -5);
    assert_true(ctl_json_is_true(json, "b"));
    assert_false(ctl_json_is_true(json, "f"));
    assert_true(ctl_json_is_false(json, "f"));
    assert_false(ctl_json_is_false(json, "z"));
    assert_false(ctl_json_is_false(json, "absent"));
    assert_true(ctl_json_is_object(ctl_json_member(json, "o")));
    assert_false(ctl_json_is_object(ctl_json_member(json, "z")));
    assert_int_equal(ctl_json_size(ctl_json_member(json, "a")), 2);
    assert_string_equal(ctl_json_element_text(ctl_json_member(json, "a"), 0), "y");
    assert_null(ctl_json_element_text(ctl_json_member(json, "a"), 1));
    assert_null(ctl_json_element_text(ctl_json_member(json, "a"), 2));
    ctl_json_free(&json);
    assert_null(json);
}

static void test_reading_nothing(void **state)
{
    (void)state;
    int64_t number;
    assert_null(ctl_json_member(NULL, "a"));
    assert_null(ctl_json_text(NULL, "a"));
    assert_false(ctl_json_number(NULL, "a", &number));
    assert_false(ctl_json_is_true(NULL, "a"));
    assert_false(ctl_json_is_object(NULL));
    assert_int_equal(ctl_json_size(NULL), 0);
    assert_null(ctl_json_element(NULL, 0));
    ctl_json_numbers(NULL, NULL, NULL);
    ctl_json_numbers_sorted(NULL, NULL, NULL);
    struct ctl_json *sorted = ctl_json_sorted_by_name(NULL);
    assert_int_equal(ctl_json_size(sorted), 0);
    ctl_json_free(&sorted);
}

static void take_name(void *context, const char *name, int64_t number)
{
    char *names = context;
    size_t length = strlen(names);
    snprintf(names + length, 64 - length, "%s%d ", name, (int)number);
}

static void test_sorted(void **state)
{
    (void)state;
    static const char text[] = "{\"n\":{\"mx3\":1,\"mx1\":2,\"x\":\"no number\",\"mx2\":3},"
                               "\"p\":[{\"name\":\"b\"},7,{\"name\":\"a\"}]}";
    struct ctl_json *json = ctl_json_parse(text, strlen(text));
    char names[64] = "";
    ctl_json_numbers_sorted(ctl_json_member(json, "n"), take_name, names);
    assert_string_equal(names, "mx12 mx23 mx31 ");
    struct ctl_json *sorted = ctl_json_sorted_by_name(ctl_json_member(json, "p"));
    assert_int_equal(ctl_json_size(sorted), 3);
    assert_null(ctl_json_text(ctl_json_element(sorted, 0), "name"));
    assert_string_equal(ctl_json_text(ctl_json_element(sorted, 1), "name"), "a");
    assert_string_equal(ctl_json_text(ctl_json_element(sorted, 2), "name"), "b");
    ctl_json_free(&sorted);
    ctl_json_free(&json);
}

static void test_writing(void **state)
{
    (void)state;
    struct ctl_json *json = ctl_json_object();
    ctl_json_set_text(json, "t", "a\"\n\xff\xc2\x9b");
    ctl_json_set_lines(json, "l", "a\n\nb\t\n");
    ctl_json_set_text(json, "none", NULL);
    ctl_json_set_number(json, "n", INT64_MIN);
    ctl_json_set_true(json, "b");
    ctl_json_append_text(ctl_json_set_array(json, "a"), "x");
    ctl_json_drop(json, "b");
    ctl_json_drop(json, "absent");
    char *text = ctl_json_dump(json);
    assert_string_equal(
        text, "{\"t\":\"a\\\"\\\\x0A\\\\xFF\\u009B\",\"l\":\"a\\n\\nb\\\\x09\\n\",\"none\":null,"
              "\"n\":-9223372036854775808,\"a\":[\"x\"]}");
    free(text);
    ctl_json_free(&json);
}

static void expect_quoted(const char *bytes, size_t length, const char *wanted)
{
    char *text = ctl_json_string(bytes, length);
    assert_string_equal(text, wanted);
    free(text);
}

static void test_string(void **state)
{
    (void)state;
    expect_quoted(NULL, 0, "null");
    expect_quoted("", 0, "\"\"");
    expect_quoted("a\0b", 3, "\"a\\\\x00b\"");
    expect_quoted("\"\\/", 3, "\"\\\"\\\\/\"");
    expect_quoted("\xc3\xa4\xc2\x9b", 4, "\"\\u00E4\\u009B\"");
    expect_quoted("\xff\n", 2, "\"\\\\xFF\\\\x0A\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_refuses),   cmocka_unit_test(test_reading),
        cmocka_unit_test(test_reading_nothing), cmocka_unit_test(test_writing),
        cmocka_unit_test(test_string),          cmocka_unit_test(test_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
