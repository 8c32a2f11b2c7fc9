/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mapfile: what a reader sees while the map is replaced, what is refused, what a failure leaves
 * behind.
 */
#include "mapfile.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NAME "ip_blacklist_ratelimit.map"
#define FIRST "# map\n192.0.2.1\n"
#define SECOND "# map\n192.0.2.1\n198.51.100.0/24\n"
#define REWRITES 2000
#define BIG_BYTES 200000

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

static struct mapfile *open_map(void)
{
    struct mapfile *mapfile = mapfile_open(scratch_path(directory, NAME), error, sizeof error);

    if (mapfile == NULL)
        fail_msg("%s", error);
    return mapfile;
}

static void expect_refused(const char *path, const char *why)
{
    error[0] = '\0';
    assert_null(mapfile_open(path, error, sizeof error));
    if (strstr(error, why) == NULL)
        fail_msg("'%s' does not say '%s'", error, why);
}

static void expect_content(const char *name, const char *text)
{
    size_t size = 0;
    char *bytes = scratch_read(directory, name, &size);

    assert_string_equal(bytes, text);
    assert_int_equal(size, strlen(text));
    free(bytes);
}

static struct stat status_of(const char *name)
{
    struct stat status;

    assert_int_equal(stat(scratch_path(directory, name), &status), 0);
    return status;
}

static void test_writes_whatever_the_umask(void **state)
{
    (void)state;
    mode_t mask = umask(077);
    struct mapfile *mapfile = open_map();

    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    expect_content(NAME, FIRST);
    assert_int_equal(status_of(NAME).st_mode, S_IFREG | 0644);
    assert_int_equal(mapfile_write(mapfile, SECOND, strlen(SECOND)), 0);
    expect_content(NAME, SECOND);
    assert_int_equal(mapfile_write(mapfile, "", 0), 0);
    expect_content(NAME, "");
    assert_int_equal(scratch_count(directory), 1);
    mapfile_close(&mapfile);
    assert_null(mapfile);
    mapfile_close(&mapfile);
    umask(mask);
}

static void test_unchanged_content_is_not_rewritten(void **state)
{
    (void)state;
    struct mapfile *mapfile = open_map();

    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    struct stat before = status_of(NAME);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 1);
    mapfile_close(&mapfile);
    mapfile = open_map();
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 1);
    struct stat after = status_of(NAME);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);

    /* Same size, one byte other. */
    assert_int_equal(mapfile_write(mapfile, "# map\n192.0.2.2\n", strlen(FIRST)), 0);
    expect_content(NAME, "# map\n192.0.2.2\n");
    mapfile_close(&mapfile);
}

static void test_differences_behind_the_first_block_are_seen(void **state)
{
    (void)state;
    struct mapfile *mapfile = open_map();
    char *big = malloc(BIG_BYTES);
    size_t size = 0;

    assert_non_null(big);
    memset(big, 'x', BIG_BYTES);
    assert_int_equal(mapfile_write(mapfile, big, BIG_BYTES), 0);
    assert_int_equal(mapfile_write(mapfile, big, BIG_BYTES), 1);
    big[BIG_BYTES - 1] = 'y';
    assert_int_equal(mapfile_write(mapfile, big, BIG_BYTES), 0);
    char *bytes = scratch_read(directory, NAME, &size);
    assert_int_equal(size, BIG_BYTES);
    assert_memory_equal(bytes, big, BIG_BYTES);
    free(bytes);
    free(big);
    mapfile_close(&mapfile);
}

