/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store and its files: the lock, damage, files that are not ours, what a crash during a swap
 * leaves.
 */
#include "store.h"
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define DB "bansync.db"
#define ROWS 500
/* Offsets of two numbers in the header of an SQLite file, big-endian
 * (sqlite.org/fileformat2.html, 1.3). */
#define HEADER_USER_VERSION 60
#define HEADER_APPLICATION_ID 68
#define FLIP_STEP 211

/* A database of ROWS strikes and records, closed. */
static void make_database(struct store_fixture *f)
{
    store_fixture_open(f);
    for (int64_t n = 1; n <= ROWS; n++)
        store_fixture_record(f->store, n, 1);
    store_fixture_commit_strikes(f->store, 1, ROWS);
    store_close(&f->store);
}

static void overwrite(const struct store_fixture *f, long offset, const void *bytes, size_t size)
{
    FILE *file = fopen(scratch_path(f->directory, DB), "r+b");

    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* The damaged file must lie under name unchanged, and the new database must work. */
static void expect_set_aside(struct store_fixture *f, const char *name)
{
    size_t before_size = 0;
    size_t after_size = 0;
    char *before = scratch_read(f->directory, DB, &before_size);

    assert_true(store_fixture_open(f));
    assert_non_null(strstr(f->error, name));
    char *after = scratch_read(f->directory, name, &after_size);
    assert_int_equal(after_size, before_size);
    assert_memory_equal(after, before, before_size);
    free(before);
    free(after);
    assert_int_equal(store_fixture_count(f->store).strikes, 0);
    store_fixture_commit_strikes(f->store, 1, 3);
    store_fixture_reopen(f);
    assert_int_equal(store_fixture_count(f->store).strikes, 3);
    store_close(&f->store);
}

static void expect_refused_and_untouched(struct store_fixture *f, const char *why)
{
    size_t before_size = 0;
    size_t after_size = 0;
    char *before = scratch_read(f->directory, DB, &before_size);

    store_fixture_expect_refused(f, why);
    char *after = scratch_read(f->directory, DB, &after_size);
    assert_int_equal(after_size, before_size);
    assert_memory_equal(after, before, before_size);
    assert_false(scratch_exists(f->directory, DB ".corrupt-1"));
    free(before);
    free(after);
}

static void test_a_second_agent_is_refused(void **state)
{
    struct store_fixture *f = *state;
    struct store *first = NULL;

    store_fixture_open(f);
    first = f->store;
    store_fixture_expect_refused(f, "another bansyncd uses ");
    store_fixture_commit_strikes(first, 1, 1);
    store_fixture_reopen(f);
    assert_int_equal(store_fixture_count(f->store).strikes, 1);
}

static void test_a_missing_directory_is_refused(void **state)
{
    struct store_fixture *f = *state;
    bool set_aside = true;

    assert_null(
        store_open(scratch_path(f->directory, "no"), &set_aside, f->error, sizeof f->error));
    assert_false(set_aside);
    assert_non_null(strstr(f->error, "/no: No such file or directory"));
}

static void test_a_target_that_is_no_file_is_refused(void **state)
{
    struct store_fixture *f = *state;

    assert_int_equal(mkdir(scratch_path(f->directory, DB), 0700), 0);
    store_fixture_expect_refused(f, "there is something else");
    assert_int_equal(rmdir(scratch_path(f->directory, DB)), 0);
    assert_int_equal(symlink("elsewhere", scratch_path(f->directory, DB)), 0);
    store_fixture_expect_refused(f, "there is something else");
    assert_false(scratch_exists(f->directory, "elsewhere"));
}

static void test_others_may_not_read_it(void **state)
{
    struct store_fixture *f = *state;
    struct stat status;

    store_fixture_open(f);
    assert_int_equal(stat(scratch_path(f->directory, DB), &status), 0);
    assert_int_equal(status.st_mode & 0137, 0);
    assert_int_equal(stat(scratch_path(f->directory, DB "-wal"), &status), 0);
    assert_int_equal(status.st_mode & 0137, 0);
}

static void test_damaged_files_are_set_aside(void **state)
{
    struct store_fixture *f = *state;
    static const char text[] = "This was the wrong file to edit.\n";
    static char garbage[12288];

    memset(garbage, 0xa5, sizeof garbage);
    make_database(f);
    overwrite(f, 40960, garbage, sizeof garbage);
    expect_set_aside(f, DB ".corrupt-1");

    make_database(f);
    assert_int_equal(truncate(scratch_path(f->directory, DB), 100), 0);
    expect_set_aside(f, DB ".corrupt-2");

    make_database(f);
    assert_int_equal(truncate(scratch_path(f->directory, DB), 40960), 0);
    expect_set_aside(f, DB ".corrupt-3");

    scratch_write(f->directory, DB, text, sizeof text - 1);
    expect_set_aside(f, DB ".corrupt-4");

    scratch_write(f->directory, DB, garbage, sizeof garbage);
    expect_set_aside(f, DB ".corrupt-5");
}

static void commit_one_more(struct store *store)
{
    store_fixture_strike(store, ROWS + 1);
}

static void test_a_damaged_file_takes_its_wal_along(void **state)
{
    struct store_fixture *f = *state;
    static char garbage[12288];

    make_database(f);
    store_fixture_in_dead_child(f, commit_one_more);
    overwrite(f, 40960, garbage, sizeof garbage);
    assert_true(scratch_exists(f->directory, DB "-wal"));
    expect_set_aside(f, DB ".corrupt-1");
    assert_true(scratch_exists(f->directory, DB ".corrupt-1-wal"));
    assert_true(scratch_exists(f->directory, DB ".corrupt-1-shm"));
    assert_false(scratch_exists(f->directory, DB "-wal"));
}

static void test_files_of_others_and_of_the_future_are_refused(void **state)
{
    struct store_fixture *f = *state;
    size_t size = 0;

    make_database(f);
    overwrite(f, HEADER_APPLICATION_ID, "\0\0\0\7", 4);
    expect_refused_and_untouched(f, "another program's database");
    overwrite(f, HEADER_APPLICATION_ID, "\0\0\0\0", 4);
    expect_refused_and_untouched(f, "another program's database");
    overwrite(f, HEADER_APPLICATION_ID, "bans", 4);
    overwrite(f, HEADER_USER_VERSION, "\0\0\0\7", 4);
    expect_refused_and_untouched(f, "schema 7, but this bansyncd knows up to 6");
    overwrite(f, HEADER_USER_VERSION, "\0\0\0\6", 4);

    char *bytes = scratch_read(f->directory, DB, &size);
    char *schema = memmem(bytes, size, "schema6", 7);
    assert_non_null(schema);
    overwrite(f, schema - bytes + 6, "7", 1);
    expect_refused_and_untouched(f, "schema 7, but this bansyncd knows up to 6");
    overwrite(f, schema - bytes + 6, "6", 1);
    assert_false(store_fixture_open(f));
    assert_int_equal(store_fixture_count(f->store).strikes, ROWS);
    store_close(&f->store);
    overwrite(f, schema - bytes, "scheme1", 7);
    expect_set_aside(f, DB ".corrupt-1");
    free(bytes);
}

/* Wherever a byte flips: no crash, and no row that was never put. */
static void test_a_flipped_byte_never_passes_for_data(void **state)
{
    struct store_fixture *f = *state;
    size_t size = 0;
    unsigned aside_count = 0;
    unsigned hash_count = 0;

    make_database(f);
    char *bytes = scratch_read(f->directory, DB, &size);
    for (size_t offset = 3; offset < size; offset += FLIP_STEP) {
        bool set_aside = false;
        bytes[offset] ^= 0x55;
        scratch_write(f->directory, DB, bytes, size);
        bytes[offset] ^= 0x55;
        f->store = store_open(f->directory, &set_aside, f->error, sizeof f->error);
        if (f->store != NULL && !set_aside) {
            struct store_count count = store_fixture_count(f->store);
            assert_int_equal(count.wrong, 0);
            assert_true(count.strikes + count.records + count.allows + count.damaged <= 2 * ROWS);
            hash_count += count.damaged > 0;
        }
        assert_true(f->store != NULL || f->error[0] != '\0');
        aside_count += set_aside;
        store_close(&f->store);
        unlink(scratch_path(f->directory, DB ".corrupt-1"));
    }
    free(bytes);
    assert_true(aside_count > 0);
    assert_true(hash_count > 0);
}

static void test_too_many_damaged_files(void **state)
{
    struct store_fixture *f = *state;
    char name[64];

    for (int i = 1; i <= 100; i++) {
        snprintf(name, sizeof name, DB ".corrupt-%d", i);
        scratch_write(f->directory, name, "x", 1);
    }
    scratch_write(f->directory, DB, "not a database", 14);
    store_fixture_expect_refused(f, "is damaged and cannot be renamed");
}

static void put_nine(struct store *store)
{
    store_fixture_strike(store, 9);
}

/* The old database is gone, the new one has not its name yet, the old WAL still has its own. */
static void test_a_swap_that_was_cut_short_is_ended(void **state)
{
    struct store_fixture *f = *state;

    make_database(f);
    assert_int_equal(rename(scratch_path(f->directory, DB), scratch_path(f->directory, DB ".new")),
                     0);
    store_fixture_in_dead_child(f, put_nine);
    /* That child ended the swap itself and put one more: back to the state before, with its WAL. */
    assert_false(scratch_exists(f->directory, DB ".new"));
    assert_int_equal(rename(scratch_path(f->directory, DB), scratch_path(f->directory, DB ".new")),
                     0);
    assert_true(scratch_exists(f->directory, DB "-wal"));
    assert_false(store_fixture_open(f));
    struct store_count count = store_fixture_count(f->store);
    assert_int_equal(count.strikes, ROWS); /* 9 was only in the WAL, which is not the new file's */
    assert_int_equal(count.records, ROWS);
    assert_false(scratch_exists(f->directory, DB ".new"));
}

static void test_an_unfinished_new_file_is_removed(void **state)
{
    struct store_fixture *f = *state;

    make_database(f);
    scratch_write(f->directory, DB ".new", "half", 4);
    scratch_write(f->directory, DB ".new-journal", "half", 4);
    assert_false(store_fixture_open(f));
    assert_int_equal(store_fixture_count(f->store).strikes, ROWS);
    assert_false(scratch_exists(f->directory, DB ".new"));
    assert_false(scratch_exists(f->directory, DB ".new-journal"));
}

static void test_a_wal_without_its_database_is_not_replayed(void **state)
{
    struct store_fixture *f = *state;

    store_fixture_in_dead_child(f, put_nine);
    assert_int_equal(unlink(scratch_path(f->directory, DB)), 0);
    assert_false(store_fixture_open(f));
    assert_int_equal(store_fixture_count(f->store).strikes, 0);
}

static void test_in_place(void **state)
{
    struct store_fixture *f = *state;
    char moved[2 * SCRATCH_PATH_SIZE], file[SCRATCH_PATH_SIZE], other[SCRATCH_PATH_SIZE];

    snprintf(moved, sizeof moved, "%s.moved", f->directory);
    snprintf(file, sizeof file, "%s", scratch_path(f->directory, DB));
    snprintf(other, sizeof other, "%s", scratch_path(f->directory, "other"));
    make_database(f);
    store_fixture_open(f);
    assert_true(store_is_in_place(f->store));
    store_fixture_commit_strikes(f->store, 1000, 1000);
    assert_true(store_is_in_place(f->store));

    assert_int_equal(rename(f->directory, moved), 0);
    assert_false(store_is_in_place(f->store));
    assert_int_equal(mkdir(f->directory, 0700), 0); /* another of the same name */
    scratch_write(f->directory, DB, "", 0);
    assert_false(store_is_in_place(f->store));
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(f->directory), 0);
    assert_int_equal(rename(moved, f->directory), 0);
    assert_true(store_is_in_place(f->store));

    assert_int_equal(rename(file, other), 0);
    assert_false(store_is_in_place(f->store));
    scratch_write(f->directory, DB, "", 0);
    assert_false(store_is_in_place(f->store));
    assert_int_equal(rename(other, file), 0);
    assert_true(store_is_in_place(f->store));
    assert_int_equal(unlink(file), 0);
    assert_false(store_is_in_place(f->store));
}

