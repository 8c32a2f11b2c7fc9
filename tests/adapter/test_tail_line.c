/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail: what a line is known again by, and from where it is read again.
 */
#include "tail_file.h"
#include "tail_fixture.h"

#include "clock.h"

#include <bansync/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Long enough to tell a file by it. */
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

/* The file_id of the last line when the file of this name is read from its beginning. */
static uint64_t id_of(struct tail_fixture *f, const char *name)
{
    char log[sizeof(f->log)];
    uint64_t id;

    tail_close(&f->tail);
    memcpy(log, f->log, sizeof(log));
    snprintf(f->log, sizeof(f->log), "%s/%s", f->directory, name);
    fixture_open(f, NULL, true);
    fixture_read(f);
    id = f->last_file_id;
    f->text_length = 0;
    tail_close(&f->tail);
    memcpy(f->log, log, sizeof(log));
    return id;
}

static void test_id_stays_while_the_file_grows(void **state)
{
    struct tail_fixture *f = *state;
    uint64_t id;

    fixture_append(f, "app.log", "a");
    fixture_open(f, NULL, true);
    fixture_expect(f, "");
    fixture_append(f, "app.log", "b\n");
    fixture_expect(f, "ab\n");
    id = f->last_file_id;
    fixture_append(f, "app.log", "c\n");
    fixture_expect(f, "c\n");
    assert_true(f->last_file_id == id);
    fixture_fill(f, "app.log", 'x', 2 * TAIL_HEAD_BYTES_MAX);
    fixture_append(f, "app.log", "\n");
    fixture_read(f);
    assert_true(f->last_file_id == id);
    fixture_restart(f);
    fixture_append(f, "app.log", "d\n");
    fixture_read(f);
    assert_true(f->last_file_id == id);
    assert_true(id_of(f, "app.log") == id);
}

/* By another name, in another directory, as a link, as a copy. */
static void test_id_goes_with_the_content(void **state)
{
    struct tail_fixture *f = *state;
    uint64_t id;

    fixture_append(f, "app.log", "10:00:00 first\nsecond\n");
    id = id_of(f, "app.log");
    assert_int_equal(mkdir(fixture_path(f, "data"), 0755), 0);
    fixture_copytruncate(f, "copy");
    assert_true(id_of(f, "copy") == id);
    fixture_rename(f, "copy", "data/app.log.3");
    assert_true(id_of(f, "data/app.log.3") == id);
    assert_int_equal(symlink("data/app.log.3", fixture_path(f, "link")), 0);
    assert_true(id_of(f, "link") == id);
    fixture_append(f, "app.log", "10:00:01 first\nsecond\n");
    assert_true(id_of(f, "app.log") != id);
}

/* The log is truncated and written anew while it is followed: another file, though it has the same
 * inode and the line is the same and at the same place. */
static void test_id_of_another_generation(void **state)
{
    struct tail_fixture *f = *state;
    uint64_t id, offset;

    fixture_append(f, "app.log", "10:00:00 first\nsecond\n");
    fixture_open(f, NULL, true);
    fixture_read(f);
    id = f->last_file_id;
    offset = f->last_offset;
    fixture_copytruncate(f, NULL);
    fixture_append(f, "app.log", "10:00:01 first\nsecond\n");
    fixture_read(f);
    assert_true(f->last_offset == offset);
    assert_true(f->last_file_id != id);
}

/* Reading again from the marked line's position: what is handed out. */
static void expect_from_mark(struct tail_fixture *f, const char *text)
{
    f->text_length = 0;
    tail_close(&f->tail);
    fixture_open(f, &f->mark_position, false);
    f->mark = NULL;
    fixture_expect(f, text);
}

static void test_position_of_a_line(void **state)
{
    struct tail_fixture *f = *state;

    f->mark = "c";
    fixture_append(f, "app.log", PAD "a\nb\nc\nd\n");
    fixture_open(f, NULL, true);
    fixture_read(f);
    assert_int_equal(f->mark_position.offset, sizeof(PAD "a\nb\n") - 1);
    expect_from_mark(f, "c\nd\n");
}

