/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail when the file that the cursor names is gone: what was rotated since is found and read.
 */
#include "tail_fixture.h"

#include "clock.h"

#include <bansync/limits.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Longer than the head, so that two files can be told apart by it. */
#define PAD "................................................................"

static int64_t now_ms, wall_ms;

/* In place of clock.c's: the tests decide how time passes. */
int64_t clock_monotonic_ms(void)
{
    return now_ms;
}

int64_t clock_wall_ms(void)
{
    return wall_ms;
}

/* A log whose first two lines were read, and which is not followed. */
static int begin(void **state)
{
    static struct tail_fixture fixture;
    static struct tail_cursor cursor;

    now_ms = 1000;
    wall_ms = 0; /* long ago: no file is too old to be read */
    fixture_begin(&fixture);
    fixture_append(&fixture, "app.log", PAD "a\nb\n");
    fixture_open(&fixture, NULL, true);
    fixture_expect(&fixture, PAD "a\nb\n");
    cursor = fixture_position(&fixture);
    assert_int_equal(cursor.offset, sizeof(PAD "a\nb\n") - 1);
    assert_int_equal(cursor.head_bytes, cursor.offset);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    fixture_end(*state);
    return 0;
}

/* Stops following; returns where. */
static struct tail_cursor stop(struct tail_fixture *f)
{
    struct tail_cursor cursor = fixture_position(f);

    tail_close(&f->tail);
    return cursor;
}

/* Two rotations, and the file that was being read is removed: log, log.1 and no log.2. */
static void test_gone_after_two_rotations(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_rename(f, "app.log", "app.log.2");
    fixture_append(f, "app.log", "c\nd\ne\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "f\ng\nh\ni\n");
    fixture_append(f, "app.log.3.gz", "compressed\n");
    fixture_append(f, "app.log.old", "something else\n");
    assert_int_equal(unlink(fixture_path(f, "app.log.2")), 0);
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\ne\nf\ng\nh\ni\n");
    assert_int_equal(f->live_count, 0);
    fixture_append(f, "app.log", "j\n");
    fixture_expect(f, "j\n");
}

static void test_gone_and_the_log_not_yet_created(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_append(f, "app.log.1", "c\n");
    assert_int_equal(unlink(f->log), 0);
    fixture_open(f, &cursor, false);
    fixture_expect(f, "");
    fixture_append(f, "app.log", "d\n");
    fixture_expect(f, "c\nd\n");
}

/* More rotated files than can be open at once. */
static void test_gone_after_many_rotations(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);
    char name[32], line[16], expected[2048] = "";

    fixture_rename(f, "app.log", "app.log.99");
    for (int i = 0; i < 70; i++) {
        struct timespec times[2] = {{.tv_sec = 1000 + i}, {.tv_sec = 1000 + i}};

        snprintf(name, sizeof(name), "app.log-%d", 70 - i);
        snprintf(line, sizeof(line), "%d\n", i);
        fixture_append(f, name, line);
        assert_int_equal(utimensat(AT_FDCWD, fixture_path(f, name), times, 0), 0);
        memcpy(expected + strlen(expected), line, strlen(line) + 1);
    }
    fixture_append(f, "app.log", "end\n");
    assert_int_equal(unlink(fixture_path(f, "app.log.99")), 0);
    fixture_open(f, &cursor, false);
    memcpy(expected + strlen(expected), "end\n", sizeof("end\n"));
    fixture_expect(f, expected);
}

/* What was written last longer ago than any window is not read again. */
static void test_gone_and_rotated_long_ago(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);
    const int64_t window_s = WINDOW_MS_MAX / 1000;
    struct timespec old[2] = {{.tv_sec = 999}, {.tv_sec = 999}};
    struct timespec young[2] = {{.tv_sec = 1001}, {.tv_sec = 1001}};

    wall_ms = (1000 + window_s) * 1000;
    fixture_append(f, "app.log.2", "old\n");
    fixture_append(f, "app.log.1", "young\n");
    assert_int_equal(utimensat(AT_FDCWD, fixture_path(f, "app.log.2"), old, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, fixture_path(f, "app.log.1"), young, 0), 0);
    fixture_rename(f, "app.log", "app.log.3");
    fixture_append(f, "app.log", "c\n");
    assert_int_equal(unlink(fixture_path(f, "app.log.3")), 0);
    fixture_open(f, &cursor, false);
    fixture_expect(f, "young\nc\n");
}

/* As above by copytruncate: the log is the same file, and the first copy is gone. */
static void test_truncated_twice_and_the_copy_gone(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_copytruncate(f, NULL);
    fixture_append(f, "app.log", "c\n");
    fixture_copytruncate(f, "app.log.1");
    fixture_append(f, "app.log", "d\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\n");
    assert_int_equal(fixture_stats(f).truncated, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_gone_after_two_rotations),          TEST(test_gone_and_the_log_not_yet_created),
        TEST(test_gone_after_many_rotations),         TEST(test_gone_and_rotated_long_ago),
        TEST(test_truncated_twice_and_the_copy_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
