/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_value.c, config_list.c, config_net.c, config_endpoint.c and config_duration.c: what each
 * type takes.
 */
#include "config_fixture.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "config_duration.h"
#include "config_endpoint.h"
#include "config_net.h"
#include "config_value.h"

#define X63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* Sets one option of a configuration that is thrown away. */
static bool takes(const char *section, const char *key, const char *text, char *mistake)
{
    const struct config_option *option = config_option_find(section, key);
    struct config *config = calloc(1, sizeof *config);
    assert_non_null(option);
    assert_non_null(config);
    mistake[0] = '\0';
    bool taken = config_value_set(config, option, text, mistake) == 0;
    config_free(&config);
    return taken;
}

static void expect(const char *section, const char *key, const char *text, bool good)
{
    char mistake[CONFIG_MISTAKE_SIZE];
    if (takes(section, key, text, mistake) != good)
        fail_msg("[%s] %s = %s: %s", section, key, text, good ? mistake : "taken");
    assert_true(good || strstr(mistake, "; write "));
}

static void names(void **state)
{
    (void)state;
    expect("node", "name", "mx1", true);
    expect("node", "name", "A-b_c.9", true);
    expect("node", "name", X63, true);
    expect("node", "name", X63 "x", false);
    expect("node", "name", "", false);
    expect("node", "name", "-", false);
    expect("node", "name", "--", true);
    expect("node", "name", "0123456789abcdef", false);
    expect("node", "name", "FEDCBA9876543210", false);
    expect("node", "name", "0123456789abcde", true);
    expect("node", "name", "0123456789abcdef0", true);
    expect("cluster", "name", "-", true);
    expect("node", "name", "a b", false);
    expect("node", "name", "a/b", false);
    expect("node", "name", "m\xc3\xb6", false);
    expect("node", "name", "\"mx1\"", false);
    expect("node", "name", "'mx1'", false);
}

static void paths(void **state)
{
    (void)state;
    expect("map", "file", "/a b/c", true);
    expect("map", "file", "a/b", false);
    expect("node", "state_dir", "./x", false);
    expect("node", "state_dir", "/x\x01y", false);
    expect("detect", "log", "/x\x7f", false);
}

static void long_path_is_refused(void **state)
{
    (void)state;
    char path[PATH_BYTES_MAX + 1];
    memset(path, '/', sizeof path);
    path[PATH_BYTES_MAX] = '\0';
    expect("map", "file", path, false);
    path[PATH_BYTES_MAX - 1] = '\0';
    expect("map", "file", path, true);
}

static void endpoints(void **state)
{
    (void)state;
    static const char *const good[] = {
        "tcp://192.0.2.1:1", "tcp://[2001:db8::1]:65535", "tcp://mx1.example.org:11339",
        "tcp://a_b-c:11339", "tcp://eth0:11339",
    };
    static const char *const bad[] = {
        "192.0.2.1:1",
        "tcp://192.0.2.1",
        "tcp://192.0.2.1:",
        "tcp://192.0.2.1:0",
        "tcp://192.0.2.1:65536",
        "tcp://192.0.2.1:011",
        "tcp://192.0.2.1:+1",
        "tcp://192.0.2.1:1x",
        "tcp://192.0.2.256:1",
        "tcp://192.0.2:1",
        "tcp://2001:db8::1:1",
        "tcp://[2001:db8::1]",
        "tcp://[192.0.2.1]:1",
        "tcp://[2001:db8::1%x]:1",
        "tcp://[]:1",
        "tcp://[2001:db8::1:1",
        "tcp://:1",
        "tcp://a..b:1",
        "tcp://-a:1",
        "tcp://a b:1",
        "tcp://a/:1",
        "udp://192.0.2.1:1",
        "tcp://a.:1",
        "tcp://" X63 "x:1",
        "tcp://192.0.2.1:99999",
        "tcp://192.0.2.1:4294967297",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        expect("node", "listen", good[i], true);
        assert_null(config_endpoint_check(good[i], false));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect("node", "listen", bad[i], false);
    expect("node", "listen", "tcp://*:11339", true);
    expect("cluster", "peer", "a tcp://*:11339 " KEY_1, false);
    expect("node", "listen", "tcp://" X63 "." X63 "." X63 "." X63 ":1", false);
}

static void endpoints_compare_by_meaning(void **state)
{
    (void)state;
    assert_true(config_endpoint_same("tcp://MX1.example.org:1", "tcp://mx1.example.org:1"));
    assert_true(config_endpoint_same("tcp://[2001:db8::1]:1", "tcp://[2001:DB8:0::1]:1"));
    assert_false(config_endpoint_same("tcp://mx1.example.org:1", "tcp://mx1.example.org:2"));
    assert_false(config_endpoint_same("tcp://192.0.2.1:1", "tcp://192.0.2.2:1"));
}

static void durations_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } rows[] = {
        {"50ms", 50},
        {"90s", 90000},
        {"10m", 600000},
        {"1h", 3600000},
        {"7d", 604800000},
        {"2w", 1209600000},
        {"0s", 0},
        {"permanent", TIME_NEVER_MS},
        {"", -1},
        {"10", -1},
        {"s", -1},
        {"-1s", -1},
        {"+1s", -1},
        {" 1s", -1},
        {"1 s", -1},
        {"1s ", -1},
        {"1h30m", -1},
        {"1.5h", -1},
        {"01s", -1},
        {"1S", -1},
        {"1y", -1},
        {"perm", -1},
        {"Permanent", -1},
        {"36500d", 3153600000000},
        {"36501d", -1},
        {"9223372036854775807ms", -1},
        {"99999999999999999999w", -1},
        {"5215w", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = -1;
        assert_int_equal(config_duration_parse(rows[i].text, &ms), rows[i].ms < 0 ? -1 : 0);
        assert_true(ms == rows[i].ms);
    }
}

