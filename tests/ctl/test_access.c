/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May another user read a file?
 */
#include "access.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define OTHER "nobody" /* who owns none of it */

static char folder[] = "/tmp/test_access.XXXXXX";
static char file[64], sub[64], why[256];

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(sub, sizeof(sub), "%s/sub", folder);
    snprintf(file, sizeof(file), "%s/sub/map", folder);
    chmod(folder, 0755);
    mkdir(sub, 0755);
    int fd = open(file, O_CREAT | O_WRONLY, 0644);
    return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
    (void)state;
    unlink(file);
    rmdir(sub);
    return rmdir(folder);
}

static enum access_result after(const char *path, mode_t mode)
{
    struct stat before;
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(chmod(path, mode), 0);
    enum access_result result = access_read(OTHER, file, why, sizeof(why));
    assert_int_equal(chmod(path, before.st_mode & 07777), 0);
    return result;
}

static void open_to_all(void **state)
{
    (void)state;
    assert_int_equal(access_read(OTHER, file, why, sizeof(why)), ACCESS_YES);
    assert_int_equal(after(sub, 0751), ACCESS_YES); /* passing is enough */
}

static void what_is_closed_is_named(void **state)
{
    (void)state;
    assert_int_equal(after(file, 0640), ACCESS_NO);
    assert_string_equal(why, file);
    assert_int_equal(after(sub, 0750), ACCESS_NO);
    assert_string_equal(why, sub);
    assert_int_equal(after(folder, 0754), ACCESS_NO); /* looking is not passing */
    assert_string_equal(why, folder);
}

static void owner_and_group_decide_before_the_rest(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return;
    assert_int_equal(chown(file, 65534, 0), 0); /* nobody's */
    assert_int_equal(after(file, 0044), ACCESS_NO);
    assert_int_equal(after(file, 0400), ACCESS_YES);
    assert_int_equal(chown(file, 0, 65534), 0); /* of nobody's group */
    assert_int_equal(after(file, 0604), ACCESS_NO);
    assert_int_equal(after(file, 0040), ACCESS_YES);
    assert_int_equal(chown(file, 0, 0), 0);
}

static void what_cannot_be_known(void **state)
{
    (void)state;
    assert_int_equal(access_read("no-such-user", file, why, sizeof(why)), ACCESS_UNKNOWN);
    assert_non_null(strstr(why, "no-such-user"));
    assert_int_equal(access_read(OTHER, "/nonexistent/map", why, sizeof(why)), ACCESS_MISSING);
    assert_int_equal(access_read("root", file, why, sizeof(why)), ACCESS_YES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_to_all),
        cmocka_unit_test(what_is_closed_is_named),
        cmocka_unit_test(owner_and_group_decide_before_the_rest),
        cmocka_unit_test(what_cannot_be_known),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
