/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail_list through tail: files that lost the name.
 */
#include "tail_file.h"
#include "tail_fixture.h"
#include "tail_list.h"

#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static void test_rename_and_create_with_a_late_writer(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor old, now;

    fixture_append(f, "app.log", "1\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, "1\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log.1", "2\n");
    fixture_expect(f, "2\n"); /* nothing has the name: the old file is the log */
    assert_int_equal(fixture_stats(f).last_errno, ENOENT);
    old = fixture_position(f);
    fixture_append(f, "app.log.1", "3\n");
    fixture_append(f, "app.log", "5\n");
    fixture_append(f, "app.log.1", "4\n");
    fixture_expect(f, "3\n4\n5\n"); /* the old one to its end first */
    assert_int_equal(fixture_stats(f).last_errno, 0);
    assert_int_equal(fixture_stats(f).rotations, 1);
    now_ms += TAIL_KEEP_MS - 1;
    fixture_append(f, "app.log.1", "late\n");
    fixture_append(f, "app.log", "6\n");
    fixture_expect(f, "late\n6\n");
    now = fixture_position(f);
    assert_int_equal(now.inode, old.inode);
    assert_int_equal(now.offset, 13);
    now_ms += TAIL_KEEP_MS - 1;
    fixture_read(f);
    fixture_append(f, "app.log.1", "very late\n");
    fixture_expect(f, "very late\n");
    now_ms += TAIL_KEEP_MS;
    fixture_read(f);
    assert_int_not_equal(fixture_position(f).inode, old.inode); /* now it is left */
    assert_int_equal(fixture_position(f).offset, 4);
    fixture_append(f, "app.log.1", "too late\n");
    fixture_append(f, "app.log", "7\n");
    fixture_expect(f, "7\n");
}

static void test_idle_log_with_a_late_writer(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "1\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, "1\n");
    now_ms += 10 * TAIL_KEEP_MS;
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "");
    fixture_expect(f, ""); /* quiet for long, but only now without its name */
    fixture_append(f, "app.log.1", "late\n");
    fixture_expect(f, "late\n");
}

static void test_unread_files_are_not_left(void **state)
{
    struct tail_fixture *f = *state;

    fixture_open(f, NULL, true);
    fixture_append(f, "app.log", "1\n");
    fixture_expect(f, "1\n");
    fixture_rename(f, "app.log", "app.log.2");
    fixture_append(f, "app.log", "2\n");
    fixture_expect(f, "2\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "3\n");
    fixture_expect(f, "3\n");
    now_ms += TAIL_KEEP_MS;
    fixture_append(f, "app.log.2", "late 1\nlate 2\n");
    fixture_append(f, "app.log.1", "late 3\n");
    assert_true(tail_read(f->tail, 1, &f->reader)); /* does not get beyond app.log.2 */
    fixture_expect(f, "late 1\nlate 2\nlate 3\n");
}

static void test_left_files_are_not_read_again(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "1\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, "1\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "");
    fixture_append(f, "app.log.1", "late\n");
    fixture_expect(f, "late\n");
    now_ms += TAIL_KEEP_MS;
    fixture_read(f); /* app.log.1 is left */
    fixture_rename(f, "app.log.1", "app.log.2");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "2\n");
    fixture_expect(f, "2\n"); /* though app.log.2 was written after app.log.1 */
}

static void test_name_given_back(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "1\n");
    fixture_open(f, NULL, true);
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "2\n");
    fixture_expect(f, "1\n2\n");
    now_ms += TAIL_KEEP_MS - 1;
    fixture_rename(f, "app.log", "app.log.0");
    fixture_rename(f, "app.log.1", "app.log");
    fixture_append(f, "app.log", "3\n");
    fixture_expect(f, "3\n");
    assert_int_equal(fixture_stats(f).rotations, 2);
    now_ms += TAIL_KEEP_MS - 1;
    fixture_read(f);
    fixture_append(f, "app.log.0", "late\n");
    fixture_expect(f, "late\n");
    now_ms += TAIL_KEEP_MS;
    fixture_read(f);
    fixture_append(f, "app.log.0", "too late\n");
    fixture_append(f, "app.log", "4\n");
    fixture_expect(f, "4\n");
}

/* Files of one instant may come in any order: counts lines instead. */
static void test_more_rotations_than_files(void **state)
{
    struct tail_fixture *f = *state;
    char name[32], line[32];

    fixture_append(f, "app.log", "[0]\n");
    fixture_open(f, NULL, true);
    fixture_read(f);
    for (int i = 1; i <= 100; i++) {
        snprintf(name, sizeof(name), "app.log.%d", i);
        fixture_rename(f, "app.log", name);
        snprintf(line, sizeof(line), "[%d]\n", i);
        fixture_append(f, "app.log", line);
        if (i % 50 == 0)
            fixture_read(f);
    }
    for (int i = 0; i <= 100; i++) {
        const char *found;

        snprintf(line, sizeof(line), "[%d]\n", i);
        found = strstr(f->text, line);
        assert_non_null(found);
        assert_null(strstr(found + 1, line));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rename_and_create_with_a_late_writer),
        TEST(test_idle_log_with_a_late_writer),
        TEST(test_unread_files_are_not_left),
        TEST(test_left_files_are_not_read_again),
        TEST(test_name_given_back),
        TEST(test_more_rotations_than_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