static void durations_have_bounds(void **state)
{
    (void)state;
    char mistake[CONFIG_MISTAKE_SIZE];
    expect("detect", "window", "1s", true);
    expect("detect", "window", "999ms", false);
    expect("detect", "window", "12h", true);
    expect("detect", "window", "721m", false);
    expect("detect", "window", "permanent", false);
    expect("map", "coalesce", "0ms", true);
    expect("map", "coalesce", "60s", true);
    expect("map", "coalesce", "60001ms", false);
    expect("ban", "durations", "permanent", true);
    expect("ban", "durations", "4h", true);
    expect("ban", "durations", "1ms", false);
    expect("ban", "memory", "1h", true);
    expect("ban", "memory", "3599s", false);
    expect("ban", "memory", "3650d", true);
    expect("ban", "memory", "3651d", false);
    expect("ban", "memory", "permanent", false);
    assert_false(takes("map", "coalesce", "61s", mistake));
    assert_string_equal(mistake, "\"61s\" is not valid; write a duration from 0s to 1m");
    assert_false(takes("detect", "window", "10", mistake));
    assert_string_equal(mistake, "\"10\" is not valid; write a whole number with its unit, such as "
                                 "50ms, 90s, 10m or 1h");
}

static void lists_of_durations(void **state)
{
    (void)state;
    char text[CONFIG_DURATIONS_SIZE];
    static const int64_t ms[DURATIONS_MAX] = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN,
                                              INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN};
    struct config_durations durations;
    char mistake[CONFIG_MISTAKE_SIZE];
    memset(&durations, 0xff, sizeof durations);
    assert_int_equal(config_durations_parse("1h 1d\t 90m  permanent ", 1000, &durations, mistake),
                     0);
    assert_int_equal(durations.count, 4);
    assert_true(durations.ms[0] == 3600000 && durations.ms[1] == 86400000);
    assert_true(durations.ms[2] == 5400000 && durations.ms[3] == TIME_NEVER_MS);
    assert_true(durations.ms[4] == 0 && durations.ms[DURATIONS_MAX - 1] == 0);
    assert_string_equal(config_durations_print(durations.ms, 4, text), "1h 1d 90m permanent");
    assert_string_equal(config_durations_print(durations.ms, 0, text), "");
    assert_int_equal(strlen(config_durations_print(ms, DURATIONS_MAX, text)), 8 * 23 - 1);
    expect("ban", "durations", "1s 2s 3s 4s 5s 6s 7s 8s", true);
    expect("ban", "durations", "7d 1h", true); /* it may fall */
    expect("ban", "durations", "1h 1h", true);
}

