/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user map: each line is read by rspamd's rules as just the account it was written for,
 * whatever its name; what no line can name is left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "usermap.h"

#define ROUNDS 200000
#define KEYS_MAX 8

/* What rspamd 3.4 takes from a map of keys: its states, one by one. */
struct keys {
    char list[KEYS_MAX][ACCOUNT_BYTES_MAX + 8];
    size_t count;
};

static void add_key(struct keys *keys, const char *begin, const char *end)
{
    while (begin < end && *begin == ' ')
        begin++;
    while (end > begin && end[-1] == ' ')
        end--;
    assert_true(keys->count < KEYS_MAX);
    snprintf(keys->list[keys->count++], sizeof(keys->list[0]), "%.*s", (int)(end - begin), begin);
}

static const char *skip_line(const char *at, const char *end)
{
    while (at < end && *at != '\n')
        at++;
    return at;
}

static const char *read_quoted(struct keys *keys, const char *at, const char *end)
{
    const char *begin = at;

    for (; at < end && *at != '"'; at++)
        at += *at == '\\';
    add_key(keys, begin, at < end ? at : end);
    return skip_line(at, end);
}

static const char *read_plain(struct keys *keys, const char *at, const char *end)
{
    const char *begin = at;

    if (*at == '/') {
        for (at++; at < end && *at != '/'; at++)
            at += *at == '\\';
        for (; at < end && *at != '\n' && *at != ' ' && *at != '#'; at++)
            ;
    } else {
        for (; at < end && *at != '\n' && *at != ' '; at++)
            if (*at == '#' && (at == begin || at[-1] != '\\'))
                break;
    }
    if (at > begin)
        add_key(keys, begin, at);
    return skip_line(at, end);
}

static void read_keys(const char *text, struct keys *keys)
{
    const char *at = text, *end = text + strlen(text);

    keys->count = 0;
    while (at < end) {
        if (*at == ' ' || *at == '\n')
            at++;
        else if (*at == '"')
            at = read_quoted(keys, at + 1, end);
        else
            at = read_plain(keys, at, end);
    }
}

static struct addr account(const char *name)
{
    struct addr addr;

    assert_int_equal(addr_parse_account(name, strlen(name), &addr), 0);
    assert_true(addr_is_canonical(&addr));
    return addr;
}

/* Between two others, so that a line that swallows the next one is seen. */
static bool is_read_as(const char *line, const char *name)
{
    char text[3 * USERMAP_LINE_SIZE];
    struct keys keys;

    snprintf(text, sizeof(text), "before\n%sbehind\n", line);
    read_keys(text, &keys);
    return keys.count == 3 && strcmp(keys.list[0], "before") == 0 &&
           strcmp(keys.list[1], name) == 0 && strcmp(keys.list[2], "behind") == 0;
}

static void expect(const char *name, const char *line)
{
    struct addr addr = account(name), back;
    char written[USERMAP_LINE_SIZE] = "";

    assert_int_equal(usermap_write_line(&addr, written), strlen(line));
    assert_string_equal(written, line);
    assert_true(line[0] == '\0' || is_read_as(line, (const char *)addr.bytes));
    if (line[0] == '\0')
        return;
    assert_int_equal(usermap_read_line(line, strlen(line) - 1, &back), 0);
    assert_int_equal(addr_compare(&back, &addr), 0);
}

static void each_name_has_its_line(void **state)
{
    (void)state;
    expect("alice@example.org", "alice@example.org\n");
    expect("ALICE@Example.org", "alice@example.org\n");
    expect("a b", "\"a b\"\n");
    expect("#1", "\"#1\"\n");
    expect("a#b", "\"a#b\"\n");
    expect("a\\#b", "a\\#b\n");
    expect("/slash", "\"/slash\"\n");
    expect("dom\\bob", "dom\\bob\n");
    expect("a\"b", "a\"b\n");
    expect("end\\", "end\\\n");
    expect("192.0.2.1", "192.0.2.1\n");
    expect("caf\xc3\xa9", "caf\xc3\xa9\n");
    expect("a b\\\\", "\"a b\\\\\"\n");
    expect("a b\\", ""); /* the closing mark would be its own */
    expect("a\" b", "");
    expect("\"a", "");
    expect(" a", "");
    expect("a ", "");
}

