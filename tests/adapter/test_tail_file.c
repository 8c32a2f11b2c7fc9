/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail_file through tail: lines, budget, truncation, what is no file.
 */
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

static void test_begins_at_the_end(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "old 1\nold 2\n");
    fixture_open(f, NULL, false);
    fixture_expect(f, "");
    fixture_append(f, "app.log", "new\n");
    fixture_expect(f, "new\n");
    assert_int_equal(f->last_offset, 12);
}

static void test_an_unfinished_line_at_the_end_is_new(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "old\nbegun");
    fixture_open(f, NULL, false);
    fixture_expect(f, "");
    fixture_append(f, "app.log", " and ended\n");
    fixture_expect(f, "begun and ended\n");
}

static void test_begins_inside_a_line_too_long(void **state)
{
    struct tail_fixture *f = *state;

    fixture_fill(f, "app.log", 'x', LINE_BYTES_MAX + 100);
    fixture_open(f, NULL, false);
    fixture_append(f, "app.log", "no line\nline\n");
    fixture_expect(f, "line\n");
}

static void test_begins_at_the_beginning(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "one\n\ntwo\r\nthree");
    fixture_open(f, NULL, true);
    fixture_expect(f, "one\n\ntwo\r\n");
    assert_int_equal(fixture_position(f).offset, 10);
    fixture_append(f, "app.log", "\n");
    fixture_expect(f, "three\n");
}

static void test_live_lines(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "old\nbegun");
    fixture_open(f, NULL, true);
    fixture_read(f);
    fixture_append(f, "app.log", " before\n");
    fixture_read(f);
    assert_int_equal(f->live_count, 0);
    fixture_append(f, "app.log", "new\n");
    fixture_expect(f, "old\nbegun before\nnew\n");
    assert_int_equal(f->live_count, 1);
}

/* A reader that was held up does not know when a line appeared: not all of them came just now. */
static void test_lines_that_waited_are_not_live(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "old\n");
    fixture_open(f, NULL, true);
    fixture_read(f);
    now_ms += TAIL_LIVE_MS + 1;
    fixture_append(f, "app.log", "waited\n");
    fixture_read(f);
    assert_int_equal(f->live_count, 0);
    now_ms += TAIL_LIVE_MS;
    fixture_append(f, "app.log", "new\n");
    fixture_expect(f, "old\nwaited\nnew\n");
    assert_int_equal(f->live_count, 1);
}

static void test_longest_line(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "a\n");
    fixture_fill(f, "app.log", 'x', LINE_BYTES_MAX);
    fixture_open(f, NULL, true);
    fixture_expect(f, "a\n");
    fixture_append(f, "app.log", "\nb\n");
    fixture_read(f);
    assert_int_equal(f->text_length, LINE_BYTES_MAX + 1 + 2);
    assert_int_equal(fixture_stats(f).too_long, 0);
}

static void test_line_too_long(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "a\n");
    fixture_fill(f, "app.log", 'x', LINE_BYTES_MAX + 1);
    fixture_append(f, "app.log", "\nb\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, "a\nb\n");
    assert_int_equal(f->last_offset, 2 + LINE_BYTES_MAX + 2);
    assert_int_equal(fixture_stats(f).too_long, 1);
}

static void test_line_far_too_long_in_pieces(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "a\n");
    fixture_open(f, NULL, true);
    for (int i = 0; i < 20; i++) {
        fixture_fill(f, "app.log", 'x', 50000);
        fixture_read(f);
        assert_int_equal(fixture_position(f).offset, 2); /* its rest must not become a line */
    }
    assert_int_equal(fixture_stats(f).too_long, 1);
    fixture_append(f, "app.log", "end\nb\n");
    fixture_expect(f, "a\nb\n");
    assert_int_equal(fixture_stats(f).too_long, 1);
    assert_int_equal(fixture_position(f).offset, 2 + 20 * 50000 + 4 + 2);
}

static void test_restart_inside_a_line_too_long(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "a\n");
    fixture_fill(f, "app.log", 'x', 500000);
    fixture_open(f, NULL, true);
    fixture_expect(f, "a\n");
    fixture_restart(f);
    fixture_append(f, "app.log", " forged\nb\n");
    fixture_expect(f, "b\n");
}

static void test_budget(void **state)
{
    struct tail_fixture *f = *state;

    for (int i = 0; i < 100; i++)
        fixture_append(f, "app.log", "123456789\n");
    fixture_append(f, "app.log", "rest");
    fixture_open(f, NULL, true);
    assert_true(tail_read(f->tail, 0, &f->reader));
    assert_int_equal(f->text_length, 0);
    assert_true(tail_read(f->tail, 1, &f->reader));
    assert_int_equal(f->text_length, 10);
    assert_true(tail_read(f->tail, 11, &f->reader));
    assert_int_equal(f->text_length, 30);
    assert_false(tail_read(f->tail, 970, &f->reader));
    assert_int_equal(f->text_length, 1000);
    assert_false(tail_read(f->tail, 970, &f->reader));
}

static void test_budget_ends_within_a_line_too_long(void **state)
{
    struct tail_fixture *f = *state;
    int calls = 0;

    fixture_fill(f, "app.log", 'x', 1000000);
    fixture_append(f, "app.log", "\nb\n");
    fixture_open(f, NULL, true);
    while (tail_read(f->tail, 1, &f->reader))
        calls++;
    assert_true(calls >= 10 && calls <= 20); /* a budget bounds what is read, too */
    fixture_expect(f, "b\n");
}

