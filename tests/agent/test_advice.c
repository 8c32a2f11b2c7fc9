/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --check-config says about what is easily forgotten.
 */
#include "advice.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOBODY 65534

static struct config config;
static char folder[] = "/tmp/test_advice.XXXXXX";
static char *said;

static int begin(void **state)
{
    int fd;

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(config.log_file, sizeof(config.log_file), "%s/log", folder);
    fd = open(config.log_file, O_CREAT | O_WRONLY, 0644);
    return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
    (void)state;
    free(said);
    unlink(config.log_file);
    return rmdir(folder);
}

static const char *say(void)
{
    size_t size;
    FILE *out;

    free(said);
    out = open_memstream(&said, &size);
    assert_non_null(out);
    advice_print(&config, out);
    assert_int_equal(fclose(out), 0);
    return said;
}

static void nobody_under_never_ban_is_a_hint(void **state)
{
    (void)state;
    config.never_ban_count = 0;
    assert_non_null(strstr(say(), "hint: [never-ban] is empty"));
    config.never_ban_count = 1;
    assert_string_equal(say(), "");
}

static void a_log_that_is_closed_is_a_hint(void **state)
{
    (void)state;
    config.never_ban_count = 1;
    assert_int_equal(chmod(folder, 0), 0);
    if (geteuid() == 0)
        assert_int_equal(seteuid(NOBODY), 0);
    say();
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_non_null(strstr(said, "adduser bansync _rspamd"));
    assert_non_null(strstr(said, config.log_file));
}

static void a_log_that_is_not_there_is_a_hint(void **state)
{
    (void)state;
    config.never_ban_count = 1;
    assert_int_equal(unlink(config.log_file), 0);
    assert_non_null(strstr(say(), "hint: [detect] log: there is no"));
    assert_non_null(strstr(said, config.log_file));
}

static void a_map_that_nobody_makes_room_for_is_a_hint(void **state)
{
    (void)state;
    config.from_rspamd = true; /* the log is not looked at */
    snprintf(config.rspamd_user, sizeof(config.rspamd_user), "root");
    snprintf(config.state_dir, sizeof(config.state_dir), "%s/state", folder);
    snprintf(config.map_file, sizeof(config.map_file), "%s/state/maps/ip.map", folder);
    assert_string_equal(say(), "");
    snprintf(config.map_file, sizeof(config.map_file), "%s/maps/ip.map", folder);
    assert_string_equal(say(), "");
    snprintf(config.map_file, sizeof(config.map_file), "%s/none/maps/ip.map", folder);
    assert_non_null(strstr(say(), "hint: [map] file: there is no directory"));
}

static void a_program_that_is_not_run_is_a_hint(void **state)
{
    (void)state;
    snprintf(config.alert_exec, sizeof(config.alert_exec), "%s/program", folder);
    assert_non_null(strstr(say(), "/program is not run: No such file or directory\n"));
    snprintf(config.alert_exec, sizeof(config.alert_exec), "%s", config.log_file);
    assert_int_equal(close(open(config.log_file, O_CREAT | O_WRONLY, 0644)), 0);
    assert_int_equal(chmod(config.log_file, 0644), 0);
    assert_non_null(strstr(say(), "/log is not run: it cannot be run; chmod +x\n"));
    assert_int_equal(chmod(config.log_file, 0777), 0);
    assert_non_null(strstr(say(), "/log is not run: others can write to it; chmod go-w\n"));
    assert_int_equal(chmod(config.log_file, 0755), 0);
    assert_null(strstr(say(), "[alert]"));
    assert_int_equal(chmod(folder, 0777), 0);
    assert_non_null(strstr(say(), "others can write to a directory above it"));
    assert_int_equal(chmod(folder, 0700), 0);
    config.alert_exec[0] = '\0';
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_under_never_ban_is_a_hint),
        cmocka_unit_test(a_log_that_is_closed_is_a_hint),
        cmocka_unit_test(a_log_that_is_not_there_is_a_hint),
        cmocka_unit_test(a_map_that_nobody_makes_room_for_is_a_hint),
        cmocka_unit_test(a_program_that_is_not_run_is_a_hint),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
