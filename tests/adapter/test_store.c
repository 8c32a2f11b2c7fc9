/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: rows, small values, transactions, expiry, and readers beside it.
 */
#include "store.h"
#include "store_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define DEADLINE_MS 10000
#define SLICE 4096 /* rows that one call expires */

extern char **environ;

static void test_a_new_store_is_empty(void **state)
{
    struct store_fixture *f = *state;
    char value[8] = "kept";

    assert_false(store_fixture_open(f));
    struct store_count count = store_fixture_count(f->store);
    assert_int_equal(count.strikes + count.records + count.allows + count.wrong, 0);
    assert_int_equal(store_meta_get(f->store, "cursor", value, sizeof value), 0);
    assert_string_equal(value, "kept");
    assert_int_equal(store_meta_get(f->store, "schema", value, sizeof value), 1);
    assert_memory_equal(value, "6", 1);
    assert_false(store_is_dirty(f->store));
    assert_int_equal(store_commit(f->store), 0);
}

/* The rows of the next test in the order in which they must come back. */
static const struct store_row exact_rows[] = {
    {STORE_STRIKE, NULL, 0, "203.0.113.9", NULL, 7000, "a\0b", 3, UINT64_MAX},
    {STORE_STRIKE, NULL, 0, "192.0.2.1", NULL, -5, "", 0, 0},
    {STORE_RECORD, "\x04\x20\xc0", 3, "192.0.2.1", NULL, 0, "body", 4, UINT64_C(1) << 63},
    {STORE_RECORD, "\x04\x20\xcb\0\xff", 5, "203.0.113.9", "", 0, "\xff", 1, 42},
    {STORE_ALLOW, "k", 1, "198.51.100.0/24", "owner 'operator' \xc3\xa4", 0, "\0", 1, 1},
    {STORE_HELD, "\x04\x20\xcb", 3, "203.0.113.7", "held", 0, "e\0", 2, 9},
};
#define EXACT_COUNT (sizeof exact_rows / sizeof exact_rows[0])

static bool compare_row(void *context, const struct store_row *row)
{
    size_t *next = context;

    assert_true(*next < EXACT_COUNT);
    const struct store_row *expected = &exact_rows[(*next)++];
    assert_int_equal(row->table, expected->table);
    assert_int_equal(row->key_size, expected->key_size);
    if (expected->key_size > 0)
        assert_memory_equal(row->key, expected->key, expected->key_size);
    assert_string_equal(row->subject, expected->subject);
    assert_int_equal(row->note == NULL, expected->note == NULL);
    if (expected->note != NULL)
        assert_string_equal(row->note, expected->note);
    assert_int_equal(row->at_ms, expected->at_ms);
    assert_int_equal(row->body_size, expected->body_size);
    if (expected->body_size > 0)
        assert_memory_equal(row->body, expected->body, expected->body_size);
    assert_true(row->hash == expected->hash);
    return true;
}

static void test_rows_come_back_exactly(void **state)
{
    struct store_fixture *f = *state;
    size_t next = 0;

    store_fixture_open(f);
    /* Keys come back sorted, whatever the order they were put in. */
    store_put(f->store, &exact_rows[5]);
    store_put(f->store, &exact_rows[3]);
    store_put(f->store, &exact_rows[2]);
    store_put(f->store, &exact_rows[4]);
    store_put(f->store, &exact_rows[0]);
    store_put(f->store, &exact_rows[1]);
    assert_int_equal(store_commit(f->store), 0);
    store_fixture_reopen(f);
    assert_int_equal(store_load(f->store, compare_row, &next), 0);
    assert_int_equal(next, EXACT_COUNT);
}

static bool take_two(void *context, const struct store_row *row)
{
    int *seen = context;

    (void)row;
    return ++*seen < 2;
}

static void test_loading_can_be_stopped(void **state)
{
    struct store_fixture *f = *state;
    int seen = 0;

    store_fixture_open(f);
    store_fixture_record(f->store, 1, 1);
    store_fixture_commit_strikes(f->store, 1, 5);
    assert_int_equal(store_load(f->store, take_two, &seen), 0);
    assert_int_equal(seen, 2);
    assert_int_equal(store_fixture_count(f->store).strikes, 5);
}

static void test_put_replaces_and_delete_removes(void **state)
{
    struct store_fixture *f = *state;
    int64_t key = 1;
    int64_t absent = 77;

    store_fixture_open(f);
    store_fixture_record(f->store, 1, 1);
    store_fixture_record(f->store, 2, 1);
    assert_int_equal(store_commit(f->store), 0);
    store_fixture_record(f->store, 2, 5);
    store_delete(f->store, STORE_RECORD, &key, sizeof key);
    store_delete(f->store, STORE_RECORD, &absent, sizeof absent);
    store_delete(f->store, STORE_ALLOW, &key, sizeof key);
    assert_int_equal(store_commit(f->store), 0);
    store_fixture_reopen(f);
    struct store_count count = store_fixture_count(f->store);
    assert_int_equal(count.records, 1);
    assert_int_equal(count.newest, 5);
}