static void test_special_targets_are_refused(void **state)
{
    (void)state;
    struct mapfile *mapfile = open_map();
    char path[2 * SCRATCH_PATH_SIZE];
    char *bytes = NULL;
    size_t size = 0;

    snprintf(path, sizeof path, "%s", scratch_path(directory, NAME));
    scratch_write(directory, "other", "kept", 4);
    assert_int_equal(symlink("other", path), 0);
    expect_refused(path, "symbolic link");
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), -1);
    assert_non_null(strstr(mapfile_error(mapfile), "symbolic link"));
    assert_int_equal(mapfile_read(mapfile, 100, &bytes, &size), -1);
    expect_content("other", "kept");
    unlink(path);
    assert_int_equal(symlink("nowhere", path), 0);
    expect_refused(path, "symbolic link");
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), -1);
    assert_false(scratch_exists(directory, "nowhere"));
    unlink(path);

    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refused(path, "no regular file");
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), -1);
    assert_int_equal(mapfile_read(mapfile, 100, &bytes, &size), -1);
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_refused(path, "no regular file");
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), -1);
    assert_int_equal(mapfile_read(mapfile, 100, &bytes, &size), -1);
    rmdir(path);

    assert_int_equal(scratch_count(directory), 1);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    mapfile_close(&mapfile);
}

static void test_paths(void **state)
{
    (void)state;
    char long_name[300];
    char here[4096];
    mode_t mask = umask(077);

    struct mapfile *mapfile =
        mapfile_open(scratch_path(directory, "maps/" NAME), error, sizeof error);
    assert_non_null(mapfile);
    assert_int_equal(status_of("maps").st_mode, S_IFDIR | 0755);
    mapfile_close(&mapfile);
    umask(mask);

    assert_int_equal(symlink("maps", scratch_path(directory, "link")), 0);
    mapfile = mapfile_open(scratch_path(directory, "link/" NAME), error, sizeof error);
    assert_non_null(mapfile);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    expect_content("maps/" NAME, FIRST);
    mapfile_close(&mapfile);

    expect_refused(scratch_path(directory, "no/such/" NAME), "No such file");
    expect_refused(scratch_path(directory, "maps/" NAME "/x"), "Not a directory");
    expect_refused(scratch_path(directory, "maps/"), "names a directory");
    expect_refused("..", "names a directory");
    expect_refused("", "names a directory");
    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    expect_refused(long_name, "too long");

    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(directory), 0);
    mapfile = mapfile_open("plain.map", error, sizeof error);
    assert_int_equal(chdir(here), 0);
    assert_non_null(mapfile);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    expect_content("plain.map", FIRST);
    mapfile_close(&mapfile);
}

static void test_left_over_files_of_ours_are_removed(void **state)
{
    (void)state;
    static const char *const kept[] = {
        "." NAME ".tmp-0123456",   "." NAME ".tmp-0123456789", "." NAME ".tmp-0123456x",
        ".other.map.tmp-01234567", NAME ".tmp-01234567",       "." NAME ".bak-01234567",
    };
    size_t kept_count = sizeof kept / sizeof kept[0];

    scratch_write(directory, "." NAME ".tmp-0123cdef", "x", 1);
    scratch_write(directory, "." NAME ".tmp-00000000", "x", 1);
    for (size_t i = 0; i < kept_count; i++)
        scratch_write(directory, kept[i], "x", 1);
    struct mapfile *mapfile = open_map();
    assert_int_equal(scratch_count(directory), kept_count);
    mapfile_close(&mapfile);
}

static void test_read(void **state)
{
    (void)state;
    struct mapfile *mapfile = open_map();
    char *bytes = NULL;
    size_t size = 0;

    assert_int_equal(mapfile_read(mapfile, 100, &bytes, &size), 1);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    assert_int_equal(mapfile_read(mapfile, strlen(FIRST), &bytes, &size), 0);
    assert_int_equal(size, strlen(FIRST));
    assert_memory_equal(bytes, FIRST, size);
    free(bytes);
    assert_int_equal(mapfile_read(mapfile, strlen(FIRST) - 1, &bytes, &size), -1);
    assert_non_null(strstr(mapfile_error(mapfile), "too large"));
    assert_int_equal(mapfile_write(mapfile, "", 0), 0);
    assert_int_equal(mapfile_read(mapfile, 0, &bytes, &size), 0);
    assert_int_equal(size, 0);
    free(bytes);
    mapfile_close(&mapfile);
}

