/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --check-config says about places that the unit keeps the agent from.
 */
#include "unitpath.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOME "/home"

static char *said;

static int begin(void **state)
{
    (void)state;
    return unsetenv("SYSTEMD_EXEC_PID");
}

static int end(void **state)
{
    (void)state;
    free(said);
    said = NULL;
    return 0;
}

static struct config *usual(void)
{
    static struct config config;

    memset(&config, 0, sizeof(config));
    snprintf(config.map_file, sizeof(config.map_file), "/var/lib/bansync/maps/a.map");
    snprintf(config.users_file, sizeof(config.users_file), "/var/lib/bansync/maps/users.map");
    snprintf(config.state_dir, sizeof(config.state_dir), "/var/lib/bansync");
    snprintf(config.control_socket, sizeof(config.control_socket), "/run/bansync/control.sock");
    snprintf(config.log_file, sizeof(config.log_file), "/var/log/rspamd/rspamd.log");
    snprintf(config.key_file, sizeof(config.key_file), "/etc/bansync/node.key");
    return &config;
}

static const char *say_of(const struct config *config, bool of_unit)
{
    size_t size;
    FILE *out;

    free(said);
    out = open_memstream(&said, &size);
    assert_non_null(out);
    unitpath_print(config, of_unit, out);
    assert_int_equal(fclose(out), 0);
    return said;
}

static const char *say(const struct config *config)
{
    return say_of(config, true);
}

static void expect(const char *text)
{
    if (strstr(said, text) == NULL)
        fail_msg("\"%s\" is not in:\n%s", text, said);
}

static void expect_not(const char *text)
{
    if (strstr(said, text) != NULL)
        fail_msg("\"%s\" is in:\n%s", text, said);
}

static void test_usual(void **state)
{
    struct config *config = usual();

    (void)state;
    assert_string_equal(say(config), "");
    snprintf(config->map_file, sizeof(config->map_file), "/run/bansync/a.map");
    snprintf(config->state_dir, sizeof(config->state_dir), "/var/lib/bansync/state");
    assert_string_equal(say(config), "");
}

static void test_map_elsewhere(void **state)
{
    struct config *config = usual();

    (void)state;
    snprintf(config->map_file, sizeof(config->map_file), "/nonexistent/maps/a.map");
    assert_string_equal(
        say(config),
        "hint: [map] file: bansyncd.service does not let bansyncd write in /nonexistent/maps\n"
        "As a service it needs, if that is not done yet:\n"
        "  systemctl edit bansyncd    (or write "
        "/etc/systemd/system/bansyncd.service.d/map.conf, then systemctl daemon-reload)\n"
        "    [Service]\n"
        "    ReadWritePaths=/nonexistent/maps\n"
        "  and user bansync must be able to create files in /nonexistent/maps:\n"
        "    install -d -o bansync -g bansync -m 0755 /nonexistent/maps\n");
    /* a directory that others use keeps its owner */
    snprintf(config->map_file, sizeof(config->map_file), "/etc/a.map");
    say(config);
    expect("    setfacl -m u:bansync:rwx /etc ");
    expect_not("install -d");
    /* that of rspamd's socket must have none but the agent */
    config->from_rspamd = true;
    snprintf(config->rspamd_socket, sizeof(config->rspamd_socket), "/usr/rspamd.sock");
    say(config);
    expect("    install -d -o bansync -g bansync -m 0755 /usr/bansync ");
    expect_not("rwx /usr ");
}

/* One that is tried by hand is not the unit's. */
static void test_another_configuration(void **state)
{
    struct config *config = usual();

    (void)state;
    assert_string_equal(say_of(config, false), "");
    snprintf(config->map_file, sizeof(config->map_file), "/nonexistent/maps/a.map");
    snprintf(config->key_file, sizeof(config->key_file), HOME "/none/node.key");
    assert_string_equal(say_of(config, false),
                        "hint: bansyncd.service would keep bansyncd from the places of [map] file, "
                        "[node] key; what to do is told once this is /etc/bansync/bansync.conf\n");
}

static void test_users_elsewhere(void **state)
{
    struct config *config = usual();

    (void)state;
    snprintf(config->users_file, sizeof(config->users_file), "/nonexistent/users/a.map");
    say(config);
    expect("hint: [map] users_file: bansyncd.service does not let bansyncd write in "
           "/nonexistent/users\n");
    expect("    ReadWritePaths=/nonexistent/users\n");
    /* beside the map it needs no word of its own */
    snprintf(config->map_file, sizeof(config->map_file), "/nonexistent/users/b.map");
    say(config);
    expect("hint: [map] file: ");
    expect_not("users_file");
}

