/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of accounts as text: what each form writes, and that any name is read back from it.
 */
#include "account.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "import_format.h"

static struct addr account(const char *name)
{
    struct addr addr;
    assert_int_equal(addr_parse_account(name, strlen(name), &addr), 0);
    return addr;
}

static void expect(const char *name, const char *request, const char *list, const char *line)
{
    struct addr addr = account(name), back;
    char text[ACCOUNT_TEXT_SIZE];
    account_print_request(&addr, text);
    assert_string_equal(text, request);
    assert_int_equal(account_print(&addr, text), strlen(list));
    assert_string_equal(text, list);
    assert_int_equal(account_parse(text, strlen(text), &back), 0);
    assert_int_equal(addr_compare(&addr, &back), 0);
    assert_int_equal(import_format_print_account(&addr, text), strlen(line));
    assert_string_equal(text, line);
    assert_int_equal(account_parse(text, strlen(text), &back), 0);
    assert_int_equal(addr_compare(&addr, &back), 0);
    assert_int_equal(import_format_of(text, strlen(text)), IMPORT_PLAIN);
}

static void test_forms(void **state)
{
    (void)state;
    expect("Bob@Example.org", "bob@example.org", "bob@example.org", "bob@example.org");
    expect("dom\\bob", "dom\\x5Cbob", "dom\\\\bob", "dom\\\\bob");
    expect("\\x80", "\\x5Cx80", "\\\\x80", "\\\\x80");
    expect("\xc3\xa4\xff\xc2\x85", "\\xC3\\xA4\\xFF\\xC2\\x85", "\xc3\xa4\\xFF\\xC2\\x85",
           "\xc3\xa4\\xFF\\xC2\\x85");
    expect(" a b ", " a b ", " a b ", "\\x20a b\\x20");
    expect("#a;b,c", "#a;b,c", "#a;b,c", "\\x23a\\x3Bb\\x2Cc");
    expect("{a}", "{a}", "{a}", "\\x7Ba}");
    expect("[a]", "[a]", "[a]", "\\x5Ba]");
    expect("\"a\"", "\"a\"", "\"a\"", "\\x22a\"");
    expect("account", "account", "account", "\\x61ccount");
    expect("\xef\xbb\xbfip", "\\xEF\\xBB\\xBFip", "\xef\xbb\xbfip", "\\xEF\\xBB\\xBFip");
    expect("a\xef\xbb\xbf", "a\\xEF\\xBB\\xBF", "a\xef\xbb\xbf", "a\xef\xbb\xbf");
    expect("IP", "ip", "ip", "\\x69p");
}

/* As people write them. */
static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
    } names[] = {
        {"DOM\\Bob", "dom\\bob"}, {"a\\", "a\\"},       {"a\\x", "a\\x"},
        {"a\\x2", "a\\x2"},       {"a\\xff", "a\\xff"}, {"a\\x2G", "a\\x2g"},
        {"a\\x41", "aa"},         {"\\\\x41", "\\x41"}, {"\xff", "\xff"},
    };
    struct addr addr;
    char longest[4 * ACCOUNT_BYTES_MAX];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct addr wanted = account(names[i].name);
        assert_int_equal(account_parse(names[i].text, strlen(names[i].text), &addr), 0);
        assert_int_equal(addr_compare(&addr, &wanted), 0);
    }
    memset(longest, 'n', sizeof(longest));
    assert_int_equal(account_parse(longest, ACCOUNT_BYTES_MAX - 1, &addr), 0);
    assert_int_equal(account_parse(longest, ACCOUNT_BYTES_MAX, &addr), -1);
    assert_int_equal(account_parse(longest, sizeof(longest), &addr), -1);
    for (size_t i = 0; i < sizeof(longest); i += 4)
        memcpy(longest + i, "\\xFE", 4);
    assert_int_equal(account_parse(longest, sizeof(longest) - 4, &addr), 0);
    assert_int_equal(account_parse(longest, sizeof(longest), &addr), -1);
    static const char *const bad[] = {"", "a\tb", "\\x00", "a\\x0A", "\\x7F"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(account_parse(bad[i], strlen(bad[i]), &addr), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