static void test_small_values(void **state)
{
    struct store_fixture *f = *state;
    char value[8] = "";

    store_fixture_open(f);
    store_meta_put(f->store, "cursor", "old", 3);
    store_meta_put(f->store, "cursor", "a\0c\0e", 5);
    store_meta_put(f->store, "clock", "12345678901", 11);
    store_meta_put(f->store, "empty", NULL, 0);
    assert_int_equal(store_commit(f->store), 0);
    store_fixture_reopen(f);
    assert_int_equal(store_meta_get(f->store, "cursor", value, sizeof value), 5);
    assert_memory_equal(value, "a\0c\0e", 5);
    assert_int_equal(store_meta_get(f->store, "clock", value, sizeof value), 11);
    assert_memory_equal(value, "a\0c\0e", 5);
    assert_int_equal(store_meta_get(f->store, "clock", NULL, 0), 11);
    assert_int_equal(store_meta_get(f->store, "empty", value, sizeof value), 0);
}

static void test_only_what_was_committed_stays(void **state)
{
    struct store_fixture *f = *state;

    store_fixture_open(f);
    store_fixture_commit_strikes(f->store, 1, 3);
    assert_false(store_is_dirty(f->store));
    store_fixture_strike(f->store, 4);
    assert_true(store_is_dirty(f->store));
    store_fixture_reopen(f);
    assert_int_equal(store_fixture_count(f->store).last, 3);
}

static void test_a_commit_of_nothing_writes_nothing(void **state)
{
    struct store_fixture *f = *state;
    static const char *const names[] = {"bansync.db", "bansync.db-wal"};
    struct stat before[2];
    struct stat after;

    store_fixture_open(f);
    store_fixture_commit_strikes(f->store, 10, 20);
    for (int i = 0; i < 2; i++)
        assert_int_equal(stat(scratch_path(f->directory, names[i]), &before[i]), 0);
    store_expire_strikes(f->store, 9);
    assert_false(store_is_dirty(f->store));
    assert_int_equal(store_commit(f->store), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stat(scratch_path(f->directory, names[i]), &after), 0);
        assert_int_equal(after.st_size, before[i].st_size);
        assert_int_equal(after.st_mtim.tv_sec, before[i].st_mtim.tv_sec);
        assert_int_equal(after.st_mtim.tv_nsec, before[i].st_mtim.tv_nsec);
    }
}

static void test_old_strikes_expire_from_the_front(void **state)
{
    struct store_fixture *f = *state;

    store_fixture_open(f);
    store_expire_strikes(f->store, INT64_MAX);
    assert_false(store_is_dirty(f->store));
    store_fixture_commit_strikes(f->store, 1, 20);
    store_fixture_strike(f->store, 5); /* late: behind younger ones */
    store_expire_strikes(f->store, 12);
    assert_int_equal(store_commit(f->store), 0);
    struct store_count count = store_fixture_count(f->store);
    assert_int_equal(count.first, 13);
    assert_int_equal(count.strikes, 9);
    store_expire_strikes(f->store, 20);
    assert_int_equal(store_commit(f->store), 0);
    assert_int_equal(store_fixture_count(f->store).strikes, 0);
    store_fixture_commit_strikes(f->store, 21, 22);
    assert_int_equal(store_fixture_count(f->store).first, 21);
}

static void test_expiry_is_sliced(void **state)
{
    struct store_fixture *f = *state;
    int64_t last = SLICE + 1000;

    store_fixture_open(f);
    store_fixture_commit_strikes(f->store, 1, last);
    store_expire_strikes(f->store, last - 5);
    assert_int_equal(store_commit(f->store), 0);
    struct store_count count = store_fixture_count(f->store);
    assert_int_equal(count.first, SLICE + 1);
    assert_int_equal(count.last, last);
    store_expire_strikes(f->store, last - 5);
    assert_int_equal(store_commit(f->store), 0);
    assert_int_equal(store_fixture_count(f->store).strikes, 5);
    store_expire_strikes(f->store, last);
    assert_int_equal(store_commit(f->store), 0);
    assert_int_equal(store_fixture_count(f->store).strikes, 0);
}

static void test_one_failed_change_spoils_its_transaction(void **state)
{
    struct store_fixture *f = *state;
    /* More than SQLite holds in a value: refused by its size, never read. */
    struct store_row huge = {.table = STORE_STRIKE, .subject = "192.0.2.1", .body = "x"};

    huge.body_size = (size_t)3 << 30;
    store_fixture_open(f);
    store_fixture_commit_strikes(f->store, 1, 3);
    store_fixture_strike(f->store, 4);
    store_put(f->store, &huge);
    store_fixture_strike(f->store, 5);
    assert_true(store_is_dirty(f->store));
    assert_int_equal(store_commit(f->store), -1);
    assert_non_null(strstr(store_error(f->store), "bansync.db: changing a row: "));
    assert_false(store_is_dirty(f->store));
    assert_int_equal(store_fixture_count(f->store).last, 3);
    store_fixture_commit_strikes(f->store, 4, 4);
    store_fixture_reopen(f);
    assert_int_equal(store_fixture_count(f->store).strikes, 4);
}

