/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request lines: what is in them, and what is refused before an agent is asked.
 */
#include "request.h"

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

#include <stdio.h>

static struct failure failure;

/* The request of argv, NULL-terminated after the command; NULL if it is refused. free() it. */
static char *build(char **argv, const char *ssh)
{
    struct args args;
    char *line = NULL;
    size_t size = 0;
    int argc = 0;
    while (argv[argc])
        argc++;
    assert_int_equal(args_parse(argc, argv, NULL, &args, &failure), 0);
    if (request_build(&args, ssh, &line, &size, &failure) < 0) {
        assert_int_equal(failure.exit, EXIT_USAGE);
        return NULL;
    }
    assert_int_equal(line[size - 1], '\n');
    line[size - 1] = '\0';
    assert_int_equal(strlen(line), size - 1);
    return line;
}

static void expect(char **argv, const char *ssh, const char *wanted)
{
    char *line = build(argv, ssh);
    assert_non_null(line);
    assert_string_equal(line, wanted);
    free(line);
}

static void refuse(char **argv, const char *message)
{
    assert_null(build(argv, NULL));
    assert_string_equal(failure.message, message);
}

#define ARGV(...) ((char *[]){(char[]){"banctl"}, __VA_ARGS__, NULL})
#define WORD(text) ((char[]){text})

static void test_allow(void **state)
{
    (void)state;
    expect(ARGV(WORD("allow"), WORD("add"), WORD("192.0.2.1"), WORD("--for=1h")), NULL,
           "{\"command\":\"allow add\",\"targets\":[\"192.0.2.1\"],\"for_ms\":3600000}");
    expect(ARGV(WORD("allow"), WORD("add"), WORD("192.0.2.0/24"), WORD("--for=permanent")), NULL,
           "{\"command\":\"allow add\",\"targets\":[\"192.0.2.0/24\"],\"permanent\":true}");
    expect(ARGV(WORD("unban"), WORD("192.0.2.1"), WORD("--allow"), WORD("90s")), NULL,
           "{\"command\":\"unban\",\"targets\":[\"192.0.2.1\"],\"allow_ms\":90000}");
    expect(ARGV(WORD("unban"), WORD("192.0.2.1"), WORD("--allow=permanent")), NULL,
           "{\"command\":\"unban\",\"targets\":[\"192.0.2.1\"],\"allow_permanent\":true}");
    refuse(ARGV(WORD("unban"), WORD("192.0.2.1"), WORD("--allow=0s")),
           "\"0s\" is not a duration (--allow)");
    refuse(ARGV(WORD("allow"), WORD("check"), WORD("192.0.2.0/24")),
           "\"192.0.2.0/24\" is a network, not an address");
}

static void test_plain(void **state)
{
    (void)state;
    expect(ARGV(WORD("list")), NULL, "{\"command\":\"list\"}");
    expect(ARGV(WORD("show"), WORD("2001:db8::/64")), NULL,
           "{\"command\":\"show\",\"targets\":[\"2001:db8::/64\"]}");
    expect(ARGV(WORD("ban"), WORD("192.0.2.1"), WORD("--for"), WORD("90s")), NULL,
           "{\"command\":\"ban\",\"targets\":[\"192.0.2.1\"],\"for_ms\":90000}");
    expect(ARGV(WORD("ban"), WORD("192.0.2.1"), WORD("--for=perm")), NULL,
           "{\"command\":\"ban\",\"targets\":[\"192.0.2.1\"],\"permanent\":true}");
}

static void test_reason_of_any_bytes(void **state)
{
    (void)state;
    expect(ARGV(WORD("unban"), WORD("192.0.2.1"), WORD("--reason"), WORD("a\"\n\xff\xc3\xa4")),
           NULL,
           "{\"command\":\"unban\",\"targets\":[\"192.0.2.1\"],"
           "\"reason\":\"a\\\"\\\\x0A\\\\xFF\\u00E4\"}");
}

static void test_ssh_client(void **state)
{
    (void)state;
    static const char with[] =
        "{\"command\":\"ban\",\"targets\":[\"192.0.2.1\"],\"ssh_client\":\"2001:db8::9\"}";
    static const char without[] = "{\"command\":\"ban\",\"targets\":[\"192.0.2.1\"]}";
    expect(ARGV(WORD("ban"), WORD("192.0.2.1")), "2001:db8::9 51514 22", with);
    expect(ARGV(WORD("ban"), WORD("192.0.2.1")), "2001:db8::9", with);
    expect(ARGV(WORD("ban"), WORD("192.0.2.1")), "", without);
    expect(ARGV(WORD("ban"), WORD("192.0.2.1")), "evil\" 1 2", without);
    expect(ARGV(WORD("unban"), WORD("192.0.2.1")), "2001:db8::9 51514 22",
           "{\"command\":\"unban\",\"targets\":[\"192.0.2.1\"]}");
}

static void test_targets(void **state)
{
    (void)state;
    refuse(ARGV(WORD("ban"), WORD("192.0.2.1"), WORD("203.0.113.300")),
           "\"203.0.113.300\" is not an IP address or network");
    refuse(ARGV(WORD("ban"), WORD("")), "\"\" is not an IP address or network");
    refuse(ARGV(WORD("check"), WORD("mx.example.org")), "\"mx.example.org\" is not an IP address");
    refuse(ARGV(WORD("check"), WORD("192.0.2.0/24")),
           "\"192.0.2.0/24\" is a network, not an address");
    refuse(ARGV(WORD("unban"), WORD("192.0.2.1/24")),
           "\"192.0.2.1/24\" is an address inside a network; did you mean \"192.0.2.0/24\"?");
}

static void test_values(void **state)
{
    (void)state;
    char reason[257];
    memset(reason, 'a', 256);
    reason[256] = '\0';
    refuse(ARGV(WORD("ban"), WORD("192.0.2.1"), WORD("--for"), WORD("0h")),
           "\"0h\" is not a duration (--for)");
    refuse(ARGV(WORD("ban"), WORD("192.0.2.1"), WORD("--for=1h"), WORD("--permanent")),
           "--for and --permanent contradict each other");
    refuse(ARGV(WORD("ban"), WORD("192.0.2.1"), WORD("--reason"), reason),
           "the reason has 256 bytes; at most 255 are kept");
    reason[255] = '\0';
    free(build(ARGV(WORD("ban"), WORD("192.0.2.1"), WORD("--reason"), reason), NULL));
}

/* 1,024 addresses of any length fit in a request; the agent would refuse a longer line. */
static void test_longest_request_fits(void **state)
{
    (void)state;
    static char *argv[2 + 1024 + 1];
    char address[] = "2001:0db8:1111:2222:3333:4444:5555:6666", program[] = "banctl", ban[] = "ban";
    argv[0] = program;
    argv[1] = ban;
    for (size_t i = 0; i < 1024; i++)
        argv[2 + i] = address;
    char *line = build(argv, NULL);
    assert_non_null(line);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allow),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_reason_of_any_bytes),
        cmocka_unit_test(test_ssh_client),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_longest_request_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
