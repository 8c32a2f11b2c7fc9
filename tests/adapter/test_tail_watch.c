/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail_watch through tail: where inotify does not work the log is followed all the same.
 */
#include "tail_fixture.h"
#include "tail_watch.h"

#include "clock.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int init_errno, watch_errno; /* 0: works */
static int watches_left;            /* so many more watches work */
static long fs_type;                /* of every file system */

/* In place of the C library's: the tests decide what fails. */
int inotify_init1(int flags)
{
    errno = init_errno;
    return init_errno != 0 ? -1 : (int)syscall(SYS_inotify_init1, flags);
}

int inotify_add_watch(int fd, const char *path, uint32_t mask)
{
    errno = watch_errno;
    return watch_errno != 0 && watches_left-- <= 0
               ? -1
               : (int)syscall(SYS_inotify_add_watch, fd, path, mask);
}

int statfs(const char *path, struct statfs *fs)
{
    (void)path;
    *fs = (struct statfs){.f_type = fs_type};
    return 0;
}

/* In place of clock.c's. */
int64_t clock_monotonic_ms(void)
{
    return 1000;
}

int64_t clock_wall_ms(void)
{
    return 0;
}

static int begin(void **state)
{
    static struct tail_fixture fixture;

    init_errno = watch_errno = watches_left = 0;
    fs_type = EXT4_SUPER_MAGIC;
    fixture_begin(&fixture);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    fixture_end(*state);
    return 0;
}

/* Appears, is written, rotated with a late writer, truncated: all is found by looking. */
static void expect_all_styles(struct tail_fixture *f)
{
    fixture_expect(f, "");
    fixture_append(f, "app.log", "a\n");
    fixture_expect(f, "a\n");
    fixture_append(f, "app.log", "b\n");
    fixture_expect(f, "b\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "d\n");
    fixture_append(f, "app.log.1", "c\n");
    fixture_expect(f, "c\nd\n");
    fixture_append(f, "app.log.1", "late\n");
    fixture_expect(f, "late\n");
    fixture_copytruncate(f, NULL);
    fixture_expect(f, "");
    fixture_append(f, "app.log", "e\n");
    fixture_expect(f, "e\n");
}

static void test_inotify_works(void **state)
{
    struct tail_fixture *f = *state;

    fixture_open(f, NULL, false);
    assert_int_equal(fixture_stats(f).watch_errno, 0);
    expect_all_styles(f);
    assert_int_equal(fixture_stats(f).watch_errno, 0);
    assert_true(tail_fd(f->tail) >= 0);
}

static void test_no_descriptor_for_inotify(void **state)
{
    struct tail_fixture *f = *state;

    init_errno = EMFILE;
    fixture_open(f, NULL, false);
    assert_int_equal(fixture_stats(f).watch_errno, EMFILE);
    expect_all_styles(f);
    assert_int_equal(fixture_stats(f).watch_errno, EMFILE);
    assert_int_equal(tail_fd(f->tail), -1);
    init_errno = 0; /* there is one again */
    fixture_read(f);
    fixture_read(f);
    assert_int_equal(fixture_stats(f).watch_errno, 0);
    fixture_append(f, "app.log", "f\n");
    assert_true(fixture_wakes(f, 5000));
    fixture_expect(f, "f\n");
}

static void test_no_watches_left(void **state)
{
    struct tail_fixture *f = *state;

    watch_errno = ENOSPC;
    fixture_open(f, NULL, false);
    assert_int_equal(fixture_stats(f).watch_errno, ENOSPC);
    expect_all_styles(f);
    assert_int_equal(fixture_stats(f).watch_errno, ENOSPC);
    assert_false(fixture_wakes(f, 0));
    watch_errno = 0;
    fixture_read(f);
    assert_int_equal(fixture_stats(f).watch_errno, 0);
    fixture_append(f, "app.log", "f\n");
    assert_true(fixture_wakes(f, 5000));
    fixture_expect(f, "f\n");
}

/* The directory is watched, and no file of it. */
static void test_one_watch_left(void **state)
{
    struct tail_fixture *f = *state;

    watch_errno = ENOSPC;
    watches_left = 1;
    fixture_append(f, "app.log", "a\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, "a\n");
    fixture_read(f);
    assert_int_equal(fixture_stats(f).watch_errno, ENOSPC);
    fixture_append(f, "app.log", "b\n");
    fixture_expect(f, "b\n");
}

/* inotify does not tell of what other hosts write. */
static void test_network_file_systems(void **state)
{
    const long types[] = {NFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, FUSE_SUPER_MAGIC, V9FS_MAGIC,
                          CEPH_SUPER_MAGIC};
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "a\n");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        fs_type = types[i];
        fixture_open(f, NULL, true);
        fixture_expect(f, "a\n");
        fixture_read(f);
        assert_int_equal(fixture_stats(f).watch_errno, EREMOTE);
        tail_close(&f->tail);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_inotify_works),  TEST(test_no_descriptor_for_inotify), TEST(test_no_watches_left),
        TEST(test_one_watch_left), TEST(test_network_file_systems),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