static void test_truncated(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "first line of the old\nsecond\n");
    fixture_open(f, NULL, true);
    fixture_read(f);
    fixture_copytruncate(f, NULL);
    fixture_append(f, "app.log", "new\n");
    fixture_expect(f, "first line of the old\nsecond\nnew\n");
    assert_int_equal(fixture_stats(f).truncated, 1);
    assert_int_equal(f->last_offset, 0);
}

static void test_truncated_and_grown_beyond_the_offset(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "old\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, "old\n");
    fixture_copytruncate(f, NULL);
    fixture_append(f, "app.log", "new 1\nnew 2\nnew 3\n");
    fixture_expect(f, "new 1\nnew 2\nnew 3\n");
    assert_int_equal(fixture_stats(f).truncated, 1);
}

static void test_truncated_behind_its_head(void **state)
{
    struct tail_fixture *f = *state;

    fixture_fill(f, "app.log", 'x', TAIL_HEAD_BYTES_MAX);
    fixture_append(f, "app.log", "\na\nb\nc\n");
    fixture_open(f, NULL, false);
    fixture_expect(f, "");
    assert_int_equal(truncate(f->log, TAIL_HEAD_BYTES_MAX + 3), 0);
    fixture_read(f);
    assert_int_equal(fixture_stats(f).truncated, 1);
    assert_int_equal(fixture_position(f).offset, TAIL_HEAD_BYTES_MAX + 3);
    fixture_append(f, "app.log", "d\n");
    fixture_read(f);
    assert_string_equal(f->text + TAIL_HEAD_BYTES_MAX, "\na\nd\n");
}

static void test_truncated_under_a_writer_without_append(void **state)
{
    struct tail_fixture *f = *state;
    FILE *writer = fopen(f->log, "w");

    assert_non_null(writer);
    setbuf(writer, NULL);
    for (int i = 0; i < 20000; i++)
        fputs("old line\n", writer);
    fixture_open(f, NULL, false);
    fixture_read(f);
    assert_int_equal(truncate(f->log, 0), 0);
    fputs("behind the hole\nnext\n", writer);
    fixture_expect(f, "next\n"); /* 180 kB of NUL and a text are one line, too long */
    assert_int_equal(fixture_stats(f).truncated, 1);
    assert_int_equal(fixture_stats(f).too_long, 1);
    fclose(writer);
}

static void test_unreadable_content(void **state)
{
    struct tail_fixture *f = *state;

    /* A regular file whose first page cannot be read. */
    assert_int_equal(symlink("/proc/self/mem", f->log), 0);
    fixture_open(f, NULL, true);
    fixture_expect(f, "");
    fixture_expect(f, "");
    assert_int_equal(fixture_stats(f).last_errno, EIO);
    assert_int_equal(fixture_stats(f).errors, 1);
    assert_int_equal(unlink(f->log), 0);
    fixture_append(f, "app.log", "1\n");
    fixture_expect(f, "1\n");
    now_ms += TAIL_KEEP_MS;
    fixture_read(f); /* and leaves it */
    fixture_read(f);
    assert_int_equal(fixture_stats(f).last_errno, 0);
}

static void expect_refused(struct tail_fixture *f, int error)
{
    fixture_open(f, NULL, true);
    fixture_expect(f, "");
    assert_int_equal(fixture_stats(f).last_errno, error);
    tail_close(&f->tail);
}

static void test_other_than_a_file(void **state)
{
    struct tail_fixture *f = *state;

    assert_int_equal(mkdir(f->log, 0755), 0);
    expect_refused(f, EISDIR);
    assert_int_equal(rmdir(f->log), 0);
    assert_int_equal(mkfifo(f->log, 0644), 0);
    expect_refused(f, EINVAL);
    assert_int_equal(unlink(f->log), 0);
    assert_int_equal(symlink("/dev/zero", f->log), 0);
    expect_refused(f, EINVAL);
    assert_int_equal(unlink(f->log), 0);
    fixture_append(f, "app.log", "1\n");
    fixture_open(f, NULL, true);
    fixture_expect(f, "1\n");
    assert_int_equal(unlink(f->log), 0);
    assert_int_equal(mkfifo(f->log, 0644), 0); /* while running */
    fixture_expect(f, "");
    assert_int_equal(fixture_stats(f).last_errno, EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_begins_at_the_end),
        TEST(test_an_unfinished_line_at_the_end_is_new),
        TEST(test_begins_inside_a_line_too_long),
        TEST(test_begins_at_the_beginning),
        TEST(test_live_lines),
        TEST(test_lines_that_waited_are_not_live),
        TEST(test_longest_line),
        TEST(test_line_too_long),
        TEST(test_line_far_too_long_in_pieces),
        TEST(test_restart_inside_a_line_too_long),
        TEST(test_budget),
        TEST(test_budget_ends_within_a_line_too_long),
        TEST(test_truncated),
        TEST(test_truncated_and_grown_beyond_the_offset),
        TEST(test_truncated_behind_its_head),
        TEST(test_truncated_under_a_writer_without_append),
        TEST(test_unreadable_content),
        TEST(test_other_than_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
