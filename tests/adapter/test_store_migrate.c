/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store and a database of an older schema: migrated with all that counts, a copy beside it, whole
 * when it is killed on the way.
 */
#include "database.h"
#include "store.h"
#include "store_fixture.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
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

#define DB "bansync.db"
#define COPY "bansync.db.schema-1"
#define ROWS 300
#define KILLS 40
#define SPINS_STEP 60

/* The tables as version 0.1.0 had them at first. */
static const char schema_1[] =
    "PRAGMA application_id = 1650552435; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;"
    "CREATE TABLE strike (subject TEXT NOT NULL, at_ms INTEGER NOT NULL,"
    " body BLOB NOT NULL, hash INTEGER NOT NULL);"
    "CREATE TABLE record (key BLOB NOT NULL PRIMARY KEY, subject TEXT NOT NULL, note TEXT,"
    " body BLOB NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE allow (key BLOB NOT NULL PRIMARY KEY, subject TEXT NOT NULL, note TEXT,"
    " body BLOB NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('schema', '1'), ('hlc', x'0102030405060708');"
    "INSERT INTO allow VALUES (x'01', '192.0.2.1', '', x'aabb', 5), (x'02', '192.0.2.2', '', x'cc',"
    " 6);"
    "INSERT INTO strike SELECT subject, at_ms, body, hash FROM old.strike ORDER BY rowid;"
    "INSERT INTO record SELECT key, subject, note, body, hash FROM old.record;";

static void run(struct database *database, const char *sql)
{
    if (database_run(database, sql) != DATABASE_GOOD)
        fail_msg("%s: %s", sql, database->error);
}

/* A database of schema 1 with ROWS strikes and records and two leases. Its process dies, so that
 * all of it lies in the WAL. */