/* Of bytes that mean something to rspamd: read as it was written, or neither form would be. */
static void any_name_is_read_as_itself_or_left_out(void **state)
{
    static const char bytes[] = "aB \"\\#/";
    struct random random = {5};
    size_t told = 0;

    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        char name[8] = "", line[USERMAP_LINE_SIZE] = "", plain[16], quoted[16];
        size_t size = 1 + (size_t)random_below(&random, sizeof(name) - 1);
        struct addr addr;

        for (size_t i = 0; i < size; i++)
            name[i] = bytes[random_below(&random, sizeof(bytes) - 1)];
        addr = account(name);
        snprintf(plain, sizeof(plain), "%.7s\n", (const char *)addr.bytes);
        snprintf(quoted, sizeof(quoted), "\"%.7s\"\n", (const char *)addr.bytes);
        if (name[0] == '/' && usermap_write_line(&addr, line) == 0)
            continue; /* a line that looks like a pattern is not written */
        if (usermap_write_line(&addr, line) > 0 ? !is_read_as(line, (const char *)addr.bytes)
                                                : is_read_as(plain, (const char *)addr.bytes) ||
                                                      is_read_as(quoted, (const char *)addr.bytes))
            fail_msg("\"%s\" is written as \"%s\"", name, line);
        told += line[0] != '\0';
    }
    assert_true(told > ROUNDS / 4 && told < ROUNDS);
}

static void expect_foreign(const char *line, const char *name)
{
    struct addr found;

    assert_int_equal(usermap_read_foreign(line, strlen(line), &found), name == NULL ? -1 : 0);
    if (name != NULL) {
        struct addr wanted = account(name);

        assert_int_equal(addr_compare(&found, &wanted), 0);
    }
}

/* Of a line that another program wrote what rspamd would read is taken, or nothing. */
static void a_foreign_line_is_one_account_or_none(void **state)
{
    static const char *const nothing[] = {"", " ", "\t\r", "# bansync", "#bob", "#\"a\""};
    struct addr found;

    (void)state;
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
        assert_int_equal(usermap_read_foreign(nothing[i], strlen(nothing[i]), &found), 1);
    assert_int_equal(usermap_read_foreign("bob", 4, &found), -1); /* a NUL is no blank */
    expect_foreign("Bob@example.org", "bob@example.org");
    expect_foreign("bob \t\r", "bob");
    expect_foreign("\"bob\"", "bob");
    expect_foreign("\"a b\"\r", "a b");
    expect_foreign("a\\#b", "a\\#b");
    expect_foreign("\"a\\\"b\"", "a\\\"b");
    expect_foreign("bob # by alice", NULL);
    expect_foreign("bob#1", NULL);
    expect_foreign("bob 10", NULL);
    expect_foreign(" bob", NULL);
    expect_foreign("/bob.*/", NULL);
    expect_foreign("\"", NULL);
    expect_foreign("\"\"", NULL);
    expect_foreign("\"bob", NULL);
    expect_foreign("\"a\"b\"", NULL);
    expect_foreign("\"end\\\"", NULL);
    expect_foreign("\" a\"", NULL);
    expect_foreign("a\tb", NULL);
}

static void the_map_is_sorted_and_counts_what_it_cannot_tell(void **state)
{
    struct addrs accounts = {0};
    struct addr names[] = {account("zoe"), account(" odd"), account("bob"), account("a b")};
    struct map_text map;
    size_t untold;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(addrs_append(&accounts, &names[i]), 0);
    assert_int_equal(usermap_print(&accounts, &map, &untold), 0);
    assert_int_equal(untold, 1);
    assert_int_equal(map.entries, 3);
    assert_int_equal(map.size, strlen(MAP_HEADER "\"a b\"\nbob\nzoe\n"));
    assert_memory_equal(map.bytes, MAP_HEADER "\"a b\"\nbob\nzoe\n", map.size);
    map_free(&map);
    addrs_clear(&accounts);
}

static void meeting_keeps_what_both_have(void **state)
{
    static const char former[] = MAP_HEADER "alice\nbob\n\"c d\"\n";
    struct addr names[] = {account("bob"), account("c d"), account("eve")};
    struct addrs accounts = {0};
    struct map_text map;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(addrs_append(&accounts, &names[i]), 0);
    assert_int_equal(usermap_print(&accounts, &map, NULL), 0);
    assert_int_equal(usermap_meet(&map, former, strlen(former)), 0);
    assert_int_equal(map.size, strlen(MAP_HEADER "bob\n\"c d\"\n"));
    assert_memory_equal(map.bytes, MAP_HEADER "bob\n\"c d\"\n", map.size);
    map_free(&map);
    addrs_clear(&accounts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_has_its_line),
        cmocka_unit_test(any_name_is_read_as_itself_or_left_out),
        cmocka_unit_test(a_foreign_line_is_one_account_or_none),
        cmocka_unit_test(the_map_is_sorted_and_counts_what_it_cannot_tell),
        cmocka_unit_test(meeting_keeps_what_both_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
