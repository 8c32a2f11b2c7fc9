/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c: files, sections, keys, checks across options. Lines: test_config_line.c; values:
 * test_config_value.c.
 */
#include "config_fixture.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "config_value.h"
#include "log.h"

static void empty_file_gives_the_defaults(void **state)
{
    (void)state;
    struct config *config = config_fixture_accept("");
    char host[256] = "";
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    host[strcspn(host, ".")] = '\0';
    assert_string_equal(config->node_name, host);
    assert_string_equal(config->listen, "");
    assert_false(config->key_file_set);
    assert_string_equal(config->key_file, "/etc/bansync/node.key");
    assert_string_equal(config->cluster_name, "bansync");
    assert_int_equal(config->threshold, 10);
    assert_int_equal(config->window_ms, 600000);
    assert_int_equal(config->ipv6_prefix, 64);
    assert_false(config->from_rspamd);
    assert_string_equal(config->rspamd_socket, "/run/bansync/rspamd.sock");
    assert_string_equal(config->rspamd_user, "_rspamd");
    assert_false(config->start_at_beginning);
    assert_false(config->count_messages);
    assert_int_equal(config->accounts, 0);
    assert_false(config->observe);
    assert_true(config->ban_durations.count == 1 && config->ban_durations.ms[0] == TIME_NEVER_MS);
    assert_true(config->ban_memory_ms == MEMORY_MS);
    assert_int_equal(config->map_coalesce_ms, 50);
    assert_int_equal(config->log_level, LOG_LEVEL_INFO);
    assert_int_equal(config->peer_count + config->bucket_count + config->never_ban_count, 0);
    config_free(&config);
    assert_null(config);
    config_free(&config);
}

static void every_option_is_read(void **state)
{
    (void)state;
    struct config *config = config_fixture_accept("[node]\n"
                                                  "name = mx1\n"
                                                  "listen = tcp://[2001:db8::1]:11339\n"
                                                  "key = /etc/bansync/node.key\n"
                                                  "state_dir = /srv/state\n"
                                                  "[cluster]\n"
                                                  "name = mail\n"
                                                  "peer = mx2\ttcp://192.0.2.2:11339  " KEY_2 "\n"
                                                  "[detect]\n"
                                                  "source = rspamd\n"
                                                  "rspamd_socket = /run/rspamd.sock\n"
                                                  "rspamd_user = rspamd\n"
                                                  "log = /srv/rspamd.log\n"
                                                  "start_at = beginning\n"
                                                  "threshold = 64\n"
                                                  "count = messages\n"
                                                  "window = 12h\n"
                                                  "ipv6_prefix = 48\n"
                                                  "buckets = my selector\n"
                                                  "[ban]\n"
                                                  "durations = 2w\n"
                                                  "max_prefix4 = 8\n"
                                                  "max_prefix6 = 128\n"
                                                  "mode = observe\n"
                                                  "[map]\n"
                                                  "file = /srv/a.map\n"
                                                  "coalesce = 0ms\n"
                                                  "max_entries = 10000000\n"
                                                  "[never-ban]\n"
                                                  "net = 192.0.2.0/24\n"
                                                  "[control]\n"
                                                  "socket = /run/c.sock\n"
                                                  "admin_group = _wheel\n"
                                                  "read_group = adm\n"
                                                  "[alert]\n"
                                                  "mail_to = a@example.org, b@example.org\n"
                                                  "mail_from = c@example.org\n"
                                                  "smtp = [::1]:2525\n"
                                                  "[log]\n"
                                                  "level = debug\n");
    assert_string_equal(config->node_name, "mx1");
    assert_string_equal(config->listen, "tcp://[2001:db8::1]:11339");
    assert_true(config->key_file_set);
    assert_string_equal(config->state_dir, "/srv/state");
    assert_string_equal(config->cluster_name, "mail");
    assert_int_equal(config->peer_count, 1);
    assert_string_equal(config->peers[0].name, "mx2");
    assert_string_equal(config->peers[0].endpoint, "tcp://192.0.2.2:11339");
    assert_memory_equal(config->peers[0].key, "\x13\x16\xa6\xa6\x57\x8a", 6);
    assert_true(config->from_rspamd);
    assert_string_equal(config->rspamd_socket, "/run/rspamd.sock");
    assert_string_equal(config->rspamd_user, "rspamd");
    assert_string_equal(config->log_file, "/srv/rspamd.log");
    assert_true(config->start_at_beginning);
    assert_true(config->observe);
    assert_int_equal(config->threshold, 64);
    assert_true(config->count_messages);
    assert_int_equal(config->window_ms, WINDOW_MS_MAX);
    assert_int_equal(config->ipv6_prefix, 48);
    assert_int_equal(config->bucket_count, 1);
    assert_string_equal(config->buckets[0], "my selector");
    assert_true(config->ban_durations.count == 1 && config->ban_durations.ms[0] == 1209600000);
    assert_string_equal(config->map_file, "/srv/a.map");
    assert_string_equal(config->users_file, "/srv/user_blacklist_ratelimit.map"); /* beside it */
    assert_int_equal(config->map_coalesce_ms, 0);
    assert_int_equal(config->max_prefix4, 8);
    assert_int_equal(config->max_prefix6, 128);
    assert_int_equal(config->max_entries, 10000000);
    assert_string_equal(config->never_ban[0], "192.0.2.0/24");
    assert_string_equal(config->control_socket, "/run/c.sock");
    assert_string_equal(config->admin_group, "_wheel");
    assert_string_equal(config->read_group, "adm");
    assert_string_equal(config->mail_to, "a@example.org,b@example.org");
    assert_string_equal(config->mail_from, "c@example.org");
    assert_string_equal(config->smtp, "[::1]:2525");
    assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
    config_free(&config);
}