/* The sqlite3 program on the database; it reads statements from in, answers on out. */
struct shell {
    pid_t pid;
    int in;
    int out;
};

static void shell_start(struct shell *shell, const struct store_fixture *f)
{
    char path[2 * SCRATCH_PATH_SIZE];
    char *arguments[] = {"sqlite3", "-batch", path, NULL};
    posix_spawn_file_actions_t actions;
    int in[2];
    int out[2];

    snprintf(path, sizeof path, "%s/bansync.db", f->directory);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    int missing = posix_spawnp(&shell->pid, "sqlite3", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    shell->in = in[1];
    shell->out = out[0];
    if (missing != 0) {
        close(shell->in);
        close(shell->out);
        skip();
    }
}

/* Sends statements, expects exactly text. */
static void shell_expect(struct shell *shell, const char *statements, const char *text)
{
    char answer[512] = "";
    size_t length = 0;
    struct pollfd ready = {.fd = shell->out, .events = POLLIN};

    assert_int_equal(write(shell->in, statements, strlen(statements)), strlen(statements));
    while (length < strlen(text) && poll(&ready, 1, DEADLINE_MS) == 1) {
        ssize_t got = read(shell->out, answer + length, sizeof answer - 1 - length);
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    assert_string_equal(answer, text);
}

static void shell_end(struct shell *shell)
{
    close(shell->in);
    close(shell->out);
    assert_int_equal(waitpid(shell->pid, NULL, 0), shell->pid);
}

static void test_a_reader_beside_it_holds_up_nothing(void **state)
{
    struct store_fixture *f = *state;
    struct shell shell;

    store_fixture_open(f);
    store_put(f->store, &exact_rows[4]);
    store_fixture_record(f->store, 1, 1);
    store_fixture_commit_strikes(f->store, 1, 3);
    store_put(f->store, &exact_rows[0]);
    assert_int_equal(store_commit(f->store), 0);
    shell_start(&shell, f);
    shell_expect(&shell,
                 "PRAGMA application_id; PRAGMA user_version; PRAGMA journal_mode;"
                 "SELECT value FROM meta WHERE name = 'schema';"
                 "SELECT subject, at_ms, length(body), hash FROM strike WHERE hash = -1;"
                 "SELECT subject, note FROM record;"
                 "SELECT hex(key), subject, note, hex(body), hash FROM allow;"
                 "BEGIN; SELECT count(*) FROM strike;\n",
                 "1650552435\n6\nwal\n6\n203.0.113.9|7000|3|-1\n2001:db8::/64|banned\n"
                 "6B|198.51.100.0/24|owner 'operator' \xc3\xa4|00|1\n4\n");
    /* Enough for a checkpoint, which the reader makes incomplete. */
    for (int64_t n = 4; n < 1500; n += 100)
        store_fixture_commit_strikes(f->store, n, n + 99);
    shell_expect(&shell, "SELECT count(*) FROM strike; COMMIT; SELECT count(*) FROM strike;\n",
                 "4\n1504\n");
    shell_end(&shell);
}

static void test_a_failed_transaction_leaves_nothing(void **state)
{
    struct store_fixture *f = *state;
    struct shell shell;

    store_fixture_open(f);
    store_fixture_commit_strikes(f->store, 1, 3);
    shell_start(&shell, f);
    shell_expect(&shell, "BEGIN IMMEDIATE; SELECT 'locked';\n", "locked\n");
    store_fixture_strike(f->store, 4);
    assert_true(store_is_dirty(f->store));
    store_fixture_strike(f->store, 5);
    store_meta_put(f->store, "cursor", "x", 1);
    store_expire_strikes(f->store, 3);
    assert_int_equal(store_commit(f->store), -1);
    assert_non_null(strstr(store_error(f->store), "bansync.db: beginning a transaction: "));
    assert_non_null(strstr(store_error(f->store), "locked"));
    assert_false(store_is_dirty(f->store));
    assert_int_equal(store_fixture_count(f->store).last, 3);
    shell_expect(&shell, "ROLLBACK; SELECT 'free';\n", "free\n");
    store_fixture_commit_strikes(f->store, 4, 4);
    assert_int_equal(store_fixture_count(f->store).last, 4);
    shell_end(&shell);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_fixture_begin, store_fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_store_is_empty),
        TEST(test_rows_come_back_exactly),
        TEST(test_loading_can_be_stopped),
        TEST(test_put_replaces_and_delete_removes),
        TEST(test_small_values),
        TEST(test_only_what_was_committed_stays),
        TEST(test_a_commit_of_nothing_writes_nothing),
        TEST(test_old_strikes_expire_from_the_front),
        TEST(test_expiry_is_sliced),
        TEST(test_one_failed_change_spoils_its_transaction),
        TEST(test_a_reader_beside_it_holds_up_nothing),
        TEST(test_a_failed_transaction_leaves_nothing),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
