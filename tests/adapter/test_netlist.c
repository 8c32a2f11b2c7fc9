/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of networks is taken as a whole, or its first mistake is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "netlist.h"
#include "scratch.h"

static char directory[SCRATCH_PATH_SIZE];
static char path[SCRATCH_PATH_SIZE];
static struct netlist list;
static struct netlist_mark mark;
static char error[2048];

static int begin(void **state)
{
    (void)state;
    scratch_make(directory);
    snprintf(path, sizeof(path), "%s", scratch_path(directory, "nets"));
    return 0;
}

static int end(void **state)
{
    (void)state;
    netlist_free(&list);
    scratch_remove(directory);
    return 0;
}

static int read_text(const char *text, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return netlist_read(path, &list, &mark, error, sizeof(error));
}

static void refuse(const char *text, unsigned line, const char *part)
{
    char where[SCRATCH_PATH_SIZE + 16];

    assert_int_equal(read_text("192.0.2.7\n", 10), 0);
    assert_int_equal(read_text(text, strlen(text)), -1);
    snprintf(where, sizeof(where), "%s:%u: ", path, line);
    assert_memory_equal(error, where, strlen(where));
    if (strstr(error, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, part);
    assert_int_equal(list.count, 1); /* untouched */
    assert_string_equal(list.list[0].net, "192.0.2.7");
}

static void expect(size_t place, const char *net, int64_t until_ms)
{
    assert_true(place < list.count);
    assert_string_equal(list.list[place].net, net);
    assert_int_equal(list.list[place].until_ms, until_ms);
}

static void test_accounts(void **state)
{
    const char *text = "account Bob@example.org\naccount eve until 2026-12-31 # gone\n";

    (void)state;
    assert_int_equal(read_text(text, strlen(text)), 0);
    assert_int_equal(list.count, 2);
    expect(0, "", TIME_NEVER_MS);
    assert_string_equal(list.list[0].account, "Bob@example.org");
    expect(1, "", 1798761600000);
    assert_string_equal(list.list[1].account, "eve");
}

static void test_entries(void **state)
{
    const char *text = "# a comment\n\n \t\n192.0.2.7\n\t198.51.100.0/28 # office\r\n"
                       "2001:DB8:7::/48\n203.0.113.9 until 2026-12-31\n"
                       "203.0.113.10  until\t2026-12-31T12:00:00Z#x\n203.0.113.11";

    (void)state;
    assert_int_equal(read_text(text, strlen(text)), 0);
    assert_int_equal(list.count, 6);
    expect(0, "192.0.2.7", TIME_NEVER_MS);
    expect(1, "198.51.100.0/28", TIME_NEVER_MS);
    expect(2, "2001:db8:7::/48", TIME_NEVER_MS);
    expect(3, "203.0.113.9", 1798761600000); /* 2027-01-01 */
    expect(4, "203.0.113.10", 1798718400000);
    expect(5, "203.0.113.11", TIME_NEVER_MS);
    assert_int_equal(read_text("", 0), 0);
    assert_int_equal(list.count, 0);
}

static void test_mistakes(void **state)
{
    static char text[NEVER_BAN_MAX * 12 + 64];
    size_t used = 0;

    (void)state;
    refuse("192.0.2.1\nexample.org\n", 2, "\"example.org\" is not valid");
    refuse("192.0.2.1/24\n", 1, "write 192.0.2.0/24");
    refuse("0.0.0.0/0\n", 1, "wider than /8");
    refuse("account\n", 1, "its name is expected");
    refuse("account a\x7f\n", 1, "control character");
    refuse("account bob 192.0.2.2\n", 1, "nothing is expected");
    refuse("192.0.2.1 192.0.2.2\n", 1, "nothing is expected");
    refuse("192.0.2.1 until\n", 1, "nothing is expected");
    refuse("192.0.2.1 until 2026-12-31 x\n", 1, "nothing is expected");
    refuse("192.0.2.1 until tomorrow\n", 1, "is not a time");
    refuse("192.0.2.1 until 2026-12-31T12:00:00\n", 1, "is not a time");
    refuse("192.0.2.1 until 2026-12-31T12:00:00Z+\n", 1, "is not a time");
    refuse("192.0.2.1 until 1960-01-01\n", 1, "is not a time");
    for (unsigned i = 0; i <= NEVER_BAN_MAX; i++)
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "10.1.%u.%u\n", i / 256, i % 256);
    refuse(text, NEVER_BAN_MAX + 1, "too many");
    assert_int_equal(read_text("192.0.2.1\n192.0.2.2\0x\n", 22), -1);
    assert_non_null(strstr(error, ":2: it holds a NUL byte"));
}

static void test_files(void **state)
{
    (void)state;
    assert_int_equal(netlist_read(path, &list, &mark, error, sizeof(error)), -1);
    assert_non_null(strstr(error, "No such file"));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(netlist_read(path, &list, &mark, error, sizeof(error)), -1);
    assert_non_null(strstr(error, "no regular file"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(netlist_read(directory, &list, &mark, error, sizeof(error)), -1);
    assert_non_null(strstr(error, "no regular file"));
    assert_int_equal(read_text("#\n", 2), 0);
    assert_int_equal(truncate(path, 2000000), 0);
    assert_int_equal(netlist_read(path, &list, &mark, error, sizeof(error)), -1);
    assert_non_null(strstr(error, "too large"));
}

static void test_mark(void **state)
{
    (void)state;
    assert_int_equal(read_text("192.0.2.7\n", 10), 0);
    assert_true(netlist_is(path, &mark));
    assert_int_equal(truncate(path, 0), 0);
    assert_false(netlist_is(path, &mark));
    assert_int_equal(unlink(path), 0);
    assert_false(netlist_is(path, &mark));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_entries), TEST(test_accounts), TEST(test_mistakes),
        TEST(test_files),   TEST(test_mark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
