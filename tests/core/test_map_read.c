/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading maps: ours, and somebody else's as rspamd reads them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "map.h"
#include "map_read.h"
#include "scarce.h"

struct read {
    struct prefixes prefixes;
    size_t refused;
    size_t refused_number; /* of the last line that was refused */
    char refused_text[64];
};

static void refuse(void *context, size_t number, const char *bytes, size_t size)
{
    struct read *read = context;

    read->refused++;
    read->refused_number = number;
    snprintf(read->refused_text, sizeof(read->refused_text), "%.*s", (int)size, bytes);
}

static struct read read_foreign(const char *text, size_t size)
{
    struct read read = {0};

    assert_int_equal(map_read_foreign(text, size, refuse, &read, &read.prefixes), 0);
    return read;
}

/* The line means this prefix ("": nothing, NULL: refused). */
static void expect(const char *line, const char *wanted)
{
    struct read read = read_foreign(line, strlen(line));
    char text[ADDR_TEXT_SIZE] = "";

    if (read.prefixes.count > 0) {
        struct addr addr = prefixes_at(&read.prefixes, 0);

        addr_print(&addr, text);
    }
    if (read.refused != (wanted == NULL) || read.prefixes.count > 1 ||
        strcmp(text, wanted != NULL ? wanted : "") != 0)
        fail_msg("\"%s\" is read as \"%s\", %zu entries, %zu refused", line, text,
                 read.prefixes.count, read.refused);
    prefixes_clear(&read.prefixes);
}

static void lines_are_read_as_rspamd_does(void **state)
{
    (void)state;
    expect("203.0.113.7", "203.0.113.7");
    expect("203.0.113.7\r\n", "203.0.113.7");
    expect("203.0.113.7 \t\r", "203.0.113.7");
    expect("  \t203.0.113.7", "203.0.113.7");
    expect("203.0.113.7 198.51.100.1", "203.0.113.7");
    expect("203.0.113.7\tten hits", "203.0.113.7");
    expect("203.0.113.7#ten hits", "203.0.113.7");
    expect("203.0.113.77/24", "203.0.113.0/24");
    expect("203.0.113.7/32", "203.0.113.7");
    expect("2001:db8::7", "2001:db8::7");
    expect("2001:db8::7/64", "2001:db8::/64");
    expect("[2001:db8::7]", "2001:db8::7");
    expect("[2001:db8::7]/64", "2001:db8::/64");
    expect("::ffff:203.0.113.7", "203.0.113.7");
    expect("\"203.0.113.7\" banned", "203.0.113.7");
    expect("'203.0.113.7'", "203.0.113.7");
    expect("203.0.113.7,", "203.0.113.7");
}

static void comments_and_blank_lines_are_nothing(void **state)
{
    (void)state;
    expect("", "");
    expect("\n", "");
    expect("\r\n", "");
    expect(" \t \r\n", "");
    expect("# 203.0.113.7", "");
    expect("  # 203.0.113.7", "");
    expect(",", "");
}