static void mails_come_from_this_host(void **state)
{
    char host[65] = "";

    (void)state;
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    struct config *config = config_fixture_accept("[alert]\nmail_to = a@example.org\n");
    assert_memory_equal(config->mail_from, "bansync@", 8);
    assert_string_equal(config->mail_from + 8, host);
    assert_string_equal(config->smtp, "127.0.0.1:25");
    config_free(&config);
}

static void all_mistakes_are_told_at_once(void **state)
{
    (void)state;
    config_fixture_refuse("[node]\n"
                          "name = a b\n"
                          "\n"
                          "# comment\n"
                          "listen = x\n"
                          "[detect]\n"
                          "threshold = 0\n",
                          "bansync.conf:2: [node] name: \"a b\" is not valid; write 1 to 63 "
                          "letters, digits, '.', '_' or '-'\n"
                          "bansync.conf:5: [node] listen: \"x\" is not valid; write "
                          "tcp://HOST:PORT, an IPv6 address in brackets: "
                          "tcp://[2001:db8::1]:11339\n"
                          "bansync.conf:7: [detect] threshold: \"0\" is not valid; write a whole "
                          "number from 1 to 64\n");
}

static void a_node_is_not_called_like_an_id(void **state)
{
    (void)state;
    config_fixture_refuse("[node]\n"
                          "name = 00DEadbeef001234\n"
                          "[cluster]\n"
                          "peer = - tcp://mx2.example.org:11339 " KEY_2 "\n",
                          "bansync.conf:2: [node] name: \"00DEadbeef001234\" is not valid; write a "
                          "name that is neither \"-\" nor 16 hexadecimal digits, as a node's id "
                          "has\n"
                          "bansync.conf:4: [cluster] peer: \"-\" is not valid; write a name that "
                          "is neither \"-\" nor 16 hexadecimal digits, as a node's id has\n");
}

static void countless_mistakes_are_bounded(void **state)
{
    (void)state;
    char *text = calloc(2000, 3);
    assert_non_null(text);
    memcpy(text, "[node]\n", 7);
    for (int i = 0; i < 1500; i++)
        memcpy(text + 7 + i * 2, "x\n", 2);
    config_fixture_write("bansync.conf", text, strlen(text));
    char *errors = NULL;
    assert_null(config_load(config_fixture_path("bansync.conf"), &errors));
    assert_non_null(strstr(errors, "bansync.conf:1001: "));
    assert_null(strstr(errors, "bansync.conf:1002: "));
    assert_non_null(strstr(errors, "\nand 500 more mistakes; correct these first\n"));
    free(errors);
    free(text);
}

