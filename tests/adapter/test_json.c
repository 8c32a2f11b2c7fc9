/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of the JSON values: what is written for any bytes, and what is refused when read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

static struct json *parse(const char *text)
{
    char error[200] = "";
    struct json *json = json_parse(text, strlen(text), error, sizeof(error));

    if (json == NULL)
        fail_msg("%s: %s", text, error);
    return json;
}

static void assert_refused(const char *text, size_t length)
{
    char error[200] = "";
    struct json *json = json_parse(text, length, error, sizeof(error));

    if (json != NULL)
        fail_msg("accepted: %s", text);
    assert_string_not_equal(error, "");
}

static void assert_line(struct json *json, const char *expected)
{
    size_t size;
    char *line = json_line(json, &size);

    assert_string_equal(line, expected);
    assert_int_equal(size, strlen(expected));
    free(line);
}

static void values_are_written_in_their_order(void **state)
{
    struct json *root = json_open();
    struct json *object;
    struct json *array;

    (void)state;
    assert_line(root, "{}\n");
    json_add_text(root, "z", "text");
    json_add_text(root, "absent", NULL);
    json_add_null(root, "null");
    json_add_number(root, "most", INT64_MAX);
    json_add_number(root, "least", INT64_MIN);
    json_add_bool(root, "yes", true);
    json_add_bool(root, "no", false);
    object = json_add_object(root, "object");
    json_add_number(object, "a", 1);
    array = json_add_array(root, "array");
    json_append_text(array, "x");
    json_append_bytes(array, "yz", 1);
    json_add_text(json_append_object(array), "b", "");
    (void)json_add_array(root, "empty");
    assert_line(root,
                "{\"z\":\"text\",\"absent\":null,\"null\":null,\"most\":9223372036854775807,"
                "\"least\":-9223372036854775808,\"yes\":true,\"no\":false,\"object\":{\"a\":1},"
                "\"array\":[\"x\",\"y\",{\"b\":\"\"}],\"empty\":[]}\n");
    json_free(&root);
    assert_null(root);
}

/* What is no text for people is written as the text \xNN, which JSON shows as \\xNN. */
static void any_bytes_become_text(void **state)
{
    struct json *root = json_open();

    (void)state;
    json_add_text(root, "quote", "a\"b\\c/");
    json_add_bytes(root, "control", "a\0b\n\x1b\x7f", 6);
    json_add_bytes(root, "utf8", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9);
    json_add_bytes(root, "broken", "\xc3(\xe2\x82\xff\xc0\x80\xc2\x9b", 9);
    json_add_bytes(root, "empty", NULL, 0);
    assert_line(root, "{\"quote\":\"a\\\"b\\\\c/\",\"control\":\"a\\\\x00b\\\\x0A\\\\x1B\\\\x7F\","
                      "\"utf8\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\","
                      "\"broken\":\"\\\\xC3(\\\\xE2\\\\x82\\\\xFF\\\\xC0\\\\x80\\\\xC2\\\\x9B\","
                      "\"empty\":\"\"}\n");
    json_free(&root);
}

/* As it is by one member, whatever was added to another one meanwhile. */
static void what_holds_others_may_be_filled_at_any_time(void **state)
{
    struct json *root = json_open();
    struct json *one = json_add_array(root, "one");
    struct json *two = json_add_object(root, "two");

    (void)state;
    json_append_number(one, 0);
    json_add_text(two, "a", "x");
    json_add_bool(root, "three", true);
    json_append_text(one, "y");
    json_add_null(two, "b");
    assert_line(root, "{\"one\":[0,\"y\"],\"two\":{\"a\":\"x\",\"b\":null},\"three\":true}\n");
    json_free(&root);
}

