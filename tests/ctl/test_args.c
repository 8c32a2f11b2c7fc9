/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments: order, both forms of a value, what is refused and in which words.
 */
#include "args.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { WORDS_MAX = 48 };

static struct args args;
static struct failure failure;

/* Splits line at blanks and parses it; the words live until the next call. */
static int parse(const char *line)
{
    static char words[4096];
    static char *argv[WORDS_MAX + 2];
    int argc = 0;
    char *position = words;
    assert_true(strlen(line) < sizeof(words));
    memcpy(words, line, strlen(line) + 1);
    argv[argc++] = words + strlen(words); /* "" in place of the program's name */
    while (*position != '\0') {
        assert_true(argc < WORDS_MAX);
        argv[argc++] = position;
        position += strcspn(position, " ");
        if (*position == ' ')
            *position++ = '\0';
    }
    argv[argc] = NULL;
    memset(&args, 0xaa, sizeof(args));
    memset(&failure, 0, sizeof(failure));
    return args_parse(argc, argv, NULL, &args, &failure);
}

static void refuse(const char *line, const char *message)
{
    assert_int_equal(parse(line), -1);
    assert_int_equal(failure.exit, EXIT_USAGE);
    assert_string_equal(failure.code, "usage");
    assert_string_equal(failure.message, message);
}

static void expect_ban(const char *line)
{
    assert_int_equal(parse(line), 0);
    assert_string_equal(args.command->name, "ban");
    assert_int_equal(args.operand_count, 2);
    assert_string_equal(args.operands[0], "192.0.2.1");
    assert_string_equal(args.operands[1], "192.0.2.2");
    assert_string_equal(args_value(&args, "for"), "1h");
    assert_true(args_given(&args, "wait"));
    assert_false(args_given(&args, "force"));
    assert_null(args_value(&args, "reason"));
    assert_true(args.json);
}

static void test_any_order(void **state)
{
    (void)state;
    expect_ban("ban 192.0.2.1 192.0.2.2 --for 1h --wait --json");
    expect_ban("--json --for=1h ban --wait 192.0.2.1 192.0.2.2");
    expect_ban("--wait --for 1h --json ban -- 192.0.2.1 192.0.2.2");
    expect_ban("ban --for 9h 192.0.2.1 --json --json --for 1h 192.0.2.2 --wait");
}

static void test_end_of_options(void **state)
{
    (void)state;
    assert_int_equal(parse("replay -- --json"), 0);
    assert_string_equal(args.operands[0], "--json");
    assert_false(args.json);
    assert_int_equal(parse("replay -"), 0);
    assert_string_equal(args.operands[0], "-");
}

static void test_value_that_looks_like_an_option(void **state)
{
    (void)state;
    assert_int_equal(parse("ban 192.0.2.1 --reason --json"), 0);
    assert_string_equal(args_value(&args, "reason"), "--json");
    assert_false(args.json);
    assert_int_equal(parse("ban 192.0.2.1 --reason="), 0);
    assert_string_equal(args_value(&args, "reason"), "");
}

static void test_defaults(void **state)
{
    (void)state;
    assert_int_equal(parse("status"), 0);
    assert_string_equal(args.socket_path, CONTROL_SOCKET_DEFAULT);
    assert_int_equal(args.timeout_s, ARGS_TIMEOUT_DEFAULT_S);
    assert_false(args.json || args.help || args.version);
    assert_int_equal(parse("list"), 0);
    assert_int_equal(args.timeout_s, ARGS_TIMEOUT_LIST_S);
    assert_int_equal(parse("unban --by-node mx3"), 0);
    assert_int_equal(args.timeout_s, ARGS_TIMEOUT_ADOPT_S);
    assert_int_equal(parse("unban 192.0.2.1"), 0);
    assert_int_equal(args.timeout_s, ARGS_TIMEOUT_DEFAULT_S);
}

static void test_socket(void **state)
{
    (void)state;
    char *from_environment[] = {(char[]){""}, (char[]){"list"}, NULL};
    char *from_option[] = {(char[]){""}, (char[]){"list"}, (char[]){"--socket=/b"}, NULL};
    assert_int_equal(args_parse(2, from_environment, "/a", &args, &failure), 0);
    assert_string_equal(args.socket_path, "/a");
    assert_int_equal(args_parse(3, from_option, "/a", &args, &failure), 0);
    assert_string_equal(args.socket_path, "/b");
}

static void test_timeout(void **state)
{
    (void)state;
    assert_int_equal(parse("list --timeout 3600"), 0);
    assert_int_equal(args.timeout_s, 3600);
    refuse("list --timeout 3601", "\"3601\" is not a number of seconds from 1 to 3600 (--timeout)");
    refuse("list --timeout=", "\"\" is not a number of seconds from 1 to 3600 (--timeout)");
    refuse("list --timeout +5", "\"+5\" is not a number of seconds from 1 to 3600 (--timeout)");
    refuse("list --timeout 99999999999999999999",
           "\"99999999999999999999\" is not a number of seconds from 1 to 3600 (--timeout)");
}

