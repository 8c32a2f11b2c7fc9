/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail_find through tail: what happened to the log while nobody followed.
 */
#include "tail_file.h"
#include "tail_find.h"
#include "tail_fixture.h"

#include "clock.h"

#include <errno.h>
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

static int64_t now_ms;

/* In place of clock.c's: the tests decide how time passes. */
int64_t clock_monotonic_ms(void)
{
    return now_ms;
}

int64_t clock_wall_ms(void)
{
    return 0; /* long ago: no file is too old to be read */
}

/* A log whose first two lines were read, and which is not followed. */
static int begin(void **state)
{
    static struct tail_fixture fixture;
    static struct tail_cursor cursor;

    now_ms = 1000;
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

static void test_same_file(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_append(f, "app.log", "c\nd");
    fixture_open(f, &cursor, true);
    assert_int_equal(fixture_position(f).offset, cursor.offset);
    fixture_expect(f, "c\n");
    assert_int_equal(f->live_count, 0);
    fixture_append(f, "app.log", "\n");
    fixture_expect(f, "d\n");
    assert_int_equal(fixture_stats(f).rotations, 0);
    assert_int_equal(fixture_stats(f).truncated, 0);
}

static void test_device_number_changed(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    cursor.device++; /* the next boot may number it otherwise */
    fixture_append(f, "app.log", "c\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\n");
}

static void test_rotated(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "d\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\n");
    assert_int_equal(fixture_position(f).inode, cursor.inode); /* a late writer may still come */
    fixture_append(f, "app.log.1", "late\n");
    fixture_expect(f, "late\n");
    now_ms += TAIL_KEEP_MS;
    fixture_read(f);
    assert_int_not_equal(fixture_position(f).inode, cursor.inode);
    assert_int_equal(fixture_stats(f).rotations, 1);
}

static void test_rotated_to_a_name_of_any_kind(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "saved");
    fixture_append(f, "app.log", "d\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\n");
}

static void test_rotated_three_times(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "app.log-20261121");
    fixture_append(f, "app.log", "d\n");
    fixture_rename(f, "app.log", "app-20261122.log");
    fixture_append(f, "app.log.2.gz", "compressed\n");
    fixture_append(f, "app.log", "e\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\ne\n");
}

static void test_stopped_while_a_file_is_kept(void **state)
{
    struct tail_fixture *f = *state;

    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "c\n");
    fixture_expect(f, "c\n");
    fixture_append(f, "app.log.1", "late\n"); /* never seen before the restart */
    fixture_append(f, "app.log", "d\n");
    fixture_restart(f);
    fixture_expect(f, "late\nc\nd\n"); /* c twice: harmless */
}

static void test_rotated_and_not_yet_created(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\n");
    assert_int_equal(fixture_stats(f).last_errno, ENOENT);
    fixture_append(f, "app.log", "d\n");
    fixture_expect(f, "d\n");
    assert_int_equal(fixture_stats(f).last_errno, 0);
}

/* rspamd has not opened a new log: what was rotated is read all the same. */
static void test_rotated_twice_and_no_log(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "app.log.2");
    fixture_append(f, "app.log", "d\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\n");
    assert_int_equal(fixture_stats(f).last_errno, ENOENT);
    fixture_append(f, "app.log", "e\n");
    fixture_expect(f, "e\n");
}

static void test_away_and_back(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    assert_int_equal(mkdir(fixture_path(f, "away"), 0755), 0);
    fixture_rename(f, "app.log", "away/app.log"); /* as a file system mounted late */
    fixture_open(f, &cursor, false);
    fixture_expect(f, "");
    assert_int_equal(fixture_position(f).inode, cursor.inode);
    assert_int_equal(fixture_position(f).offset, cursor.offset);
    fixture_rename(f, "away/app.log", "app.log");
    fixture_append(f, "app.log", "c\n");
    fixture_expect(f, "c\n");
}

static void test_gone(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "c\nd\n"); /* before the inode is free for it */
    assert_int_equal(unlink(fixture_path(f, "app.log.1")), 0);
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\n");
    assert_int_equal(fixture_position(f).offset, 4);
}

static void test_truncated_shorter(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_copytruncate(f, NULL);
    fixture_append(f, "app.log", "c\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\n");
    assert_int_equal(fixture_stats(f).truncated, 1);
}

static void test_truncated_and_longer(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_copytruncate(f, NULL);
    fixture_append(f, "app.log", "c\n" PAD PAD "\nd\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\n" PAD PAD "\nd\n");
    assert_int_equal(fixture_stats(f).truncated, 1);
}