static void unknown_names_get_advice(void **state)
{
    (void)state;
    config_fixture_refuse("[nodes]\n"
                          "anything = 1\n"
                          "[Detect]\n"
                          "[elsewhere]\n"
                          "[node]\n"
                          "Listen = tcp://*:1\n"
                          "threshold = 5\n"
                          "bogus = 5\n"
                          "[detect]\n"
                          "maxretry = 5\n"
                          "windows = 5\n",
                          "bansync.conf:1: unknown section \"nodes\"; did you mean [node]?\n"
                          "bansync.conf:3: unknown section \"Detect\"; did you mean [detect]?\n"
                          "bansync.conf:4: unknown section \"elsewhere\"; the sections are [node] "
                          "[cluster] [detect] [ban] [map] [never-ban] [control] [alert] [log]\n"
                          "bansync.conf:6: unknown key \"Listen\" in [node]; did you mean "
                          "\"listen\"?\n"
                          "bansync.conf:7: unknown key \"threshold\" in [node]; did you mean "
                          "\"threshold\" in [detect]?\n"
                          "bansync.conf:8: unknown key \"bogus\" in [node]; [node] has \"name\" "
                          "\"listen\" \"key\" \"state_dir\"\n"
                          "bansync.conf:10: unknown key \"maxretry\" in [detect]; did you mean "
                          "\"threshold\" in [detect]?\n"
                          "bansync.conf:11: unknown key \"windows\" in [detect]; did you mean "
                          "\"window\"?\n");
}

static void key_twice_names_both_lines(void **state)
{
    (void)state;
    config_fixture_refuse("[node]\nname = a\n[map]\n[node]\nname = b\n",
                          "bansync.conf:5: [node] name is set twice, in lines 2 and 5; keep one of "
                          "them\n");
}

static void only_regular_files_are_read(void **state)
{
    (void)state;
    config_fixture_refuse_files("bansync.conf: cannot be opened: No such file or directory; check "
                                "the path and its mode\n");
    assert_int_equal(mkdir(config_fixture_path("bansync.conf"), 0755), 0);
    config_fixture_refuse_files("bansync.conf: is a directory; name a regular file\n");
    assert_int_equal(rmdir(config_fixture_path("bansync.conf")), 0);
    assert_int_equal(mkfifo(config_fixture_path("bansync.conf"), 0644), 0);
    config_fixture_refuse_files("bansync.conf: is no regular file; name a regular file\n");
    assert_int_equal(unlink(config_fixture_path("bansync.conf")), 0);
    assert_int_equal(symlink("bansync.conf", config_fixture_path("bansync.conf")), 0);
    config_fixture_refuse_files("bansync.conf: cannot be opened: Too many levels of symbolic "
                                "links; check the path and its mode\n");
    if (geteuid() == 0)
        return;
    assert_int_equal(unlink(config_fixture_path("bansync.conf")), 0);
    config_fixture_write("bansync.conf", "", 0);
    assert_int_equal(chmod(config_fixture_path("bansync.conf"), 0), 0);
    config_fixture_refuse_files("bansync.conf: cannot be opened: Permission denied; check the "
                                "path and its mode\n");
}

