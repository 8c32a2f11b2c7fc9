/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of text: numbers, bytes, networks, lists, and a phrase that is full.
 */
#include "phrase.h"

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

#include "json.h"

static struct phrase phrase;

static const char *number(int64_t value)
{
    phrase_begin(&phrase);
    phrase_add_number(&phrase, value);
    return phrase.text;
}

static const char *bytes(int64_t value)
{
    phrase_begin(&phrase);
    phrase_add_bytes(&phrase, value);
    return phrase.text;
}

static const char *net(const char *text)
{
    phrase_begin(&phrase);
    phrase_add_net(&phrase, text);
    return phrase.text;
}

static void test_numbers(void **state)
{
    (void)state;
    assert_string_equal(number(0), "0");
    assert_string_equal(number(999), "999");
    assert_string_equal(number(1284), "1,284");
    assert_string_equal(number(-100), "-100");
    assert_string_equal(number(-1284000), "-1,284,000");
    assert_string_equal(number(INT64_MIN), "-9,223,372,036,854,775,808");
}

static void test_bytes(void **state)
{
    (void)state;
    assert_string_equal(bytes(0), "0 B");
    assert_string_equal(bytes(999), "999 B");
    assert_string_equal(bytes(1000), "1.0 kB");
    assert_string_equal(bytes(999949), "999.9 kB");
    assert_string_equal(bytes(999950), "1.0 MB");
    assert_string_equal(bytes(3456789), "3.5 MB");
    assert_string_equal(bytes(5000000000000000), "5000.0 TB");
}

static void test_nets(void **state)
{
    (void)state;
    assert_string_equal(net("203.0.113.7/32"), "203.0.113.7");
    assert_string_equal(net("2001:db8::1/128"), "2001:db8::1/128");
    assert_string_equal(net("2001:db8:7::/64"), "2001:db8:7::/64");
    assert_string_equal(net("alice@example.org"), "alice@example.org");
    assert_string_equal(net(NULL), "-");
}

static void test_lists(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":[\"x\",\"y\",3],\"n\":{\"nodes\":{\"mx2\":6,\"0a\":4,\"no\":\"x\"},"
        "\"old_keys\":{\"0a\":\"mx3\"},\"node\":\"0a\",\"owner\":\"mx1\"}}";
    struct ctl_json *json = ctl_json_parse(text, strlen(text));
    phrase_begin(&phrase);
    phrase_add_texts(&phrase, ctl_json_member(json, "a"));
    assert_string_equal(phrase.text, "x, y, -");
    phrase_begin(&phrase);
    const struct ctl_json *item = ctl_json_member(json, "n");
    phrase_add_nodes(&phrase, item);
    assert_string_equal(phrase.text, "mx3 (old key) 4, mx2 6");
    phrase_begin(&phrase);
    assert_true(phrase_add_node(&phrase, item, "node"));
    assert_true(phrase_add_node(&phrase, item, "owner"));
    assert_string_equal(phrase.text, "mx3 (old key)mx1");
    assert_false(phrase_add_node(&phrase, item, "nobody"));
    phrase_begin(&phrase);
    phrase_add_texts(&phrase, NULL);
    phrase_add_nodes(&phrase, NULL);
    assert_string_equal(phrase.text, "");
    ctl_json_free(&json);
}

static void test_first_texts(void **state)
{
    (void)state;
    struct ctl_json *json = ctl_json_object();
    struct ctl_json *array = ctl_json_set_array(json, "a");
    ctl_json_append_text(array, "x");
    ctl_json_append_text(array, "y");
    phrase_begin(&phrase);
    phrase_add_first_texts(&phrase, array, 0);
    assert_string_equal(phrase.text, "x, y");
    phrase_begin(&phrase);
    phrase_add_first_texts(&phrase, array, 2);
    assert_string_equal(phrase.text, "x, y");
    phrase_begin(&phrase);
    phrase_add_first_texts(&phrase, array, 1002);
    assert_string_equal(phrase.text, "x, y and 1,000 more");
    phrase_begin(&phrase);
    phrase_add_first_texts(&phrase, NULL, 0);
    assert_string_equal(phrase.text, "");
    ctl_json_free(&json);
}

/* What does not fit is counted, not cut. */
static void test_first_texts_full(void **state)
{
    (void)state;
    struct ctl_json *json = ctl_json_object();
    struct ctl_json *array = ctl_json_set_array(json, "a");
    char name[129];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (int i = 0; i < 64; i++)
        ctl_json_append_text(array, name);
    phrase_begin(&phrase);
    phrase_add_first_texts(&phrase, array, 100);
    assert_int_equal(phrase.length, strlen(phrase.text));
    assert_true(phrase.length < sizeof(phrase.text) - 1);
    assert_string_equal(phrase.text + phrase.length - strlen("n and 85 more"), "n and 85 more");
    ctl_json_free(&json);
}

static void test_full(void **state)
{
    (void)state;
    phrase_begin(&phrase);
    for (size_t i = 0; i < sizeof(phrase.text); i++)
        phrase_add(&phrase, "abc");
    assert_int_equal(phrase.length, sizeof(phrase.text) - 1);
    assert_int_equal(strlen(phrase.text), sizeof(phrase.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),     cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_nets),        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_first_texts), cmocka_unit_test(test_first_texts_full),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