static void test_help_and_version(void **state)
{
    (void)state;
    assert_int_equal(parse("--help"), 0);
    assert_true(args.help && !args.command);
    assert_int_equal(parse("ban -h"), 0);
    assert_true(args.help);
    assert_string_equal(args.command->name, "ban");
    assert_int_equal(parse("help ban"), 0);
    assert_true(args.help);
    assert_string_equal(args.command->name, "ban");
    assert_int_equal(parse("-V"), 0);
    assert_true(args.version && !args.command);
}

static void test_commands(void **state)
{
    (void)state;
    refuse("", "which command?");
    refuse("lst", "unknown command \"lst\"; did you mean \"list\"?");
    refuse("sattus", "unknown command \"sattus\"; did you mean \"status\"?");
    refuse("lis", "unknown command \"lis\"; did you mean \"list\"?");
    refuse("xyzzy", "unknown command \"xyzzy\"");
    refuse("LIST", "unknown command \"LIST\"");
}

static void test_options(void **state)
{
    (void)state;
    refuse("list --jsno", "unknown option \"--jsno\"; did you mean \"--json\"?");
    refuse("ban 192.0.2.1 --permanet",
           "unknown option \"--permanet\"; did you mean \"--permanent\"?");
    refuse("list --frobnicate=1", "unknown option \"--frobnicate\"");
    refuse("list -x", "unknown option \"-x\"");
    refuse("list --for 1h", "\"list\" takes no option \"--for\"");
    refuse("ban 192.0.2.1 --for", "option \"--for\" needs a value");
    refuse("ban 192.0.2.1 --wait=yes", "option \"--wait\" takes no value");
    refuse("list --=x", "unknown option \"--\"");
}

static void test_json_is_known_after_an_error(void **state)
{
    (void)state;
    assert_int_equal(parse("list --bogus --json"), -1);
    assert_true(args.json);
    assert_int_equal(parse("lst --json"), -1);
    assert_true(args.json);
    assert_int_equal(parse("list --bogus -- --json"), -1);
    assert_false(args.json);
}

static void test_operands(void **state)
{
    (void)state;
    refuse("ban", "\"ban\" needs IP|NET... or --account NAME");
    assert_int_equal(parse("release"), 0); /* of all */
    assert_int_equal(parse("drop 192.0.2.1 192.0.2.2"), 0);
    assert_int_equal(args.operand_count, 2);
    assert_int_equal(args.timeout_s, ARGS_TIMEOUT_ADOPT_S);
    refuse("list 192.0.2.1", "\"list\" takes no operand: \"192.0.2.1\"");
    refuse("show 192.0.2.1 192.0.2.2", "\"show\" takes one IP|NET, and not also \"192.0.2.2\"");
}

static void test_too_many_operands(void **state)
{
    (void)state;
    static char *argv[1100];
    char ban[] = "ban", address[] = "192.0.2.1";
    argv[0] = argv[1] = ban;
    for (size_t i = 2; i < 1100; i++)
        argv[i] = address;
    assert_int_equal(args_parse(2 + 1024, argv, NULL, &args, &failure), 0);
    argv[1] = ban;
    assert_int_equal(args_parse(2 + 1025, argv, NULL, &args, &failure), -1);
    assert_string_equal(failure.message, "1025 addresses are too many for one command");
}

/* They are options, and as many as addresses. */
static void test_accounts(void **state)
{
    (void)state;
    static char *argv[1 + 2 * 1025 + 2];
    char ban[] = "ban", option[] = "--account", name[] = "bob", address[] = "192.0.2.1";
    argv[0] = argv[1] = ban;
    for (size_t i = 0; i < 1024; i++) {
        argv[2 + 2 * i] = option;
        argv[3 + 2 * i] = name;
    }
    assert_int_equal(args_parse(2 + 2 * 1024, argv, NULL, &args, &failure), 0);
    assert_string_equal(args_value_at(&args, "account", 1023), "bob");
    assert_null(args_value_at(&args, "account", 1024));
    argv[0] = argv[1] = ban;
    argv[2 + 2 * 1024] = address;
    assert_int_equal(args_parse(3 + 2 * 1024, argv, NULL, &args, &failure), -1);
    assert_string_equal(failure.message,
                        "1025 accounts and addresses are too many for one command");
    refuse("show --account bob --account eve", "\"show\" takes one account, and not also \"eve\"");
    refuse("show 192.0.2.1 --account bob", "\"show\" takes one IP|NET, and not also \"bob\"");
    refuse("top --account bob", "\"top\" takes no option \"--account\"");
}

static void test_too_many_options(void **state)
{
    (void)state;
    static char *argv[2 + OPTIONS_MAX + 1];
    char list[] = "list", option[] = "-h";
    argv[0] = argv[1] = list;
    for (size_t i = 2; i < 2 + OPTIONS_MAX + 1; i++)
        argv[i] = option;
    assert_int_equal(args_parse(2 + OPTIONS_MAX, argv, NULL, &args, &failure), 0);
    argv[0] = argv[1] = list;
    assert_int_equal(args_parse(2 + OPTIONS_MAX + 1, argv, NULL, &args, &failure), -1);
    assert_string_equal(failure.message, "too many options");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_end_of_options),
        cmocka_unit_test(test_value_that_looks_like_an_option),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_socket),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_help_and_version),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_json_is_known_after_an_error),
        cmocka_unit_test(test_operands),
        cmocka_unit_test(test_too_many_operands),
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_too_many_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