static void bad_lists_of_durations_say_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        const char *mistake;
    } rows[] = {
        {"1h permanent 1d", "\"permanent\" is not valid; write it as the last one: no ban comes "
                            "after a permanent one"},
        {"permanent permanent", "\"permanent\" is not valid; write it as the last one: no ban "
                                "comes after a permanent one"},
        {"1h 0s", "\"0s\" is not valid; write a duration of at least 1s"},
        {"999ms 1h", "\"999ms\" is not valid; write a duration of at least 1s"},
        {"1h, 4h", "\"1h,\" is not valid; write the durations with blanks between them"},
        {"1h,4h", "\"1h,4h\" is not valid; write the durations with blanks between them"},
        {"1h soon", "\"soon\" is not valid; write permanent, or a whole number with its unit, such "
                    "as 90s, 10m, "
                    "1h, 7d or 2w"},
        {"1s 2s 3s 4s 5s 6s 7s 8s 9s",
         "there are more than 8; the last one holds for all further bans"},
    };
    char mistake[CONFIG_MISTAKE_SIZE];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_false(takes("ban", "durations", rows[i].list, mistake));
        assert_string_equal(mistake, rows[i].mistake);
    }
    char word[2000];
    memset(word, '1', sizeof word - 1); /* longer than any duration */
    word[sizeof word - 1] = '\0';
    assert_false(takes("ban", "durations", word, mistake));
}

static void numbers(void **state)
{
    (void)state;
    expect("detect", "threshold", "1", true);
    expect("detect", "threshold", "64", true);
    expect("detect", "threshold", "65", false);
    expect("detect", "threshold", "0", false);
    expect("detect", "threshold", "-1", false);
    expect("detect", "threshold", "010", false);
    expect("detect", "threshold", "1e1", false);
    expect("detect", "threshold", "0x10", false);
    expect("detect", "threshold", "99999999999999999999", false);
    expect("detect", "ipv6_prefix", "32", true);
    expect("detect", "ipv6_prefix", "128", true);
    expect("detect", "ipv6_prefix", "31", false);
}

static void words(void **state)
{
    (void)state;
    expect("detect", "start_at", "end", true);
    expect("detect", "start_at", "beginning", true);
    expect("detect", "start_at", "resume", false);
    expect("detect", "source", "log", true);
    expect("detect", "source", "rspamd", true);
    expect("detect", "source", "both", false);
    expect("detect", "rspamd_socket", "/run/a.sock", true);
    expect("detect", "rspamd_socket", "a.sock", false);
    expect("detect", "rspamd_user", "_rspamd", true);
    expect("detect", "rspamd_user", "two words", false);
    expect("detect", "count", "hits", true);
    expect("detect", "count", "messages", true);
    expect("detect", "count", "mails", false);
    expect("detect", "accounts", "off", true);
    expect("detect", "accounts", "count", true);
    expect("detect", "accounts", "ban", true);
    expect("detect", "accounts", "yes", false);
    expect("never-ban", "account", "o brien@example.org", true);
    expect("never-ban", "account", "two\tparts", false);
    expect("ban", "mode", "enforce", true);
    expect("ban", "mode", "observe", true);
    expect("ban", "mode", "Observe", false);
    expect("log", "level", "error", true);
    expect("log", "level", "debug", true);
    expect("log", "level", "verbose", false);
}

static void peers(void **state)
{
    (void)state;
    expect("cluster", "peer", "mx2 tcp://mx2.example.org:11339 " KEY_2, true);
    expect("cluster", "peer", "mx2 tcp://mx2.example.org:11339", false);
    expect("cluster", "peer", "mx2", false);
    expect("cluster", "peer", "mx2 tcp://mx2.example.org:11339 " KEY_2 " x", false);
    expect("cluster", "peer", "- tcp://mx2.example.org:11339 " KEY_2, false);
    expect("cluster", "peer", "0123456789abcdef tcp://mx2.example.org:11339 " KEY_2, false);
    expect("cluster", "peer", "0123456789abcdefg tcp://mx2.example.org:11339 " KEY_2, true);
    expect("cluster", "peer", "0123456789abcde tcp://mx2.example.org:11339 " KEY_2, true);
    expect("cluster", "peer", "mx/2 tcp://mx2.example.org:11339 " KEY_2, false);
    expect("cluster", "peer", X63 "x tcp://mx2.example.org:11339 " KEY_2, false);
    expect("cluster", "peer", "mx2 mx2.example.org:11339 " KEY_2, false);
    expect("cluster", "peer", "mx2 tcp://mx2.example.org:11339 short=", false);
    expect("cluster", "peer",
           "mx2 tcp://mx2.example.org:11339 ExampleKeyOfMx2ReplaceItByTheOneOfYourNode1=", false);
}

