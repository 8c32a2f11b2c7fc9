/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail_gz through tail: rotated files that were compressed.
 */
#include "tail_file.h"
#include "tail_fixture.h"
#include "tail_gz.h"

#include "clock.h"

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

/* A log whose first two lines were read, and which is being followed. */
static int begin(void **state)
{
    static struct tail_fixture fixture;

    now_ms = 1000;
    fixture_begin(&fixture);
    fixture_append(&fixture, "app.log", PAD "a\nb\n");
    fixture_open(&fixture, NULL, true);
    fixture_expect(&fixture, PAD "a\nb\n");
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    fixture_end(*state);
    return 0;
}

static struct tail_cursor stop(struct tail_fixture *f)
{
    struct tail_cursor cursor = fixture_position(f);

    tail_close(&f->tail);
    return cursor;
}

/* Files of one instant have no order: makes this one written last at `second`. */
static void date(const struct tail_fixture *f, const char *name, time_t second)
{
    struct timespec times[2] = {{.tv_sec = second}, {.tv_sec = second}};

    assert_int_equal(utimensat(AT_FDCWD, fixture_path(f, name), times, 0), 0);
}

static void test_compressed_while_away(void **state)
{
    const char *names[] = {"app.log.1.gz", "app.log-20261123.gz", "app-20261123.log.gz",
                           "app.log.2.gz"};
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);
    uint64_t id = f->last_file_id;

    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_gzip(f, "app.log.1", "gz");
    fixture_append(f, "app.log", "d\n");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        fixture_rename(f, i == 0 ? "gz" : names[i - 1], names[i]);
        f->mark = "c";
        fixture_open(f, &cursor, false);
        fixture_expect(f, "c\nd\n");
        assert_int_equal(f->live_count, 0);
        assert_int_equal(f->mark_position.offset, cursor.offset);
        assert_int_equal(fixture_stats(f).damaged, 0);
        assert_int_equal(fixture_stats(f).gone, 0);
        fixture_restart(f);
        fixture_expect(f, ""); /* whole: nobody writes to it any more */
        tail_close(&f->tail);
    }
    cursor.offset = 0;
    assert_int_equal(unlink(f->log), 0);
    fixture_open(f, &cursor, false);
    fixture_expect(f, PAD "a\nb\nc\n");
    assert_true(f->last_file_id == id);
}

/* The cursor's file and the one after it, with and without delaycompress. */
static void test_compressed_twice_while_away(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_append(f, "app.log", "c\n");
    date(f, "app.log", 1000);
    fixture_rename(f, "app.log", "app.log.2");
    fixture_gzip(f, "app.log.2", "app.log.2.gz");
    fixture_append(f, "app.log", "d\n");
    date(f, "app.log", 1001);
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "e\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\ne\n");
    tail_close(&f->tail);
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\ne\n");
    assert_int_equal(fixture_stats(f).rotations, 2);
}