static void make_schema_1(struct store_fixture *f)
{
    int status = 0;

    store_fixture_open(f);
    for (int64_t n = 1; n <= ROWS; n++)
        store_fixture_record(f->store, n, 1);
    store_fixture_commit_strikes(f->store, 1, ROWS);
    store_close(&f->store);
    assert_int_equal(rename(scratch_path(f->directory, DB), scratch_path(f->directory, "old")), 0);
    scratch_write(f->directory, DB, "", 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct database database = {0};
        char attach[SCRATCH_PATH_SIZE + 32];
        if (database_open(&database, scratch_path(f->directory, DB)) != DATABASE_GOOD)
            _exit(1);
        snprintf(attach, sizeof attach, "ATTACH '%s' AS old", scratch_path(f->directory, "old"));
        run(&database, attach);
        run(&database, schema_1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(scratch_exists(f->directory, DB "-wal"));
    assert_int_equal(unlink(scratch_path(f->directory, "old")), 0);
}

static void expect_answer(struct database *database, const char *sql, const char *expected)
{
    char answer[DATABASE_ANSWER_SIZE];

    if (database_ask(database, sql, answer) != DATABASE_GOOD)
        fail_msg("%s: %s", sql, database->error);
    assert_string_equal(answer, expected);
}

/* A file of schema 1 that holds what make_schema_1 made. */
static void expect_schema_1(struct store_fixture *f, const char *name)
{
    struct database database = {0};

    assert_int_equal(database_open(&database, scratch_path(f->directory, name)), DATABASE_GOOD);
    expect_answer(&database, "PRAGMA quick_check", "ok");
    expect_answer(&database, "PRAGMA application_id", "1650552435");
    expect_answer(&database, "PRAGMA user_version", "1");
    expect_answer(&database, "SELECT CAST(value AS TEXT) FROM meta WHERE name = 'schema'", "1");
    expect_answer(&database, "SELECT count(*) || ' ' || sum(hash) FROM allow", "2 11");
    expect_answer(&database, "SELECT count(*) || ' ' || max(at_ms) FROM strike", "300 300");
    expect_answer(&database, "SELECT count(*) FROM record", "300");
    database_close(&database, true);
}

/* The open store has all strikes and records and no lease. */
static void expect_migrated(struct store_fixture *f)
{
    struct store_count count = store_fixture_count(f->store);
    char value[8];

    assert_int_equal(count.strikes, ROWS);
    assert_true(count.in_order && count.first == 1 && count.last == ROWS);
    assert_int_equal(count.records, ROWS);
    assert_int_equal(count.allows + count.damaged + count.wrong, 0);
    assert_int_equal(store_meta_get(f->store, "schema", value, sizeof value), 1);
    assert_memory_equal(value, "6", 1);
    assert_int_equal(store_meta_get(f->store, "hlc", value, sizeof value), 8);
}

static void test_an_older_schema_is_migrated(void **state)
{
    struct store_fixture *f = *state;
    struct stat status;

    make_schema_1(f);
    assert_false(store_fixture_open(f));
    assert_int_equal(store_migrated_from(f->store), 1);
    expect_migrated(f);
    expect_schema_1(f, COPY);
    assert_int_equal(stat(scratch_path(f->directory, COPY), &status), 0);
    assert_int_equal(status.st_mode & 0137, 0);
    assert_false(scratch_exists(f->directory, "bansync.db.schema.new"));
    store_fixture_commit_strikes(f->store, ROWS + 1, ROWS + 1);
    store_fixture_reopen(f);
    assert_int_equal(store_migrated_from(f->store), 0); /* once */
    assert_int_equal(store_fixture_count(f->store).strikes, ROWS + 1);
    expect_schema_1(f, COPY);
}

/* Opens a database of what make_schema_1 made with that number in place of 1. */
static void open_former(struct store_fixture *f, int schema)
{
    struct database database = {0};
    struct store_count count;
    char sql[128];

    make_schema_1(f);
    assert_int_equal(database_open(&database, scratch_path(f->directory, DB)), DATABASE_GOOD);
    snprintf(sql, sizeof(sql),
             "PRAGMA user_version = %d; UPDATE meta SET value = '%d' WHERE name = 'schema'", schema,
             schema);
    run(&database, sql);
    database_close(&database, false);
    assert_false(store_fixture_open(f));
    assert_int_equal(store_migrated_from(f->store), schema);
    count = store_fixture_count(f->store);
    assert_int_equal(count.strikes, ROWS);
    assert_int_equal(count.records, ROWS);
    assert_int_equal(count.allows + count.damaged + count.wrong, 2); /* leases are kept */
}

/* Its rows are those of today but that none tells messages apart, or what was forgotten: all stay
 * as they are. */
static void test_schema_2_keeps_all_its_rows(void **state)
{
    struct store_fixture *f = *state;

    open_former(f, 2);
    assert_true(scratch_exists(f->directory, "bansync.db.schema-2"));
}

/* Nothing was held then; from now on something may be. */
static void test_schema_3_gets_a_table_for_what_is_held(void **state)
{
    const struct store_row row = {.table = STORE_HELD,
                                  .key = "k",
                                  .key_size = 1,
                                  .subject = "192.0.2.1",
                                  .note = "held",
                                  .body = "b",
                                  .body_size = 1,
                                  .hash = 1};
    struct store_fixture *f = *state;
    struct database database = {0};

    make_schema_1(f);
    assert_int_equal(database_open(&database, scratch_path(f->directory, DB)), DATABASE_GOOD);
    run(&database, "PRAGMA user_version = 3; UPDATE meta SET value = '3' WHERE name = 'schema'");
    database_close(&database, false);
    assert_false(store_fixture_open(f));
    assert_int_equal(store_migrated_from(f->store), 3);
    assert_int_equal(store_fixture_count(f->store).strikes, ROWS);
    store_put(f->store, &row);
    assert_int_equal(store_commit(f->store), 0);
    assert_int_equal(store_fixture_count(f->store).damaged, 1); /* by its hash */
    store_delete(f->store, STORE_HELD, "k", 1);
    assert_int_equal(store_commit(f->store), 0);
    assert_int_equal(store_fixture_count(f->store).damaged, 0);
}

static void test_schema_3_keeps_all_its_rows(void **state)
{
    struct store_fixture *f = *state;

    open_former(f, 3);
    assert_true(scratch_exists(f->directory, "bansync.db.schema-3"));
}

/* Nothing was noted of operators then; from now on it is. */
static void test_schema_4_gets_a_table_for_the_audit(void **state)
{
    const struct store_row row = {.table = STORE_AUDIT,
                                  .key = "k",
                                  .key_size = 1,
                                  .subject = "",
                                  .note = "release by root: ",
                                  .body = "b",
                                  .body_size = 1,
                                  .hash = 1};
    struct store_fixture *f = *state;
    struct database database = {0};

    make_schema_1(f);
    assert_int_equal(database_open(&database, scratch_path(f->directory, DB)), DATABASE_GOOD);
    run(&database, STORE_SQL_MAKE_HELD
        "PRAGMA user_version = 4; UPDATE meta SET value = '4' WHERE name = 'schema'");
    database_close(&database, false);
    assert_false(store_fixture_open(f));
    assert_int_equal(store_migrated_from(f->store), 4);
    assert_true(scratch_exists(f->directory, "bansync.db.schema-4"));
    store_put(f->store, &row);
    assert_int_equal(store_commit(f->store), 0);
    assert_int_equal(store_fixture_count(f->store).damaged, 1); /* by its hash */
    store_delete(f->store, STORE_AUDIT, "k", 1);
    assert_int_equal(store_commit(f->store), 0);
    assert_int_equal(store_fixture_count(f->store).damaged, 0);
}

static void test_a_copy_of_former_times_is_replaced(void **state)
{
    struct store_fixture *f = *state;

    make_schema_1(f);
    scratch_write(f->directory, COPY, "of an earlier migration", 23);
    scratch_write(f->directory, "bansync.db.schema.new", "half written", 12);
    assert_false(store_fixture_open(f));
    expect_migrated(f);
    expect_schema_1(f, COPY);
}

static void test_without_a_copy_nothing_is_migrated(void **state)
{
    struct store_fixture *f = *state;

    make_schema_1(f);
    assert_int_equal(mkdir(scratch_path(f->directory, COPY), 0700), 0);
    store_fixture_expect_refused(f, "syncing the copy for the migration: ");
    assert_int_equal(rmdir(scratch_path(f->directory, COPY)), 0);
    expect_schema_1(f, DB);
    assert_false(store_fixture_open(f));
    expect_migrated(f);
}

static void test_no_room_for_a_copy_leaves_the_file_alone(void **state)
{
    struct store_fixture *f = *state;
    struct rlimit before, small;

    make_schema_1(f);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 65536, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    store_fixture_expect_refused(f, "copying: ");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(scratch_exists(f->directory, COPY));
    assert_false(scratch_exists(f->directory, "bansync.db.schema.new"));
    expect_schema_1(f, DB);
    assert_false(store_fixture_open(f));
    expect_migrated(f);
}

static void test_a_damaged_older_file_is_set_aside(void **state)
{
    struct store_fixture *f = *state;
    static char garbage[12288];

    make_schema_1(f);
    struct database database = {0};
    assert_int_equal(database_open(&database, scratch_path(f->directory, DB)), DATABASE_GOOD);
    run(&database, "PRAGMA wal_checkpoint(TRUNCATE)");
    database_close(&database, false);
    memset(garbage, 0xa5, sizeof garbage);
    FILE *file = fopen(scratch_path(f->directory, DB), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 40960, SEEK_SET), 0);
    assert_int_equal(fwrite(garbage, 1, sizeof garbage, file), sizeof garbage);
    assert_int_equal(fclose(file), 0);
    assert_true(store_fixture_open(f));
    assert_int_equal(store_fixture_count(f->store).strikes, 0);
    assert_true(scratch_exists(f->directory, DB ".corrupt-1"));
}

/* Wherever the process is killed: the next start has everything, and the copy is whole if it is
 * there. */
static void test_killed_while_migrating(void **state)
{
    struct store_fixture *f = *state;
    unsigned before = 0, after = 0;

    for (unsigned round = 0; round < KILLS; round++) {
        int status = 0;
        make_schema_1(f);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            bool set_aside = false;
            f->store = store_open(f->directory, &set_aside, f->error, sizeof f->error);
            _exit(f->store == NULL || set_aside);
        }
        for (unsigned i = 0; i < round * SPINS_STEP; i++)
            sched_yield();
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        if (scratch_exists(f->directory, COPY))
            expect_schema_1(f, COPY);
        assert_false(store_fixture_open(f));
        before += store_migrated_from(f->store) == 1;
        after += store_migrated_from(f->store) == 0;
        expect_migrated(f);
        expect_schema_1(f, COPY);
        store_close(&f->store);
        assert_int_equal(unlink(scratch_path(f->directory, COPY)), 0);
        assert_int_equal(unlink(scratch_path(f->directory, DB)), 0);
    }
    print_message("killed before the migration: %u, after it: %u\n", before, after);
    assert_true(before > 0);
}

