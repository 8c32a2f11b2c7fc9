/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail while it runs: files that come and go, waking up.
 */
#include "tail.h"
#include "tail_file.h"
#include "tail_fixture.h"

#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Longer than the head, so that two files can be told apart by it. */
#define PAD "................................................................"

static int64_t now_ms;

/* In place of clock.c's: the tests decide how time passes. */
int64_t clock_monotonic_ms(void)
{
    return now_ms;
}

/* Long ago: no file is too old to be read. */
int64_t clock_wall_ms(void)
{
    return 0;
}

static int begin(void **state)
{
    static struct tail_fixture fixture;

    now_ms = 1000;
    fixture_begin(&fixture);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    fixture_end(*state);
    return 0;
}

static void test_descriptor_wakes(void **state)
{
    struct tail_fixture *f = *state;

    fixture_open(f, NULL, true);
    fixture_read(f);
    assert_false(fixture_wakes(f, 0));
    fixture_append(f, "app.log", "a\n"); /* created */
    assert_true(fixture_wakes(f, 5000));
    fixture_expect(f, "a\n");
    fixture_read(f);
    assert_false(fixture_wakes(f, 0));
    fixture_append(f, "app.log", "b\n"); /* written */
    assert_true(fixture_wakes(f, 5000));
    fixture_expect(f, "b\n");
    fixture_rename(f, "app.log", "app.log.1"); /* renamed */
    assert_true(fixture_wakes(f, 5000));
    fixture_expect(f, "");
    fixture_append(f, "app.log", "");
    fixture_read(f);
    fixture_append(f, "app.log.1", "late\n"); /* a kept file written */
    assert_true(fixture_wakes(f, 5000));
    fixture_expect(f, "late\n");
}