static void later_files_win_and_lists_add(void **state)
{
    (void)state;
    static const char main_text[] = "[node]\nname = a\nstate_dir = /a\n[never-ban]\nnet = ::1\n";
    static const char text_10[] = "[node]\nname = b\nstate_dir = /b\n[never-ban]\nnet = ::2\n";
    static const char text_9[] = "[node]\nname = c\n";
    static const char wrong[] = "wrong\n";
    config_fixture_write("bansync.conf", main_text, sizeof main_text - 1);
    config_fixture_write("conf.d/9.conf", text_9, sizeof text_9 - 1);
    config_fixture_write("conf.d/10.conf", text_10, sizeof text_10 - 1);
    config_fixture_write("conf.d/.hidden.conf", wrong, sizeof wrong - 1);
    config_fixture_write("conf.d/.conf", wrong, sizeof wrong - 1);
    config_fixture_write("conf.d/10.conf~", wrong, sizeof wrong - 1);
    config_fixture_write("conf.d/11.confx", wrong, sizeof wrong - 1);
    config_fixture_write("conf.d/conf", wrong, sizeof wrong - 1);
    struct config *config = config_fixture_load();
    assert_string_equal(config->node_name, "c");
    assert_string_equal(config->state_dir, "/b");
    assert_int_equal(config->never_ban_count, 2);
    assert_string_equal(config->never_ban[0], "::1");
    config_free(&config);
    config_fixture_write("conf.d/99.conf", wrong, sizeof wrong - 1);
    config_fixture_write("conf.d/98.conf", "[map]\nx = 1\n", 12);
    config_fixture_refuse_files(
        "conf.d/98.conf:2: unknown key \"x\" in [map]; [map] has \"file\" \"users_file\" "
        "\"coalesce\" \"max_entries\"\n"
        "conf.d/99.conf:1: text before the first section; begin with a "
        "line such as [node]\n");
}

static void too_many_files_are_refused(void **state)
{
    (void)state;
    char name[32];
    config_fixture_write("bansync.conf", "", 0);
    for (int i = 0; i < CONFIG_FILES_MAX - 1; i++) {
        snprintf(name, sizeof name, "conf.d/%d.conf", i);
        config_fixture_write(name, "", 0);
    }
    struct config *config = config_fixture_load();
    config_free(&config);
    config_fixture_write("conf.d/x.conf", "", 0);
    config_fixture_refuse_files("conf.d: over 256 files; join some\n");
}

static void conf_d_that_is_a_file_is_refused(void **state)
{
    (void)state;
    config_fixture_write("conf.d", "", 0);
    config_fixture_refuse("", "conf.d: cannot be listed: Not a directory; make it a directory that "
                              "the agent may read\n");
}

static void peers_must_differ(void **state)
{
    (void)state;
    config_fixture_refuse(
        "[cluster]\n"
        "peer = a tcp://[2001:db8::1]:1 " KEY_1 "\n"
        "peer = a tcp://mx2.example.org:1 " KEY_2 "\n"
        "peer = c tcp://mx3.example.org:1 " KEY_1 "\n"
        "peer = d tcp://[2001:DB8:0::1]:1 " KEY_3 "\n",
        "bansync.conf:3: [cluster] peer: the label \"a\" is taken by bansync.conf:2; give each "
        "peer its own\n"
        "bansync.conf:4: [cluster] peer: \"c\" has the key of \"a\" (bansync.conf:2); every node "
        "has its own, see banctl keygen\n"
        "bansync.conf:5: [cluster] peer: \"d\" has the endpoint of \"a\" (bansync.conf:2); "
        "correct one of them\n");
}

static void paths_must_differ_and_fit(void **state)
{
    (void)state;
    char text[256];
    char expected[512];
    config_fixture_refuse("[map]\nfile = /var/log/rspamd/rspamd.log\n",
                          "bansync.conf:2: [detect] log and [map] file are the same path; give "
                          "each its own\n");
    snprintf(text, sizeof text, "[control]\nsocket = /%0107d\n", 0);
    snprintf(expected, sizeof expected,
             "bansync.conf:2: [control] socket: the path is over 107 "
             "bytes; write a shorter one\n");
    config_fixture_refuse(text, expected);
    snprintf(text, sizeof text, "[detect]\nrspamd_socket = /%0107d\n", 0);
    snprintf(expected, sizeof expected,
             "bansync.conf:2: [detect] rspamd_socket: the path is over 107 "
             "bytes; write a shorter one\n");
    config_fixture_refuse(text, expected);
    config_fixture_refuse("[map]\nfile = /srv/user_blacklist_ratelimit.map\n",
                          "bansync.conf:2: [map] file and [map] users_file are the same path; give "
                          "each its own\n");
    struct config *config =
        config_fixture_accept("[map]\nfile = /srv/a.map\nusers_file = /etc/users.map\n");
    assert_string_equal(config->users_file, "/etc/users.map");
    config_free(&config);
}

