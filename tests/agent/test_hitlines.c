/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last lines of the log that an alert shows: of its sender, address or account, and of no
 * other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hitlines.h"

static struct hitlines lines;

static void add(const char *address, const char *name, const char *text)
{
    struct addr addr, account = {.kind = 0};

    assert_int_equal(addr_parse_host(address, strlen(address), &addr), 0);
    if (name != NULL)
        assert_int_equal(addr_parse_account(name, strlen(name), &account), 0);
    hitlines_add(&lines, &addr, &account, text, strlen(text));
}

static void assert_found(const struct addr *subject, const char *wanted)
{
    struct mailtext_bytes found[ALERT_LINES_MAX];
    size_t count = hitlines_find(&lines, subject, found);
    char text[1024] = "";

    for (size_t i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%.*s;", (int)found[i].size,
                 (const char *)found[i].bytes);
    assert_string_equal(text, wanted);
}

static void the_newest_of_the_subject_are_found(void **state)
{
    struct addr host, net, account;

    (void)state;
    assert_int_equal(addr_parse("192.0.2.1", 9, false, &host), 0);
    assert_int_equal(addr_parse("2001:db8:0:1::/64", 17, false, &net), 0);
    assert_int_equal(addr_parse_account("bob", 3, &account), 0);
    assert_found(&host, "");
    for (int i = 0; i < 5; i++) {
        char text[2] = {(char)('a' + i), '\0'};

        add("192.0.2.1", i % 2 == 0 ? "Bob" : NULL, text);
    }
    add("192.0.2.2", "alice", "x");
    add("2001:db8:0:1::7", NULL, "y");
    assert_found(&host, "c;d;e;");
    assert_found(&net, "y;");
    assert_found(&account, "a;c;e;");
    for (int i = 0; i < HITLINES_MAX - 1; i++)
        add("198.51.100.1", NULL, "z");
    assert_found(&host, "");
    assert_found(&net, "y;");
}

static void a_long_line_shows_that_it_was_cut(void **state)
{
    struct mailtext_bytes found[ALERT_LINES_MAX];
    char text[2 * ALERT_LINE_BYTES_MAX], shown[MAILTEXT_LINE_SIZE];
    struct addr host;

    (void)state;
    memset(text, 'l', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    add("192.0.2.9", NULL, text);
    assert_int_equal(addr_parse("192.0.2.9", 9, false, &host), 0);
    assert_int_equal(hitlines_find(&lines, &host, found), 1);
    mailtext_line(&found[0], shown);
    assert_int_equal(strlen(shown), ALERT_LINE_BYTES_MAX + 3);
    assert_string_equal(shown + ALERT_LINE_BYTES_MAX, "...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_of_the_subject_are_found),
        cmocka_unit_test(a_long_line_shows_that_it_was_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