static void what_is_no_prefix_is_refused(void **state)
{
    static const char *const lines[] = {
        "mail.example.org",
        "203.0.113.7-203.0.113.9",
        "203.0.113",
        "203.0.113.07",
        "203.0.113.7:25",
        "203.0.113.7/",
        "203.0.113.7/x",
        "203.0.113.7/33",
        "203.0.113.7/-1",
        "203.0.113.7/255.255.255.0",
        "203.0.113.7/ 32",
        "; 203.0.113.7",
        "fe80::1%eth0",
        "2001:db8::/129",
        "0.0.0.0/0",
        "::/0",
        "10.0.0.0/7",
        "2001:db8::/31",
        "[]",
        "[",
        "\"\"",
        "\"203.0.113.7",
        "'203.0.113.7\"",
        "[2001:db8::7",
        "[2001:db8::7]/0000000000000000000000000000000000000000000000000000000000000064",
        "\xef\xbb\xbf"
        "203.0.113.7",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        expect(lines[i], NULL);
}

static void several_addresses_are_separated_by_commas(void **state)
{
    static const char text[] = "203.0.113.9,nonsense,203.0.113.8 203.0.113.7\n";
    struct read read = read_foreign(text, strlen(text));

    (void)state;
    assert_int_equal(read.prefixes.count, 2);
    assert_int_equal(read.prefixes.list[0].bytes[3], 8);
    assert_int_equal(read.refused, 1);
    prefixes_clear(&read.prefixes);
}

static void refused_lines_have_their_number(void **state)
{
    static const char text[] = "# one\n\n203.0.113.7\nmail.example.org\n203.0.113.8";
    static const char nul[] = "203.0.113.7\0 x\n203.0.113.8\n";
    struct read read = read_foreign(text, strlen(text));

    (void)state;
    assert_int_equal(read.prefixes.count, 2);
    assert_int_equal(read.refused_number, 4);
    assert_string_equal(read.refused_text, "mail.example.org");
    prefixes_clear(&read.prefixes);
    read = read_foreign(nul, sizeof(nul) - 1); /* for rspamd a NUL ends the entry */
    assert_int_equal(read.prefixes.count, 2);
    assert_int_equal(read.refused, 0);
    prefixes_clear(&read.prefixes);
}

static void ours_begins_with_the_header(void **state)
{
    (void)state;
    assert_true(map_is_ours(NULL, 0));
    assert_true(map_is_ours(MAP_HEADER, strlen(MAP_HEADER)));
    assert_true(map_is_ours(MAP_HEADER "203.0.113.7\n", strlen(MAP_HEADER) + 12));
    assert_false(map_is_ours(MAP_HEADER, strlen(MAP_HEADER) - 1));
    assert_false(map_is_ours("\n", 1));
    assert_false(map_is_ours("203.0.113.7\n", 12));
    assert_false(map_is_ours("#" MAP_HEADER, strlen(MAP_HEADER) + 1));
}

static void only_canonical_lines_are_ours(void **state)
{
    static const char text[] = MAP_HEADER "203.0.113.8\n203.0.113.7 x\n\n10.0.0.1/24\n192.0.2.0/24";
    struct prefixes prefixes = {0};

    (void)state;
    assert_int_equal(map_prefixes(text, strlen(text), &prefixes), 0);
    assert_int_equal(prefixes.count, 2);
    assert_int_equal(prefixes.list[0].length, 24);
    prefixes_clear(&prefixes);
}

static void so_many_lines_at_a_time(void **state)
{
    static const char text[] = "203.0.113.9\nbad\n# none\n192.0.2.1,192.0.2.2\n\n192.0.2.3";
    struct map_lines lines = {text, sizeof(text) - 1};
    struct prefixes prefixes = {0};

    (void)state;
    assert_int_equal(map_read_slice(&lines, 3, &prefixes), 0);
    assert_int_equal(prefixes.count, 1);
    assert_int_equal(map_read_slice(&lines, 1, &prefixes), 0);
    assert_int_equal(prefixes.count, 3);
    scarce_begin(0, 1);
    assert_int_equal(map_read_slice(&lines, 9, &(struct prefixes){0}), -1);
    assert_int_equal(scarce_end(), 1);
    assert_int_equal(lines.left, 0);
    prefixes_clear(&prefixes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_lines_at_a_time),
        cmocka_unit_test(lines_are_read_as_rspamd_does),
        cmocka_unit_test(comments_and_blank_lines_are_nothing),
        cmocka_unit_test(what_is_no_prefix_is_refused),
        cmocka_unit_test(several_addresses_are_separated_by_commas),
        cmocka_unit_test(refused_lines_have_their_number),
        cmocka_unit_test(ours_begins_with_the_header),
        cmocka_unit_test(only_canonical_lines_are_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
