/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mapfile when its directory is removed, moved or replaced.
 */
#include "mapfile.h"
#include "scratch.h"

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

#define NAME "ip_blacklist_ratelimit.map"
#define FIRST "# map\n192.0.2.1\n"
#define SECOND "# map\n192.0.2.1\n198.51.100.0/24\n"

static char directory[SCRATCH_PATH_SIZE];
static char error[512];

static int begin(void **state)
{
    (void)state;
    scratch_make(directory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    scratch_remove(directory);
    return 0;
}

static void expect_content(const char *name, const char *text)
{
    size_t size = 0;
    char *bytes = scratch_read(directory, name, &size);

    assert_string_equal(bytes, text);
    assert_int_equal(size, strlen(text));
    free(bytes);
}

/* Maps in a directory of their own, "maps", with FIRST written. */
static struct mapfile *open_below(void)
{
    struct mapfile *mapfile =
        mapfile_open(scratch_path(directory, "maps/" NAME), error, sizeof error);

    assert_non_null(mapfile);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    return mapfile;
}

static void test_a_removed_directory(void **state)
{
    (void)state;
    struct mapfile *mapfile = open_below();
    char *bytes = NULL;
    size_t size = 0;

    assert_int_equal(unlink(scratch_path(directory, "maps/" NAME)), 0);
    assert_int_equal(rmdir(scratch_path(directory, "maps")), 0);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), -1);
    assert_non_null(strstr(mapfile_error(mapfile), NAME ": its directory "));
    assert_non_null(strstr(mapfile_error(mapfile), "/maps is missing"));
    assert_int_equal(mapfile_read(mapfile, 100, &bytes, &size), -1);
    assert_non_null(strstr(mapfile_error(mapfile), "/maps is missing"));
    assert_int_equal(scratch_count(directory), 0); /* not made: who removed it may have meant it */

    assert_int_equal(mkdir(scratch_path(directory, "maps"), 0755), 0);
    assert_int_equal(mapfile_read(mapfile, 100, &bytes, &size), 1);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    expect_content("maps/" NAME, FIRST);
    mapfile_close(&mapfile);
}

static void test_a_moved_directory(void **state)
{
    (void)state;
    struct mapfile *mapfile = open_below();
    char moved[SCRATCH_PATH_SIZE];
    char *bytes = NULL;
    size_t size = 0;

    snprintf(moved, sizeof moved, "%s", scratch_path(directory, "moved"));
    assert_int_equal(rename(scratch_path(directory, "maps"), moved), 0);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), -1);
    assert_int_equal(mapfile_write(mapfile, SECOND, strlen(SECOND)), -1);
    assert_non_null(strstr(mapfile_error(mapfile), "/maps is missing"));
    scratch_write(directory, "maps", "", 0);
    assert_int_equal(mapfile_write(mapfile, SECOND, strlen(SECOND)), -1);
    assert_non_null(strstr(mapfile_error(mapfile), "Not a directory"));
    assert_int_equal(unlink(scratch_path(directory, "maps")), 0);

    assert_int_equal(mkdir(scratch_path(directory, "maps"), 0755), 0);
    scratch_write(directory, "maps/." NAME ".tmp-01234567", "x", 1);
    assert_int_equal(mapfile_read(mapfile, 100, &bytes, &size), 1);
    assert_int_equal(scratch_count(scratch_path(directory, "maps")), 0);
    assert_int_equal(mapfile_write(mapfile, SECOND, strlen(SECOND)), 0);
    assert_int_equal(mapfile_write(mapfile, SECOND, strlen(SECOND)), 1);
    expect_content("maps/" NAME, SECOND);
    expect_content("moved/" NAME, FIRST);
    assert_int_equal(mapfile_read(mapfile, 100, &bytes, &size), 0);
    assert_int_equal(size, strlen(SECOND));
    free(bytes);
    mapfile_close(&mapfile);
}

static void test_a_link_turned_to_another_directory(void **state)
{
    (void)state;
    struct mapfile *mapfile;

    assert_int_equal(mkdir(scratch_path(directory, "a"), 0755), 0);
    assert_int_equal(mkdir(scratch_path(directory, "b"), 0755), 0);
    assert_int_equal(symlink("a", scratch_path(directory, "maps")), 0);
    mapfile = open_below();
    assert_int_equal(unlink(scratch_path(directory, "maps")), 0);
    assert_int_equal(symlink("b", scratch_path(directory, "maps")), 0);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    expect_content("b/" NAME, FIRST);
    mapfile_close(&mapfile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_removed_directory, begin, end),
        cmocka_unit_test_setup_teardown(test_a_moved_directory, begin, end),
        cmocka_unit_test_setup_teardown(test_a_link_turned_to_another_directory, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