static void what_is_written_can_be_asked_for(void **state)
{
    struct json *root = json_open();

    (void)state;
    assert_false(json_has(root, "a"));
    json_add_number(root, "a\"b", 1);
    json_add_null(root, "null");
    json_add_text(root, "text", "null");
    (void)json_add_object(root, "object");
    assert_true(json_has(root, "a\"b"));
    assert_false(json_has(root, "a"));
    assert_false(json_has(root, "null"));
    assert_true(json_has(root, "text"));
    assert_true(json_has(root, "object"));
    assert_line(root, "{\"a\\\"b\":1,\"null\":null,\"text\":\"null\",\"object\":{}}\n");
    json_free(&root);
}

static void line_feeds_stay_in_lines_alone(void **state)
{
    struct json *root = json_open();

    (void)state;
    json_add_lines(root, "lines", "a\n\"b\"\n\r\n");
    json_add_text(root, "text", "a\nb");
    assert_line(root, "{\"lines\":\"a\\n\\\"b\\\"\\n\\\\x0D\\n\",\"text\":\"a\\\\x0Ab\"}\n");
    json_free(&root);
}

/* Whatever the length of each, none runs into what is behind it. */
static void values_of_any_length_lie_apart(void **state)
{
    enum { COUNT = 3000 };
    struct json *root = json_open(), *array = json_add_array(root, "array"), *again;
    char text[COUNT + 1], error[200], *line;
    size_t size;

    (void)state;
    for (size_t i = 0; i <= COUNT; i++)
        text[i] = i % 7 == 0 ? '\n' : i % 5 == 0 ? '"' : 'x';
    for (size_t i = 0; i < COUNT; i++) {
        json_append_bytes(array, text + COUNT - i, i);
        json_add_number(json_append_object(array), "n", (int64_t)i);
    }
    line = json_line(root, &size);
    again = json_parse(line, size, error, sizeof(error));
    assert_non_null(again);
    assert_int_equal(json_count(again, "array"), 2 * COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        const char *found = json_array_text(again, "array", 2 * i);
        size_t feeds = 0;

        for (size_t j = 0; j < i; j++)
            feeds += text[COUNT - i + j] == '\n';
        assert_int_equal(strlen(found), i + 3 * feeds);
    }
    json_free(&again);
    json_free(&root);
    free(line);
}

static void a_long_line_is_whole(void **state)
{
    static const size_t text_bytes = 1000003;
    struct json *root = json_open();
    struct json *again;
    char *text = malloc(text_bytes + 1);
    char error[200];
    size_t size;
    char *line;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', text_bytes);
    text[text_bytes] = '\0';
    json_add_text(root, "text", text);
    line = json_line(root, &size);
    assert_int_equal(size, text_bytes + 12);
    again = json_parse(line, size, error, sizeof(error));
    assert_non_null(again);
    assert_string_equal(json_text(again, "text"), text);
    json_free(&again);
    json_free(&root);
    free(line);
    free(text);
}

static void members_are_read_by_type(void **state)
{
    struct json *root =
        parse(" {\"text\":\"caf\\u00e9\",\"number\":-5,\"real\":5.0,\"yes\":true,"
              "\"null\":null,\"array\":[\"a\",7,\"b\"],\"object\":{\"text\":\"x\"}}\r\n");
    static const char *const names[] = {"text", "number", "real", "yes", "null", "array", "object"};
    int64_t number = 99;
    bool value = false;

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(json_member(root, i), names[i]);
        assert_int_equal(json_has(root, names[i]), i != 4); /* null is like absent */
        assert_int_equal(json_text(root, names[i]) != NULL, i == 0);
        assert_int_equal(json_number(root, names[i], &number), i == 1);
        assert_int_equal(json_bool(root, names[i], &value), i == 3);
        assert_int_equal(json_count(root, names[i]), i == 5 ? 3 : 0);
    }
    assert_null(json_member(root, 7));
    assert_string_equal(json_text(root, "text"), "caf\xc3\xa9");
    assert_int_equal(number, -5);
    assert_true(value);
    assert_string_equal(json_array_text(root, "array", 0), "a");
    assert_null(json_array_text(root, "array", 1)); /* no text */
    assert_string_equal(json_array_text(root, "array", 2), "b");
    assert_null(json_array_text(root, "array", 3));
    assert_null(json_array_text(root, "text", 0));
    assert_false(json_array_number(root, "array", 0, &number));
    assert_true(json_array_number(root, "array", 1, &number));
    assert_int_equal(number, 7);
    assert_false(json_array_number(root, "array", 3, &number));
    assert_false(json_array_number(root, "number", 0, &number));
    assert_int_equal(number, 7);

    assert_false(json_has(root, "other"));
    assert_null(json_text(root, "other"));
    assert_false(json_number(root, "other", &number));
    assert_false(json_bool(root, "other", &value));
    assert_int_equal(json_count(root, "other"), 0);
    assert_null(json_array_text(root, "other", 0));
    json_free(&root);
}