static void nets(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *net;     /* canonical, or NULL */
        const char *mistake; /* its end */
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", NULL},
        {"192.0.2.1/32", "192.0.2.1", NULL},
        {"10.0.0.0/8", "10.0.0.0/8", NULL},
        {"2001:DB8:0::/32", "2001:db8::/32", NULL},
        {"::1", "::1", NULL},
        {"192.0.2.77/24", NULL, "has bits set behind the prefix; write 192.0.2.0/24"},
        {"192.0.2.131/25", NULL, "has bits set behind the prefix; write 192.0.2.128/25"},
        {"2001:db8::1/64", NULL, "has bits set behind the prefix; write 2001:db8::/64"},
        {"0.0.0.0/0", NULL, "is wider than /8 and would have no effect; write narrower networks"},
        {"10.0.0.0/7", NULL, "is wider than /8 and would have no effect; write narrower networks"},
        {"2001::/31", NULL, "is wider than /32 and would have no effect; write narrower networks"},
        {"::ffff:192.0.2.1", NULL, "is not valid; write IPv4 addresses as IPv4"},
        {"::ffff:0:0/96", NULL, "is not valid; write IPv4 addresses as IPv4"},
        {"192.0.2.0/33", NULL, "2001:db8::/64"},
        {"192.0.2.0/", NULL, "2001:db8::/64"},
        {"192.0.2.0/024", NULL, "2001:db8::/64"},
        {"192.0.2.0/+24", NULL, "2001:db8::/64"},
        {"192.0.2.0/255.255.255.0", NULL, "2001:db8::/64"},
        {"192.0.2", NULL, "2001:db8::/64"},
        {"192.0.2.01", NULL, "2001:db8::/64"},
        {"192.0.2.0/24, 192.0.3.0/24", NULL, "2001:db8::/64"},
        {"[2001:db8::1]", NULL, "2001:db8::/64"},
        {"2001:db8::1%eth0", NULL, "2001:db8::/64"},
        {"2001:db8::/129", NULL, "2001:db8::/64"},
        {"mx1.example.org", NULL, "2001:db8::/64"},
        {X63 X63, NULL, "2001:db8::/64"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char net[CONFIG_NET_SIZE] = "";
        char mistake[CONFIG_MISTAKE_SIZE] = "";
        assert_int_equal(config_net_parse(rows[i].text, net, mistake), rows[i].net ? 0 : -1);
        if (rows[i].net) {
            assert_string_equal(net, rows[i].net);
        } else {
            assert_true(strlen(mistake) >= strlen(rows[i].mistake));
            assert_string_equal(mistake + strlen(mistake) - strlen(rows[i].mistake),
                                rows[i].mistake);
        }
    }
}

static void buckets(void **state)
{
    (void)state;
    expect("detect", "buckets", "user", true);
    expect("detect", "buckets", "my selector", true);
    expect("detect", "buckets", X63 "x", true);
    expect("detect", "buckets", X63 "xx", false);
    expect("detect", "buckets", "user, to", false);
    expect("detect", "buckets",
           "us\x1b"
           "er",
           false);
}

#define X64 X63 "x"
#define X254 X64 "@" X63 "." X63 "." X61 /* 64 + 1 + 63 + 1 + 63 + 1 + 61 */
#define X61 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* They get into SMTP commands and headers as they are. */
static void mail_addresses(void **state)
{
    static const char *const good[] = {
        "root@localhost",
        "o'neil+ban.sync=a_b&c~@mx-1.example.org",
        "1@192.0.2.1",
        X254,
    };
    static const char *const bad[] = {
        "root",
        "@example.org",
        "a@",
        "a@@b",
        "a@b@c",
        ".a@example.org",
        "a.@example.org",
        "a..b@example.org",
        "-a@example.org",
        "a@-b",
        "a@b..c",
        "a@b.",
        "a@.b",
        "a b@example.org",
        "a@example .org",
        "a@example.org>",
        "<a@example.org>",
        "\"a\"@example.org",
        "a@[192.0.2.1]",
        "a\x01@example.org",
        "a@example.org\x7f",
        "a\r\nb@example.org",
        "m\xc3\xb6@example.org",
        "a@m\xc3\xb6",
        "a!b@example.org",
        "a%b@example.org",
        "a(b)@example.org",
        "a;b@example.org",
        "a:b@example.org",
        "a\\b@example.org",
        "a/b@example.org",
        "x" X64 "@example.org",
        "a@x" X63,
        X254 "x",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        expect("alert", "mail_from", good[i], true);
        expect("alert", "mail_to", good[i], true);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        expect("alert", "mail_from", bad[i], false);
        expect("alert", "mail_to", bad[i], false);
    }
    expect("alert", "mail_from", "a@example.org,b@example.org", false);
}