static void test_deleted_and_created(void **state)
{
    struct tail_fixture *f = *state;
    FILE *late;

    fixture_append(f, "app.log", "1\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, "1\n");
    late = fopen(f->log, "a");
    assert_non_null(late);
    assert_int_equal(unlink(f->log), 0);
    fputs("2\n", late);
    fflush(late);
    fixture_expect(f, "2\n");
    assert_int_equal(fixture_stats(f).last_errno, ENOENT);
    assert_int_equal(fixture_stats(f).errors, 0); /* as in every rotation */
    fixture_append(f, "app.log", "4\n");
    fputs("3\n", late);
    fclose(late);
    fixture_expect(f, "3\n4\n");
    assert_int_equal(fixture_stats(f).last_errno, 0);
    assert_int_equal(fixture_position(f).offset, 2); /* what has no name cannot be found again */
}

static void test_symlink_switched(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log.1", "1\n");
    assert_int_equal(symlink("app.log.1", f->log), 0);
    fixture_open(f, NULL, true);
    fixture_expect(f, "1\n");
    fixture_append(f, "app.log.1", "2\n");
    fixture_append(f, "app.log.2", "3\n");
    assert_int_equal(symlink("app.log.2", fixture_path(f, "new")), 0);
    fixture_rename(f, "new", "app.log");
    fixture_expect(f, "2\n3\n");
    fixture_append(f, "app.log.1", "late\n");
    fixture_append(f, "app.log.2", "4\n");
    fixture_expect(f, "late\n4\n");
    now_ms += TAIL_KEEP_MS;
    fixture_read(f);
    fixture_append(f, "app.log.1", "5\n");
    assert_int_equal(symlink("app.log.1", fixture_path(f, "new")), 0);
    fixture_rename(f, "new", "app.log"); /* back to a file that was left */
    fixture_expect(f, "5\n");
}

/* A directory on the way is a link that is pointed elsewhere: the file in the old one is left. */
static void test_symlinked_directory_switched(void **state)
{
    struct tail_fixture *f = *state;

    assert_int_equal(mkdir(fixture_path(f, "one"), 0755), 0);
    assert_int_equal(mkdir(fixture_path(f, "two"), 0755), 0);
    assert_int_equal(symlink("one", fixture_path(f, "link")), 0);
    snprintf(f->log, sizeof(f->log), "%s/link/app.log", f->directory);
    fixture_append(f, "one/app.log", "1\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, "1\n");
    fixture_append(f, "one/app.log", "2\n");
    fixture_append(f, "two/app.log", "3\n");
    assert_int_equal(symlink("two", fixture_path(f, "new")), 0);
    fixture_rename(f, "new", "link");
    fixture_append(f, "one/app.log", "late\n");
    fixture_expect(f, "2\nlate\n3\n");
    fixture_append(f, "two/app.log", "4\n");
    assert_true(fixture_wakes(f, 5000));
    fixture_expect(f, "4\n");
    fixture_rename(f, "two/app.log", "two/app.log.1"); /* the new directory is watched */
    fixture_append(f, "two/app.log", "5\n");
    assert_true(fixture_wakes(f, 5000));
    fixture_expect(f, "5\n");
}

static void test_missing_file_and_directory(void **state)
{
    struct tail_fixture *f = *state;

    snprintf(f->log, sizeof(f->log), "%s/below/app.log", f->directory);
    fixture_open(f, NULL, false);
    fixture_expect(f, "");
    fixture_expect(f, "");
    assert_int_equal(fixture_stats(f).last_errno, ENOENT);
    assert_int_equal(fixture_stats(f).errors, 1); /* not one a call */
    assert_int_equal(mkdir(fixture_path(f, "below"), 0755), 0);
    fixture_expect(f, "");
    fixture_append(f, "below/app.log", "first\n");
    assert_true(fixture_wakes(f, 5000)); /* the directory is watched as soon as it is there */
    fixture_expect(f, "first\n");
    assert_int_equal(fixture_stats(f).last_errno, 0);
    fixture_rename(f, "below", "gone");
    fixture_expect(f, "");
    assert_int_equal(fixture_stats(f).last_errno, ENOENT);
    assert_int_equal(mkdir(fixture_path(f, "below"), 0755), 0);
    fixture_append(f, "below/app.log", "second\n");
    fixture_append(f, "gone/app.log", "late\n");
    fixture_expect(f, "late\nsecond\n");
    assert_int_equal(fixture_stats(f).errors, 1);
}

static void test_permission(void **state)
{
    struct tail_fixture *f = *state;
    uid_t self = geteuid();

    fixture_append(f, "app.log", "1\n");
    assert_int_equal(chmod(f->directory, 0755), 0);
    assert_int_equal(chmod(f->log, 0), 0);
    if (self == 0)
        assert_int_equal(seteuid(65534), 0); /* root may read everything */
    fixture_open(f, NULL, true);
    fixture_expect(f, "");
    assert_int_equal(fixture_stats(f).last_errno, EACCES);
    if (self == 0)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(f->log, 0644), 0);
    assert_true(fixture_wakes(f, 5000));
    fixture_expect(f, "1\n");
    assert_int_equal(fixture_stats(f).last_errno, 0);
}

static void test_close_null(void **state)
{
    struct tail *none = NULL;

    (void)state;
    tail_close(&none);
}

static void test_two_rotations_between_two_reads(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "1\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, "1\n");
    fixture_append(f, "app.log", "2\n");
    fixture_rename(f, "app.log", "app.log.2");
    fixture_append(f, "app.log", "3\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log.1.gz", "compressed\n");
    fixture_append(f, "app.log.old", "something else\n");
    fixture_append(f, "other.log.1", "something else\n");
    fixture_append(f, "app.log", "4\n");
    fixture_expect(f, "2\n3\n4\n");
    assert_int_equal(fixture_stats(f).rotations, 2);
}

static void test_copytruncate_rest_in_the_copies(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", PAD "1\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, PAD "1\n");
    fixture_append(f, "app.log", "2\n");
    fixture_copytruncate(f, "app.log.2");
    fixture_append(f, "app.log", "3\n");
    fixture_copytruncate(f, "app.log.1");
    fixture_append(f, "app.log", "4\n");
    fixture_expect(f, "2\n3\n4\n");
    assert_int_equal(fixture_stats(f).truncated, 2);
    fixture_append(f, "app.log", "5\n");
    fixture_expect(f, "5\n");
}

/* A small budget: the log is truncated again while the copy is still being read. */
static void test_copytruncate_while_a_copy_is_read(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", PAD "1\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, PAD "1\n");
    fixture_append(f, "app.log", "2\n3\n4\n");
    fixture_copytruncate(f, "app.log.3");
    assert_true(tail_read(f->tail, 1, &f->reader)); /* the log is empty */
    assert_true(tail_read(f->tail, 1, &f->reader));
    fixture_append(f, "app.log", PAD "5\n");
    assert_true(tail_read(f->tail, 1, &f->reader));
    fixture_copytruncate(f, "app.log.2");
    fixture_append(f, "app.log", PAD "6\n");
    fixture_expect(f, "2\n3\n4\n" PAD "5\n" PAD "6\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_descriptor_wakes),
        TEST(test_deleted_and_created),
        TEST(test_symlink_switched),
        TEST(test_symlinked_directory_switched),
        TEST(test_missing_file_and_directory),
        TEST(test_permission),
        TEST(test_close_null),
        TEST(test_two_rotations_between_two_reads),
        TEST(test_copytruncate_rest_in_the_copies),
        TEST(test_copytruncate_while_a_copy_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