/* A full disk, as far as it can be had without a file system of one's own: no file may grow. */
static void test_remove(void **state)
{
    struct mapfile *mapfile = open_map();
    char *bytes;
    size_t size;

    (void)state;
    assert_int_equal(mapfile_remove(mapfile), 0);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    assert_int_equal(mapfile_remove(mapfile), 0);
    assert_int_equal(mapfile_read(mapfile, BIG_BYTES, &bytes, &size), 1);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    expect_content(NAME, FIRST);
    mapfile_close(&mapfile);
}

static void test_a_failed_write_leaves_the_old_content(void **state)
{
    (void)state;
    struct mapfile *mapfile = open_map();
    struct rlimit unlimited;
    struct rlimit small;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(mapfile_write(mapfile, FIRST, strlen(FIRST)), 0);
    for (rlim_t limit = 0; limit < strlen(SECOND); limit += 5) {
        small = (struct rlimit){.rlim_cur = limit, .rlim_max = unlimited.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        int result = mapfile_write(mapfile, SECOND, strlen(SECOND));
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
        assert_int_equal(result, -1);
        assert_non_null(strstr(mapfile_error(mapfile), "File too large"));
        expect_content(NAME, FIRST);
        assert_int_equal(scratch_count(directory), 1);
    }
    assert_int_equal(mapfile_write(mapfile, SECOND, strlen(SECOND)), 0);
    expect_content(NAME, SECOND);
    mapfile_close(&mapfile);
}

static void fill(char *bytes, size_t size, char letter)
{
    memset(bytes, letter, size);
    bytes[size - 1] = '\n';
}

/* Reads the map until stop can be read; exit code 0 if every reading was one of the two contents.
 */
static void read_all_the_time(const char *path, int stop, const char *a, size_t a_size,
                              const char *b, size_t b_size)
{
    static char buffer[2 * BIG_BYTES];
    unsigned readings = 0;
    char byte;

    fcntl(stop, F_SETFL, O_NONBLOCK);
    while (read(stop, &byte, 1) < 0) {
        size_t size = 0;
        ssize_t got;
        int fd = open(path, O_RDONLY);
        if (fd < 0)
            _exit(2);
        while ((got = read(fd, buffer + size, sizeof buffer - size)) > 0)
            size += (size_t)got;
        close(fd);
        if (!(size == a_size && memcmp(buffer, a, size) == 0) &&
            !(size == b_size && memcmp(buffer, b, size) == 0))
            _exit(3);
        readings++;
    }
    _exit(readings > 0 ? 0 : 4);
}

static void test_a_reader_never_sees_it_missing_short_or_torn(void **state)
{
    (void)state;
    static char a[BIG_BYTES];
    static char b[BIG_BYTES / 2];
    struct mapfile *mapfile = open_map();
    int stop[2];
    int status = 0;

    fill(a, sizeof a, 'a');
    fill(b, sizeof b, 'b');
    assert_int_equal(mapfile_write(mapfile, a, sizeof a), 0);
    assert_int_equal(pipe(stop), 0);
    pid_t reader = fork();
    assert_true(reader >= 0);
    if (reader == 0) {
        close(stop[1]);
        read_all_the_time(scratch_path(directory, NAME), stop[0], a, sizeof a, b, sizeof b);
    }
    close(stop[0]);
    for (int i = 0; i < REWRITES; i++)
        assert_int_equal(i % 2 == 0 ? mapfile_write(mapfile, b, sizeof b)
                                    : mapfile_write(mapfile, a, sizeof a),
                         0);
    close(stop[1]);
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    mapfile_close(&mapfile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_writes_whatever_the_umask, begin, end),
        cmocka_unit_test_setup_teardown(test_unchanged_content_is_not_rewritten, begin, end),
        cmocka_unit_test_setup_teardown(test_differences_behind_the_first_block_are_seen, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_special_targets_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_paths, begin, end),
        cmocka_unit_test_setup_teardown(test_left_over_files_of_ours_are_removed, begin, end),
        cmocka_unit_test_setup_teardown(test_read, begin, end),
        cmocka_unit_test_setup_teardown(test_remove, begin, end),
        cmocka_unit_test_setup_teardown(test_a_failed_write_leaves_the_old_content, begin, end),
        cmocka_unit_test_setup_teardown(test_a_reader_never_sees_it_missing_short_or_torn, begin,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