/* errno tells those who start the agent that no restart will help. */
static void test_a_newer_schema_is_told_apart(void **state)
{
    struct store_fixture *f = *state;
    bool set_aside = false;

    make_schema_1(f);
    struct database database = {0};
    assert_int_equal(database_open(&database, scratch_path(f->directory, DB)), DATABASE_GOOD);
    run(&database, "PRAGMA user_version = 7");
    database_close(&database, false);
    errno = 0;
    assert_null(store_open(f->directory, &set_aside, f->error, sizeof f->error));
    assert_int_equal(errno, ENOTSUP);
    assert_non_null(strstr(f->error, "/bansync.db: schema 7, but this bansyncd knows up to 6: "));
    assert_false(scratch_exists(f->directory, COPY));
    assert_int_equal(unlink(scratch_path(f->directory, DB)), 0);
    assert_int_equal(mkdir(scratch_path(f->directory, DB), 0700), 0);
    assert_null(store_open(f->directory, &set_aside, f->error, sizeof f->error));
    assert_int_not_equal(errno, ENOTSUP);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_fixture_begin, store_fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(test_an_older_schema_is_migrated),
        TEST(test_schema_2_keeps_all_its_rows),
        TEST(test_schema_3_gets_a_table_for_what_is_held),
        TEST(test_schema_3_keeps_all_its_rows),
        TEST(test_schema_4_gets_a_table_for_the_audit),
        TEST(test_a_copy_of_former_times_is_replaced),
        TEST(test_without_a_copy_nothing_is_migrated),
        TEST(test_no_room_for_a_copy_leaves_the_file_alone),
        TEST(test_a_damaged_older_file_is_set_aside),
        TEST(test_killed_while_migrating),
        TEST(test_a_newer_schema_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