static void what_is_no_object_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "[]",
        "5",
        "\"text\"",
        "null",
        "{",
        "{\"a\":1",
        "{\"a\":1}}",
        "{\"a\":1} {}",
        "{\"a\":1,}",
        "{'a':1}",
        "{\"a\":1,\"a\":2}",           /* twice the same name */
        "{\"a\":\"\xff\"}",            /* no UTF-8 */
        "{\"a\":\"\\u0000\"}",         /* NUL inside a text */
        "{\"\\u0000\":1}",             /* NUL inside a name */
        "{\"a\":\"\n\"}",              /* a raw control byte */
        "{\"a\":9223372036854775808}", /* does not fit */
        "{\"a\":1e999}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_refused(texts[i], strlen(texts[i]));
    assert_refused("{}\0", 3);
    assert_refused("{\"a\0\":1}", 8);
}

static void nesting_has_a_bound(void **state)
{
    struct json *root = parse("{\"a\":[[[[[[[]]]]]]]}"); /* 8 deep */
    char *deep;

    (void)state;
    json_free(&root);
    assert_refused("{\"a\":[[[[[[[[]]]]]]]]}", 22);
    root = parse("{\"a\":\"[[[[[[[[[[[\\\"[[[[[\",\"b\":[]}"); /* in a text it is none */
    json_free(&root);

    deep = malloc(65536);
    assert_non_null(deep);
    memset(deep, '[', 65536);
    deep[65535] = '\0';
    assert_refused(deep, 65535);
    free(deep);
}

static void members_have_a_bound(void **state)
{
    char text[2000] = "{";
    size_t length = 1;
    struct json *root;

    (void)state;
    for (int i = 0; i < 65; i++) {
        if (i == 64) {
            text[length - 1] = '}';
            root = parse(text);
            json_free(&root);
            text[length - 1] = ',';
        }
        length += (size_t)snprintf(text + length, sizeof(text) - length, "\"m%d\":%d,", i, i);
    }
    text[length - 1] = '}';
    assert_refused(text, length);
}

/* The text of an error quotes the input: it must not carry anything to a terminal, nor overflow. */
static void errors_are_printable_and_cut(void **state)
{
    const char text[] = "{\"a\": \x1b[31m}";
    char error[200];
    char tiny[8];

    (void)state;
    assert_null(json_parse(text, sizeof(text) - 1, error, sizeof(error)));
    for (size_t i = 0; error[i] != '\0'; i++)
        assert_in_range(error[i], 0x20, 0x7e);
    assert_null(json_parse(text, sizeof(text) - 1, tiny, sizeof(tiny)));
    assert_in_range(strnlen(tiny, sizeof(tiny)), 1, sizeof(tiny) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_written_in_their_order),
        cmocka_unit_test(any_bytes_become_text),
        cmocka_unit_test(what_holds_others_may_be_filled_at_any_time),
        cmocka_unit_test(what_is_written_can_be_asked_for),
        cmocka_unit_test(line_feeds_stay_in_lines_alone),
        cmocka_unit_test(values_of_any_length_lie_apart),
        cmocka_unit_test(a_long_line_is_whole),
        cmocka_unit_test(members_are_read_by_type),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(nesting_has_a_bound),
        cmocka_unit_test(members_have_a_bound),
        cmocka_unit_test(errors_are_printable_and_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
