/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_line.c and config_read.c: every line is read as it was meant, or refused.
 */
#include "config_fixture.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* libinih 55 hands out what fits and reads the rest as the next line. */
static void long_lines_are_whole_or_refused(void **state)
{
    (void)state;
    char text[3 * CONFIG_LINE_BYTES_MAX];
    char path[CONFIG_LINE_BYTES_MAX];
    static const char key[] = "state_dir = ";
    size_t room = CONFIG_LINE_BYTES_MAX - strlen(key);
    memset(path, 'p', sizeof path);
    path[0] = '/';
    snprintf(text, sizeof text, "[node]\n%s%.*s\nname = mx1\n", key, (int)room, path);
    struct config *config = config_fixture_accept(text);
    assert_int_equal(strlen(config->state_dir), room);
    assert_string_equal(config->node_name, "mx1");
    config_free(&config);
    snprintf(text, sizeof text, "[node]\n%s%.*spname = mx1\nname = b b\n", key, (int)room, path);
    config_fixture_refuse(text, "bansync.conf:2: the line is over 4096 bytes and nothing of it is "
                                "taken; shorten it\n"
                                "bansync.conf:3: [node] name: \"b b\" is not valid; write 1 to 63 "
                                "letters, digits, '.', '_' or '-'\n");
}

static void nul_byte_is_refused(void **state)
{
    (void)state;
    static const char text[] = "[node]\nname = mx1\0 evil\nlisten = \n";
    config_fixture_write("bansync.conf", text, sizeof text - 1);
    config_fixture_refuse_files("bansync.conf:2: a NUL byte in the line; write the file anew, as "
                                "text\n"
                                "bansync.conf:3: [node] listen: no value; write one behind \"=\" "
                                "or remove the line\n");
}

static void text_before_a_section_is_told_once(void **state)
{
    (void)state;
    config_fixture_refuse("name = a\nname = b\n[node\nname = c\n[node] listen = x\nname = d\n",
                          "bansync.conf:1: text before the first section; begin with a line such "
                          "as [node]\n"
                          "bansync.conf:3: a section without \"]\"; write [name]\n"
                          "bansync.conf:5: text behind the \"]\" of a section; put it on a line of "
                          "its own\n");
}

static void comments_stand_alone(void **state)
{
    (void)state;
    static const char advice[] =
        ": a comment behind a value; comments stand on a line of their own\n";
    char expected[1024];
    snprintf(expected, sizeof expected,
             "bansync.conf:4%sbansync.conf:5%sbansync.conf:6%sbansync.conf:8%s", advice, advice,
             advice, advice);
    config_fixture_refuse("# one\n ; two\n[node]\nname = a # x\nlisten = tcp://*:1\t;x\n"
                          "state_dir = # x\n[never-ban]\nnet = ::1 ; x\n",
                          expected);
    struct config *config =
        config_fixture_accept("[node]\nstate_dir = /a;b#c\n  # indented\n\t; too\nname = a\n");
    assert_string_equal(config->state_dir, "/a;b#c");
    assert_string_equal(config->node_name, "a");
    config_free(&config);
}

/* libinih splits at ':' as well: an address at the start of a line would become a key. */
static void only_the_equals_sign_divides(void **state)
{
    (void)state;
    config_fixture_refuse("[never-ban]\n2001:db8::/32\nnet: 192.0.2.1\nnet\n= 192.0.2.1\n",
                          "bansync.conf:2: \"2001:db8::/32\" has \":\" where \"=\" is expected; "
                          "write key = value\n"
                          "bansync.conf:3: \"net: 192.0.2.1\" has \":\" where \"=\" is expected; "
                          "write key = value\n"
                          "bansync.conf:4: \"net\" has no \"=\"; write key = value\n"
                          "bansync.conf:5: no key before \"=\"; write key = value\n");
}

static void indented_lines_continue_lists_only(void **state)
{
    (void)state;
    struct config *config = config_fixture_accept("[never-ban]\n"
                                                  "net = 192.0.2.0/24\n"
                                                  "\n"
                                                  "# more\n"
                                                  "      2001:db8::/32\n"
                                                  "[cluster]\n"
                                                  "  peer = a tcp://mx1:1 " KEY_1 "\n"
                                                  "         b tcp://mx2:1 " KEY_2 "\n");
    assert_int_equal(config->never_ban_count, 2);
    assert_string_equal(config->never_ban[1], "2001:db8::/32");
    assert_int_equal(config->peer_count, 2);
    assert_string_equal(config->peers[1].name, "b");
    config_free(&config);
    static const char advice[] =
        ": an indented line adds a value to the option above, but this one looks like a section "
        "or key = value; remove the blanks before it\n";
    char expected[1024];
    snprintf(expected, sizeof expected,
             "bansync.conf:3%sbansync.conf:4%sbansync.conf:6: [node] listen: an indented line adds "
             "a value to it, but it takes one; join them or remove the blanks before this line\n",
             advice, advice);
    config_fixture_refuse("[node]\nname = a\n  listen = tcp://*:1\n  [map]\nlisten = tcp://*:2\n"
                          "  tcp://*:3\n",
                          expected);
}

static void foreign_line_ends_and_marks_are_taken(void **state)
{
    (void)state;
    struct config *config = config_fixture_accept("\xef\xbb\xbf[node]\r\nname = mx1  \r\n\r\n"
                                                  "listen = tcp://*:1");
    assert_string_equal(config->node_name, "mx1");
    assert_string_equal(config->listen, "tcp://*:1");
    config_free(&config);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, config_fixture_make, config_fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(long_lines_are_whole_or_refused),       TEST(nul_byte_is_refused),
        TEST(text_before_a_section_is_told_once),    TEST(comments_stand_alone),
        TEST(only_the_equals_sign_divides),          TEST(indented_lines_continue_lists_only),
        TEST(foreign_line_ends_and_marks_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