static void lists_of_mail_addresses(void **state)
{
    const char *eight = X254 "," X254 "," X254 "," X254 "," X254 "," X254 "," X254 "," X254;
    struct config *config = calloc(1, sizeof *config);
    char mistake[CONFIG_MISTAKE_SIZE], nine[4096];

    (void)state;
    assert_non_null(config);
    assert_int_equal(config_value_set(config, config_option_find("alert", "mail_to"),
                                      "a@example.org , b@example.org,\tc@example.org", mistake),
                     0);
    assert_string_equal(config->mail_to, "a@example.org,b@example.org,c@example.org");
    assert_int_equal(
        config_value_set(config, config_option_find("alert", "mail_to"), eight, mistake), 0);
    assert_string_equal(config->mail_to, eight);
    config_free(&config);
    snprintf(nine, sizeof nine, "%s,a@example.org", eight);
    expect("alert", "mail_to", nine, false);
    expect("alert", "mail_to", "a@example.org b@example.org", false);
    expect("alert", "mail_to", "a@example.org,", false);
    expect("alert", "mail_to", ",a@example.org", false);
    expect("alert", "mail_to", "a@example.org,,b@example.org", false);
    expect("alert", "mail_to", "a@example.org, X" X254, false);
}

static void mail_servers(void **state)
{
    (void)state;
    expect("alert", "smtp", "127.0.0.1:25", true);
    expect("alert", "smtp", "[::1]:2525", true);
    expect("alert", "smtp", "mail.example.org:587", true);
    expect("alert", "smtp", "127.0.0.1", false);
    expect("alert", "smtp", "127.0.0.1:0", false);
    expect("alert", "smtp", "127.0.0.1:99999", false);
    expect("alert", "smtp", "*:25", false);
    expect("alert", "smtp", "smtp://127.0.0.1:25", false);
    expect("alert", "smtp", "a/b:25", false);
    expect("alert", "smtp", "user@mail.example.org:25", false);
    expect("alert", "smtp", "mail.example.org:25/x", false);
}

static void lists_have_bounds(void **state)
{
    (void)state;
    char *text = malloc(600000);
    assert_non_null(text);
    size_t used = (size_t)snprintf(text, 64, "[never-ban]\n");
    for (int i = 0; i < NEVER_BAN_MAX; i++)
        used += (size_t)snprintf(text + used, 64, "net = 198.51.%d.%d\n", i / 256, i % 256);
    struct config *config = config_fixture_accept(text);
    assert_int_equal(config->never_ban_count, NEVER_BAN_MAX);
    config_free(&config);
    snprintf(text + used, 64, "net = ::1\n");
    config_fixture_refuse(text, "bansync.conf:4098: [never-ban] net: there are more than 4096; "
                                "remove some\n");
    free(text);
}

static void hostile_text_is_shown_harmless(void **state)
{
    (void)state;
    config_fixture_refuse(
        "[node]\nname = \x1b[31m\xff" X63 "\n",
        "bansync.conf:2: [node] name: \"\\x1b[31m\\xff"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\" is not valid; write 1 to "
        "63 letters, digits, '.', '_' or '-'\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, config_fixture_make, config_fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(paths),
        cmocka_unit_test(long_path_is_refused),
        cmocka_unit_test(endpoints),
        cmocka_unit_test(endpoints_compare_by_meaning),
        cmocka_unit_test(durations_parse),
        cmocka_unit_test(durations_have_bounds),
        cmocka_unit_test(lists_of_durations),
        cmocka_unit_test(bad_lists_of_durations_say_what_to_do),
        cmocka_unit_test(numbers),
        cmocka_unit_test(words),
        cmocka_unit_test(peers),
        cmocka_unit_test(nets),
        cmocka_unit_test(buckets),
        cmocka_unit_test(mail_addresses),
        cmocka_unit_test(lists_of_mail_addresses),
        cmocka_unit_test(mail_servers),
        TEST(lists_have_bounds),
        TEST(hostile_text_is_shown_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
