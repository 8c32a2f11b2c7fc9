/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fitting a table: who is left out, who is cut, where text goes on below itself.
 */
#include "fit.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "terminal.h"

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { COUNT = 5 };

/* A name, a number that may go, a time that may go first, a text, and a text at the end. */
static const struct fit_column table[COUNT] = {
    {4, 20, false, false, 0, 0}, {5, 5, true, false, 2, 0},    {4, 10, false, false, 1, 0},
    {2, 40, false, false, 0, 0}, {6, 100, false, false, 0, 0},
};

static void expect(size_t room, size_t a, size_t b, size_t c, size_t d, size_t e)
{
    const size_t wanted[COUNT] = {a, b, c, d, e};
    struct fit_column columns[COUNT];
    memcpy(columns, table, sizeof(columns));
    fit_columns(columns, COUNT, room);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(columns[i].width, wanted[i]);
}

static void test_columns(void **state)
{
    (void)state;
    expect(183, 20, 5, 10, 40, 100); /* all of it */
    expect(182, 20, 5, 10, 40, 99);  /* the last one goes on below itself */
    expect(103, 20, 5, 10, 40, 20);
    expect(102, 20, 5, 10, 39, 20); /* texts are cut */
    expect(75, 20, 5, 10, 12, 20);
    expect(74, 20, 5, 0, 23, 20); /* left out, the lowest number first */
    expect(62, 20, 0, 0, 18, 20);
    expect(56, 20, 0, 0, 12, 20);
    expect(55, 20, 0, 0, 12, 19); /* nothing else helps */
    expect(44, 20, 0, 0, 12, 8);
    expect(10, 20, 0, 0, 12, 8); /* nothing helps */
}

/* A name that is wider than any network goes on below itself, like a text at the end. */
static void test_first(void **state)
{
    (void)state;
    struct fit_column columns[] = {
        {4, 65, false, false, 0, 0}, {5, 7, false, false, 0, 0}, {6, 32, true, false, 0, 0}};
    fit_columns(columns, 3, 108);
    assert_int_equal(columns[0].width, 65);
    fit_columns(columns, 3, 80);
    assert_int_equal(columns[0].width, 37);
    fit_columns(columns, 3, 50);
    assert_int_equal(columns[0].width, 24); /* nothing helps */
    columns[0].widest = 43;
    fit_columns(columns, 3, 50);
    assert_int_equal(columns[0].width, 43); /* it may be a network */
}

/* Networks elsewhere are not cut either; what is wider than any goes down to that. */
static void test_whole(void **state)
{
    (void)state;
    struct fit_column columns[] = {
        {4, 20, false, false, 0, 0}, {7, 43, false, true, 0, 0}, {6, 30, false, false, 0, 0}};
    fit_columns(columns, 3, 60);
    assert_int_equal(columns[1].width, 43);
    columns[1].widest = 60;
    fit_columns(columns, 3, 60);
    assert_int_equal(columns[1].width, 43);
    columns[1].whole = false;
    fit_columns(columns, 3, 60);
    assert_int_equal(columns[1].width, 16);
}

/* The last one, too, may be left out. */
static void test_last(void **state)
{
    (void)state;
    struct fit_column columns[] = {{6, 42, false, false, 0, 0}, {8, 90, false, false, 1, 0}};
    fit_columns(columns, 2, 60);
    assert_int_equal(columns[0].width, 42);
    assert_int_equal(columns[1].width, 0);
}

static void test_titles(void **state)
{
    (void)state;
    struct fit_column columns[] = {
        {6, 2, false, false, 0, 0}, {8, 3, true, false, 0, 0}, {9, 1, false, false, 0, 0}};
    fit_columns(columns, 3, 5);
    assert_int_equal(columns[0].width, 6);
    assert_int_equal(columns[1].width, 8);
    assert_int_equal(columns[2].width, 9);
}

static void expect_cut(const char *text, size_t width, const char *wanted)
{
    char room[64];
    memcpy(room, text, strlen(text) + 1);
    fit_cut(room, width);
    assert_string_equal(room, wanted);
}

static void test_cut(void **state)
{
    (void)state;
    expect_cut("", 3, "");
    expect_cut("abc", 3, "abc");
    expect_cut("abcd", 3, "ab\xe2\x80\xa6");
    expect_cut("ab", 1, "\xe2\x80\xa6");
    expect_cut("\xe6\x97\xa5\xe6\x9c\xac", 4, "\xe6\x97\xa5\xe6\x9c\xac");
    expect_cut("\xe6\x97\xa5\xe6\x9c\xac", 3, "\xe6\x97\xa5\xe2\x80\xa6");
    expect_cut("\xe6\x97\xa5\xe6\x9c\xac", 2, "\xe2\x80\xa6");
}

static void expect_wrap(const char *text, size_t width, const char *wanted)
{
    char room[128];
    fit_wrap(text, width, room);
    assert_string_equal(room, wanted);
}

static void test_wrap(void **state)
{
    (void)state;
    expect_wrap("", 5, "");
    expect_wrap("one two", 7, "one two");
    expect_wrap("one two", 6, "one\ntwo");
    expect_wrap("one two three", 7, "one two\nthree");
    expect_wrap("abcdefgh", 3, "abc\ndef\ngh");
    expect_wrap("a bcdefgh", 4, "a\nbcde\nfgh");
    /* a path behind a slash, but at a blank before */
    expect_wrap("/var/lib/ip.map", 10, "/var/lib/\nip.map");
    expect_wrap("/var/lib/ip.map", 4, "/var\n/lib\n/ip.\nmap");
    expect_wrap("in /a/bcd", 7, "in\n/a/bcd");
    expect_wrap("a/b cdefghij", 5, "a/b\ncdefg\nhij");
    expect_wrap("http://a/bcd", 8, "http://\na/bcd");
    expect_wrap("a b c", 1, "a\nb\nc");
    expect_wrap("\xe6\x97\xa5\xe6\x9c\xac", 3, "\xe6\x97\xa5\n\xe6\x9c\xac");
    expect_wrap("\xe6\x97\xa5\xe6\x9c\xac", 1, "\xe6\x97\xa5\n\xe6\x9c\xac"); /* cannot be less */
    expect_wrap("xy  z", 3, "xy \nz");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns), cmocka_unit_test(test_first),  cmocka_unit_test(test_whole),
        cmocka_unit_test(test_last),    cmocka_unit_test(test_titles), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_wrap),
    };
    terminal_begin(TERMINAL_NEVER);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