static void test_same_head_but_no_line_ends_at_the_offset(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor;

    for (int i = 0; i < 10; i++)
        fixture_append(f, "app.log", PAD "\n");
    fixture_read(f);
    cursor = stop(f);
    assert_int_equal(cursor.head_bytes, TAIL_HEAD_BYTES_MAX);
    assert_int_equal(truncate(f->log, (off_t)cursor.offset - 70), 0);
    fixture_append(f, "app.log", PAD PAD "\n");
    f->text_length = 0;
    fixture_open(f, &cursor, false);
    fixture_read(f);
    assert_memory_equal(f->text, PAD "a\nb\n", sizeof(PAD "a\nb\n") - 1); /* from the beginning */
}

static void test_copytruncated(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_append(f, "app.log", "c\n");
    fixture_copytruncate(f, "app.log.1");
    fixture_append(f, "app.log", "d\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\n");
    fixture_restart(f);
    fixture_expect(f, "d\n"); /* the position was in the copy */
}

static void test_copytruncated_with_a_short_head(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor;

    fixture_copytruncate(f, NULL);
    fixture_append(f, "app.log", "x\n");
    fixture_expect(f, "x\n");
    cursor = stop(f);
    fixture_append(f, "app.log.2", "x\nanother log that begins like it\n");
    fixture_copytruncate(f, NULL);
    fixture_append(f, "app.log", "d\n");
    fixture_open(f, &cursor, false);
    /* Two bytes prove nothing: it is read as any rotated file is, from its beginning. */
    fixture_expect(f, "x\nanother log that begins like it\nd\n");
}

static void test_same_inode_as_another_file(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);
    struct stat st;

    fixture_rename(f, "app.log", "app.log.1");
    assert_int_equal(unlink(fixture_path(f, "app.log.1")), 0);
    fixture_append(f, "app.log", "c\n");
    assert_int_equal(stat(f->log, &st), 0);
    cursor.inode = st.st_ino; /* as if the number had been given again */
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\n");
}

/* The position was taken while the log was empty, so nothing is known of its content. The file that
 * has its inode number now came into being later: what was rotated is looked for. */
static void test_same_inode_and_nothing_known(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor;
    struct stat st;

    tail_close(&f->tail);
    assert_int_equal(truncate(f->log, 0), 0);
    fixture_open(f, NULL, false);
    cursor = stop(f);
    assert_int_equal(cursor.head_bytes, 0);
    if (cursor.born == 0)
        skip(); /* this file system does not tell */
    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "d\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\n");
    tail_close(&f->tail);
    assert_int_equal(stat(f->log, &st), 0);
    cursor.inode = st.st_ino; /* as if the number had been given again */
    cursor.born++;
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\n");
    assert_int_equal(fixture_stats(f).gone, 1);
    assert_int_equal(fixture_stats(f).truncated, 0);
}

static void test_rotated_beside_the_target_of_a_symlink(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor;

    assert_int_equal(mkdir(fixture_path(f, "data"), 0755), 0);
    fixture_rename(f, "app.log", "data/real.log");
    assert_int_equal(symlink("data/real.log", f->log), 0);
    fixture_expect(f, "");
    cursor = stop(f);
    fixture_append(f, "data/real.log", "c\n");
    fixture_rename(f, "data/real.log", "data/real.log.2");
    fixture_append(f, "data/real.log", "d\n");
    fixture_rename(f, "data/real.log", "data/real.log.1");
    fixture_append(f, "data/real.log", "e\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\ne\n");
}

static void test_cursors_of_nonsense(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor good = stop(f);
    struct tail_cursor cursors[] = {
        {0}, good, good, good, {~0ull, ~0ull, ~0ull, ~0ull, ~0u, ~0u},
    };

    cursors[1].head_bytes = 100000;
    cursors[2].offset = UINT64_MAX;
    cursors[3].head_hash++;
    for (size_t i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
        fixture_open(f, &cursors[i], false);
        fixture_expect(f, PAD "a\nb\n");
        tail_close(&f->tail);
    }
}

static void test_position_of_nothing(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor;

    tail_close(&f->tail);
    assert_int_equal(unlink(f->log), 0);
    fixture_open(f, NULL, false);
    cursor = stop(f);
    fixture_append(f, "app.log", "first\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "first\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_same_file),
        TEST(test_device_number_changed),
        TEST(test_rotated),
        TEST(test_rotated_to_a_name_of_any_kind),
        TEST(test_rotated_three_times),
        TEST(test_stopped_while_a_file_is_kept),
        TEST(test_rotated_and_not_yet_created),
        TEST(test_rotated_twice_and_no_log),
        TEST(test_away_and_back),
        TEST(test_gone),
        TEST(test_truncated_shorter),
        TEST(test_truncated_and_longer),
        TEST(test_same_head_but_no_line_ends_at_the_offset),
        TEST(test_copytruncated),
        TEST(test_copytruncated_with_a_short_head),
        TEST(test_same_inode_as_another_file),
        TEST(test_same_inode_and_nothing_known),
        TEST(test_rotated_beside_the_target_of_a_symlink),
        TEST(test_cursors_of_nonsense),
        TEST(test_position_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