static void test_neighbors(void **state)
{
    struct config *config = usual();

    (void)state;
    snprintf(config->map_file, sizeof(config->map_file), "/var/lib/bansync-maps/a.map");
    say(config);
    expect("ReadWritePaths=/var/lib/bansync-maps\n");
    snprintf(config->map_file, sizeof(config->map_file), "/a.map");
    say(config);
    expect("ReadWritePaths=/\n");
}

static void test_once_each(void **state)
{
    struct config *config = usual();
    const char *first;

    (void)state;
    snprintf(config->map_file, sizeof(config->map_file), "/srv/none/a.map");
    snprintf(config->control_socket, sizeof(config->control_socket), "/srv/none/c.sock");
    snprintf(config->state_dir, sizeof(config->state_dir), "/srv/other");
    say(config);
    expect("hint: [control] socket: ");
    expect("hint: [node] state_dir: ");
    expect("ReadWritePaths=/srv/other\n");
    first = strstr(said, "ReadWritePaths=/srv/none\n");
    assert_non_null(first);
    assert_null(strstr(first + 1, "ReadWritePaths=/srv/none\n"));
    expect_not("ProtectHome");
    expect_not("PrivateTmp");
}

static void test_home_and_temporary(void **state)
{
    struct config *config = usual();

    (void)state;
    snprintf(config->log_file, sizeof(config->log_file), HOME "/none/rspamd.log");
    say(config);
    expect("hint: [detect] log: bansyncd.service does not let bansyncd see " HOME "/none\n");
    expect("    ProtectHome=read-only\n");
    expect_not("ReadWritePaths");
    expect_not("create files");
    config = usual();
    snprintf(config->key_file, sizeof(config->key_file), HOME "/none/node.key");
    say(config);
    expect("hint: [node] key: bansyncd.service does not let bansyncd see " HOME "/none\n");
    expect("    ProtectHome=read-only\n");
    snprintf(config->state_dir, sizeof(config->state_dir), HOME "/none/state");
    say(config);
    expect("    ProtectHome=no\n");
    config = usual();
    snprintf(config->map_file, sizeof(config->map_file), "/tmp/none/a.map");
    say(config);
    expect("ReadWritePaths=/tmp/none\n    PrivateTmp=no\n");
}

static void test_link(void **state)
{
    char directory[] = "/tmp/bansync-unitpath-XXXXXX", link[64];
    struct config *config = usual();

    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(link, sizeof(link), "%s/maps", directory);
    assert_int_equal(symlink("/usr/bin", link), 0);
    snprintf(config->map_file, sizeof(config->map_file), "%s/a.map", link);
    say(config);
    expect("ReadWritePaths=/usr/bin\n");
    expect_not("PrivateTmp");
    assert_int_equal(unlink(link), 0);
    assert_int_equal(rmdir(directory), 0);
}

/* Started by the manager, the drop-in shows in what can be written. */
static void test_in_unit(void **state)
{
    char directory[] = "/tmp/bansync-unitpath-XXXXXX", pid[32];
    struct config *config = usual();

    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(config->map_file, sizeof(config->map_file), "%s/a.map", directory);
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    setenv("SYSTEMD_EXEC_PID", pid, 1);
    assert_string_equal(say(config), "");
    snprintf(pid, sizeof(pid), "%ld", (long)getppid()); /* inherited from a unit's shell */
    setenv("SYSTEMD_EXEC_PID", pid, 1);
    say(config);
    expect("PrivateTmp=no");
    snprintf(config->map_file, sizeof(config->map_file), "%s/none/a.map", directory);
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    setenv("SYSTEMD_EXEC_PID", pid, 1);
    say(config);
    expect("hint: ");
    unsetenv("SYSTEMD_EXEC_PID");
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_usual, begin, end),
        cmocka_unit_test_setup_teardown(test_map_elsewhere, begin, end),
        cmocka_unit_test_setup_teardown(test_another_configuration, begin, end),
        cmocka_unit_test_setup_teardown(test_users_elsewhere, begin, end),
        cmocka_unit_test_setup_teardown(test_neighbors, begin, end),
        cmocka_unit_test_setup_teardown(test_once_each, begin, end),
        cmocka_unit_test_setup_teardown(test_home_and_temporary, begin, end),
        cmocka_unit_test_setup_teardown(test_link, begin, end),
        cmocka_unit_test_setup_teardown(test_in_unit, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