static void test_copytruncated_and_compressed(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor;

    fixture_append(f, "app.log", "c\n");
    fixture_copytruncate(f, "app.log.2");
    fixture_gzip(f, "app.log.2", "app.log.2.gz");
    fixture_append(f, "app.log", PAD "d\n");
    fixture_expect(f, "c\n" PAD "d\n");
    cursor = stop(f);
    fixture_append(f, "app.log", "e\n");
    fixture_copytruncate(f, "app.log.1");
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    fixture_append(f, "app.log", "f\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "e\nf\n");
    assert_int_equal(fixture_stats(f).truncated, 1);
}

/* While followed: the open descriptor gives all, and what it is compressed to nothing again. */
static void test_compressed_while_followed(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    fixture_append(f, "app.log", "d\n");
    fixture_expect(f, "c\nd\n");
    now_ms += TAIL_KEEP_MS;
    fixture_read(f); /* it is left */
    fixture_rename(f, "app.log", "app.log.0");
    fixture_append(f, "app.log", "e\n");
    date(f, "app.log.1.gz", 4000000000); /* as if it were the youngest */
    fixture_expect(f, "e\n");
}

/* What is without a name and not read to its end is looked for in what it was compressed to. */
static void test_compressed_and_killed_before_it_was_read(void **state)
{
    struct tail_fixture *f = *state;

    fixture_append(f, "app.log", "c\nc2\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log", "d\n");
    assert_true(tail_read(f->tail, 1, &f->reader));
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    fixture_restart(f);
    fixture_expect(f, "c\nc2\nd\n");
}

static void test_killed_while_it_is_read(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_append(f, "app.log", "c\nd\ne\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    fixture_append(f, "app.log", "f\n");
    fixture_open(f, &cursor, false);
    for (int i = 0; i < 4; i++) {
        assert_true(tail_read(f->tail, 1, &f->reader));
        fixture_rename(f, i % 2 == 0 ? "app.log.1.gz" : "app.log.2.gz",
                       i % 2 == 0 ? "app.log.2.gz" : "app.log.1.gz");
        if (f->text_length >= 4)
            break;
        fixture_restart(f);
    }
    fixture_expect(f, "c\nd\ne\nf\n");
}

static void test_the_file_while_it_is_being_compressed(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_append(f, "app.log.1.gz", "\x1f\x8b\x08");
    cursor.inode++; /* so that it is looked for by its first bytes */
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\n");
    assert_int_equal(fixture_stats(f).damaged, 0);
}

static void test_several_members_and_padding(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);
    char bytes[1000];
    FILE *file;
    size_t size;

    fixture_append(f, "more", "c\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    fixture_gzip(f, "more", "more.gz");
    file = fopen(fixture_path(f, "more.gz"), "re");
    assert_non_null(file);
    size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    file = fopen(fixture_path(f, "app.log.1.gz"), "ae");
    assert_non_null(file);
    fwrite(bytes, 1, size, file);
    fwrite("\0\0\0\0", 1, 4, file);
    fclose(file);
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\n");
    assert_int_equal(fixture_stats(f).damaged, 0);
}

/* Moves the last `count` bytes of the file to `rest`. Returns the file's size before. */
static off_t tear(const struct tail_fixture *f, const char *name, char *rest, size_t count)
{
    int fd = open(fixture_path(f, name), O_RDWR | O_CLOEXEC);
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(pread(fd, rest, count, st.st_size - (off_t)count), count);
    assert_int_equal(ftruncate(fd, st.st_size - (off_t)count), 0);
    close(fd);
    return st.st_size;
}

/* The file's end is missing: it may still come. */
static void test_torn(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);
    unsigned noise = 1;
    char rest[200];
    int fd;

    for (int i = 0; i < 1000; i++) { /* does not compress to nothing */
        char byte[2] = {(char)('A' + noise % 50), '\0'};

        noise = noise * 1103515245 + 12345;
        fixture_append(f, "app.log", byte);
    }
    fixture_append(f, "app.log", "\nc\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    tear(f, "app.log.1.gz", rest, sizeof(rest));
    fixture_append(f, "app.log", "d\n");
    fixture_open(f, &cursor, false);
    fixture_read(f);
    assert_null(strstr(f->text, "c\n"));
    now_ms += TAIL_KEEP_MS - 1;
    fixture_read(f);
    assert_int_equal(fixture_stats(f).damaged, 0);
    fd = open(fixture_path(f, "app.log.1.gz"), O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_int_equal(write(fd, rest, sizeof(rest)), sizeof(rest));
    close(fd);
    fixture_read(f);
    now_ms += TAIL_KEEP_MS;
    fixture_read(f);
    assert_non_null(strstr(f->text, "c\n"));
    assert_non_null(strstr(f->text, "d\n"));
    assert_int_equal(fixture_stats(f).damaged, 0);
}

static void test_torn_for_good(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);
    char rest[1];

    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    tear(f, "app.log.1.gz", rest, sizeof(rest));
    fixture_append(f, "app.log", "d\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\n");
    assert_int_equal(fixture_stats(f).damaged, 0);
    now_ms += TAIL_KEEP_MS;
    fixture_append(f, "app.log", "e\n");
    fixture_expect(f, "e\n");
    assert_int_equal(fixture_stats(f).damaged, 1);
    assert_string_equal(fixture_stats(f).damaged_name, "app.log.1.gz");
    fixture_read(f);
    assert_int_equal(fixture_stats(f).damaged, 1);
}

/* Its check sum is wrong; and one that is no gzip at all. */
static void test_damaged(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);
    char rest[8];
    off_t size;
    int fd;

    fixture_append(f, "app.log", "c\n");
    date(f, "app.log", 1000);
    fixture_rename(f, "app.log", "app.log.2");
    fixture_gzip(f, "app.log.2", "app.log.2.gz");
    size = tear(f, "app.log.2.gz", rest, sizeof(rest));
    rest[0] ^= 1;
    fd = open(fixture_path(f, "app.log.2.gz"), O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, rest, sizeof(rest), size - 8), 8);
    close(fd);
    date(f, "app.log.2.gz", 1000);
    fixture_append(f, "app.log.1.gz", "no gzip\n");
    fixture_append(f, "app.log", "d\n");
    fixture_open(f, &cursor, false);
    fixture_expect(f, "c\nd\n");
    assert_int_equal(fixture_stats(f).damaged, 2);
    assert_string_equal(fixture_stats(f).damaged_name, "app.log.1.gz");
}