/* The line is in the file with the name, while the position is still in the one kept. */
static void test_position_of_a_line_behind_a_kept_file(void **state)
{
    struct tail_fixture *f = *state;

    f->mark = "c";
    fixture_append(f, "app.log", PAD "a\n");
    fixture_open(f, NULL, true);
    fixture_read(f);
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "b\nc\nd\n");
    fixture_read(f);
    expect_from_mark(f, "b\nc\nd\n");
}

/* The line is in the kept file, which loses its place in the list afterwards. */
static void test_position_of_a_line_across_rotations(void **state)
{
    struct tail_fixture *f = *state;

    f->mark = "b";
    fixture_append(f, "app.log", PAD "a\nb\nc\n");
    fixture_open(f, NULL, true);
    fixture_read(f);
    fixture_rename(f, "app.log", "app.log.2");
    fixture_append(f, "app.log", "d\n");
    fixture_read(f);
    now_ms += TAIL_KEEP_MS;
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "e\n");
    fixture_read(f);
    expect_from_mark(f, "b\nc\nd\ne\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static size_t calls_for_all(struct tail_fixture *f)
{
    size_t calls = 1;

    while (tail_read(f->tail, 1 << 20, &f->reader))
        calls++;
    return calls;
}

static void test_enough(void **state)
{
    struct tail_fixture *f = *state;

    f->enough = 2;
    fixture_append(f, "app.log", PAD "a\nb\nc\n");
    fixture_open(f, NULL, true);
    assert_int_equal(calls_for_all(f), 2);
    fixture_expect(f, PAD "a\nb\nc\n");
    /* Over a rotation, with a line too long and one that is not whole. */
    fixture_append(f, "app.log", "d\ne\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", PAD "f\n");
    fixture_fill(f, "app.log", 'x', LINE_BYTES_MAX + 1);
    fixture_append(f, "app.log", "\ng\nh\ni");
    assert_true(tail_read(f->tail, 1 << 20, &f->reader));
    assert_int_equal(f->handed_out, 4);
    assert_int_equal(fixture_position(f).offset, sizeof(PAD "a\nb\nc\nd\n") - 1);
    fixture_expect(f, "d\ne\n" PAD "f\ng\nh\n");
    assert_int_equal(fixture_stats(f).too_long, 1);
}

/* What the reader skips is not handed out, and counts as read. */
static void test_skipped(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", PAD "a\n#b\n#c\nd\n#e");
    fixture_open(f, NULL, true);
    fixture_expect(f, PAD "a\nd\n");
    assert_int_equal(f->skipped, 2);
    assert_int_equal(fixture_position(f).offset, sizeof(PAD "a\n#b\n#c\nd\n") - 1);
    fixture_append(f, "app.log", "e\n#f\n");
    fixture_restart(f);
    fixture_expect(f, "");
    assert_int_equal(f->skipped, 4);
    /* The budget ends a run of them, too; what is within a line too long is none. */
    fixture_append(f, "app.log", "#g\n#h\n#i\n");
    assert_true(tail_read(f->tail, 6, &f->reader));
    assert_int_equal(f->skipped, 6);
    fixture_expect(f, "");
    assert_int_equal(f->skipped, 7);
    fixture_fill(f, "app.log", 'x', LINE_BYTES_MAX + 1);
    fixture_expect(f, "");
    fixture_append(f, "app.log", "#j\nk\n");
    fixture_expect(f, "k\n");
    assert_int_equal(f->skipped, 7);
    assert_int_equal(fixture_stats(f).too_long, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_id_stays_while_the_file_grows),
        TEST(test_id_goes_with_the_content),
        TEST(test_id_of_another_generation),
        TEST(test_position_of_a_line),
        TEST(test_position_of_a_line_behind_a_kept_file),
        TEST(test_position_of_a_line_across_rotations),
        TEST(test_enough),
        TEST(test_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