static void node_that_only_connects_is_allowed(void **state)
{
    (void)state;
    struct config *config =
        config_fixture_accept("[cluster]\npeer = mx2 tcp://mx2.example.org:11339 " KEY_2 "\n");
    assert_string_equal(config->listen, "");
    assert_int_equal(config->peer_count, 1);
    config_free(&config);
}

static void restart_keys_are_named(void **state)
{
    (void)state;
    struct config *running = config_fixture_accept("[node]\nname = a\n");
    struct config *wanted = config_fixture_accept(
        "[node]\nname = a\nkey = /etc/bansync/node.key\n[detect]\nthreshold = 3\n"
        "[never-ban]\nnet = ::1\n[log]\nlevel = error\n");
    assert_null(config_restart_keys(running, running));
    assert_null(config_restart_keys(running, wanted));
    config_free(&wanted);
    wanted = config_fixture_accept("[node]\nname = a\nlisten = tcp://*:1\n[cluster]\n"
                                   "peer = b tcp://mx2:1 " KEY_2 "\n[detect]\nstart_at = "
                                   "beginning\n");
    char *names = config_restart_keys(running, wanted);
    assert_string_equal(names, "[node] listen, [cluster] peer, [detect] start_at");
    free(names);
    config_free(&wanted);
    config_free(&running);
}

/* The text of a shipped file, in new memory; uncomment: with every "#key" an option that is set. */
static char *shipped(const char *name, bool uncomment)
{
    char path[4096];
    char line[4096];
    char *text = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, BANSYNC_TEST_DIR "/../conf/%s", name);
    FILE *in = fopen(path, "r");
    FILE *out = open_memstream(&text, &size);
    assert_non_null(in);
    assert_non_null(out);
    while (fgets(line, sizeof line, in))
        fputs(line + (uncomment && line[0] == '#' && islower((unsigned char)line[1])), out);
    fclose(in);
    fclose(out);
    return text;
}

static void shipped_sample_shows_the_defaults(void **state)
{
    (void)state;
    char *text = shipped("bansync.conf", false);
    struct config *defaults = config_fixture_accept("");
    struct config *config = config_fixture_accept(text);
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++)
        if (!config_value_same(&config_options[i], defaults, config))
            fail_msg("[%s] %s", config_options[i].section, config_options[i].key);
    assert_false(config->key_file_set);
    config_free(&config);
    free(text);
    text = shipped("bansync.conf", true);
    config = config_fixture_accept(text);
    assert_string_equal(config->node_name, "mx1");
    assert_true(config->key_file_set);
    assert_int_equal(config->peer_count, 2);
    assert_int_equal(config->never_ban_count, 2);
    assert_int_equal(config->bucket_count, 1);
    config_free(&config);
    config_free(&defaults);
    free(text);
}

static void shipped_minimal_file_is_three_nodes(void **state)
{
    (void)state;
    char *text = shipped("bansync-minimal.conf", false);
    struct config *config = config_fixture_accept(text);
    assert_string_equal(config->listen, config->peers[0].endpoint);
    assert_int_equal(config->peer_count, 3);
    assert_int_equal(config->never_ban_count, 2);
    config_free(&config);
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, config_fixture_make, config_fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(empty_file_gives_the_defaults),
        TEST(every_option_is_read),
        TEST(mails_come_from_this_host),
        TEST(all_mistakes_are_told_at_once),
        TEST(a_node_is_not_called_like_an_id),
        TEST(countless_mistakes_are_bounded),
        TEST(unknown_names_get_advice),
        TEST(key_twice_names_both_lines),
        TEST(only_regular_files_are_read),
        TEST(later_files_win_and_lists_add),
        TEST(too_many_files_are_refused),
        TEST(conf_d_that_is_a_file_is_refused),
        TEST(peers_must_differ),
        TEST(paths_must_differ_and_fit),
        TEST(node_that_only_connects_is_allowed),
        TEST(restart_keys_are_named),
        TEST(shipped_sample_shows_the_defaults),
        TEST(shipped_minimal_file_is_three_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