static void test_in_place_after_a_rebuild(void **state)
{
    struct store_fixture *f = *state;
    struct stat before, after;

    make_database(f);
    store_fixture_open(f);
    assert_int_equal(stat(scratch_path(f->directory, DB), &before), 0);
    assert_int_equal(store_rebuild_begin(f->store), 0);
    assert_true(store_is_in_place(f->store));
    assert_int_equal(store_rebuild_finish(f->store), 0);
    assert_int_equal(stat(scratch_path(f->directory, DB), &after), 0);
    assert_true(before.st_ino != after.st_ino);
    assert_true(store_is_in_place(f->store));
    assert_int_equal(unlink(scratch_path(f->directory, DB)), 0);
    assert_false(store_is_in_place(f->store));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_fixture_begin, store_fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_second_agent_is_refused),
        TEST(test_a_missing_directory_is_refused),
        TEST(test_a_target_that_is_no_file_is_refused),
        TEST(test_others_may_not_read_it),
        TEST(test_damaged_files_are_set_aside),
        TEST(test_a_damaged_file_takes_its_wal_along),
        TEST(test_files_of_others_and_of_the_future_are_refused),
        TEST(test_a_flipped_byte_never_passes_for_data),
        TEST(test_too_many_damaged_files),
        TEST(test_a_swap_that_was_cut_short_is_ended),
        TEST(test_an_unfinished_new_file_is_removed),
        TEST(test_a_wal_without_its_database_is_not_replayed),
        TEST(test_in_place),
        TEST(test_in_place_after_a_rebuild),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
