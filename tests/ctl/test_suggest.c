/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Near misses: distances, and what is worth a question.
 */
#include "suggest.h"

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

static size_t distance(const char *a, const char *b)
{
    size_t there = suggest_distance(a, strlen(a), b, strlen(b));
    assert_int_equal(suggest_distance(b, strlen(b), a, strlen(a)), there);
    return there;
}

static const char *offer(const char *typed, const char *first, const char *second)
{
    struct suggest suggest;
    suggest_begin(&suggest, typed, strlen(typed));
    suggest_offer(&suggest, first, strlen(first));
    suggest_offer(&suggest, second, strlen(second));
    return suggest.best;
}

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(distance("", ""), 0);
    assert_int_equal(distance("list", "list"), 0);
    assert_int_equal(distance("lst", "list"), 1);
    assert_int_equal(distance("liist", "list"), 1);
    assert_int_equal(distance("lisd", "list"), 1);
    assert_int_equal(distance("lsit", "list"), 1);
    assert_int_equal(distance("", "list"), 4);
    assert_int_equal(distance("kitten", "sitting"), 3);
    assert_int_equal(distance("abcd", "badc"), 2);
}

static void test_long_words(void **state)
{
    (void)state;
    char word[SUGGEST_LENGTH_MAX + 2];
    memset(word, 'a', sizeof(word));
    assert_int_equal(suggest_distance(word, SUGGEST_LENGTH_MAX, "a", 1), SUGGEST_LENGTH_MAX - 1);
    assert_int_equal(suggest_distance(word, SUGGEST_LENGTH_MAX + 1, "a", 1),
                     SUGGEST_LENGTH_MAX + 1);
    assert_int_equal(suggest_distance("a", 1, word, SUGGEST_LENGTH_MAX + 1),
                     SUGGEST_LENGTH_MAX + 1);
}

static void test_nearest(void **state)
{
    (void)state;
    assert_string_equal(offer("lst", "last", "list"), "last");
    assert_string_equal(offer("unbann", "ban", "unban"), "unban");
    assert_null(offer("xyz", "list", "show"));
    assert_null(offer("li", "list", "show"));
    assert_string_equal(offer("hist", "list", "history"), "history");
    assert_string_equal(offer("perm", "permanent", "temporary"), "permanent");
    assert_null(offer("pe", "permanent", "temporary"));
    assert_string_equal(offer("permanet", "for", "permanent"), "permanent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