/* It is the only file, so it stays: its damage is counted once all the same. */
static void test_damaged_and_no_log(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);
    char rest[8];

    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    tear(f, "app.log.1.gz", rest, sizeof(rest));
    fixture_append(f, "app.log.1.gz", "another.");
    fixture_open(f, &cursor, false);
    for (int i = 0; i < 3; i++) {
        fixture_read(f);
        now_ms += TAIL_KEEP_MS;
    }
    assert_int_equal(fixture_stats(f).damaged, 1);
}

/* The same first bytes, but shorter than what was read: it is none of the cursor's, so all of it is
 * read. */
static void test_another_that_begins_like_it(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor = stop(f);

    assert_int_equal(unlink(f->log), 0);
    fixture_append(f, "app.log.1", PAD "a\nb\n");
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    cursor.offset += 100;
    fixture_open(f, &cursor, false);
    fixture_expect(f, PAD "a\nb\n");
    tail_close(&f->tail);
    cursor.offset -= 101; /* no line ends there */
    fixture_open(f, &cursor, false);
    fixture_expect(f, PAD "a\nb\n");
}

/* Reads until lines come, or nothing more is waiting; returns how many calls that took. */
static unsigned reads_until_lines(struct tail_fixture *f)
{
    unsigned reads = 1;

    while (tail_read(f->tail, 1000, &f->reader) && f->text_length == 0)
        reads++;
    return reads;
}

/* 64 MiB without a line end, in 64 KiB: the log behind it is read, and each call does a bounded
 * part. */
static void test_a_bomb(void **state)
{
    struct tail_fixture *f = *state;
    const unsigned mib = 64;

    fixture_rename(f, "app.log", "app.log.2");
    for (unsigned i = 0; i < mib; i++)
        fixture_fill(f, "app.log", '\0', 1048576);
    fixture_rename(f, "app.log", "app.log.1");
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    fixture_append(f, "app.log", "c\n");
    assert_in_range(reads_until_lines(f), mib * 1048576 / GZ_READ_BYTES_MAX, 100000);
    fixture_expect(f, "c\n");
    assert_int_equal(fixture_stats(f).too_long, 1);
    assert_int_equal(fixture_stats(f).damaged, 0);
}

/* What was read before is passed over in slices. */
static void test_the_place_is_far_behind(void **state)
{
    struct tail_fixture *f = *state;
    struct tail_cursor cursor;
    const unsigned mib = 16;

    for (unsigned i = 0; i < mib * 16; i++) {
        fixture_fill(f, "app.log", 'x', 65535);
        fixture_append(f, "app.log", "\n");
    }
    fixture_read(f);
    f->text_length = 0;
    cursor = stop(f);
    fixture_append(f, "app.log", "c\n");
    fixture_rename(f, "app.log", "app.log.1");
    fixture_gzip(f, "app.log.1", "app.log.1.gz");
    fixture_open(f, &cursor, false);
    assert_in_range(reads_until_lines(f), mib - 2, 2 * mib);
    fixture_expect(f, "c\n");
    assert_int_equal(f->last_offset, cursor.offset);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_compressed_while_away),
        TEST(test_compressed_twice_while_away),
        TEST(test_copytruncated_and_compressed),
        TEST(test_compressed_while_followed),
        TEST(test_compressed_and_killed_before_it_was_read),
        TEST(test_killed_while_it_is_read),
        TEST(test_the_file_while_it_is_being_compressed),
        TEST(test_several_members_and_padding),
        TEST(test_torn),
        TEST(test_torn_for_good),
        TEST(test_damaged),
        TEST(test_damaged_and_no_log),
        TEST(test_another_that_begins_like_it),
        TEST(test_a_bomb),
        TEST(test_the_place_is_far_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
