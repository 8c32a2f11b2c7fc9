/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store under faults: killed at any instant, no room to write, and the new file that follows a
 * failure.
 */
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

#define KILLS 40
#define ACKS_MAX 25
#define SPINS_MAX 3000
#define BATCH 40         /* strikes that a commit under a limit holds */
#define LIMIT_STEP 1500  /* neither a page nor a frame: writes end short too */
#define LIMIT_MAX 200000 /* beyond it everything fits */

/* xorshift: where the kills fall need not be repeatable, only spread. */
static unsigned pick(unsigned below)
{
    static uint32_t seed = 2463534242u;

    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

/* Commits strike n, record and value n, and says so, for ever. */
static void commit_for_ever(struct store *store, int64_t n, int acknowledge)
{
    for (;; n++) {
        store_fixture_strike(store, n);
        store_fixture_record(store, 1 + n % 50, n);
        store_meta_put(store, "n", &n, sizeof n);
        if (store_commit(store) != 0)
            _exit(2);
        if (write(acknowledge, &n, sizeof n) != (ssize_t)sizeof n)
            _exit(0);
    }
}

/* Writes all anew with one strike more each time, and says so, for ever. */
static void rebuild_for_ever(struct store *store, int64_t n, int acknowledge)
{
    for (;; n++) {
        if (store_rebuild_begin(store) != 0)
            _exit(2);
        for (int64_t i = 1; i <= n; i++)
            store_fixture_strike(store, i);
        store_meta_put(store, "n", &n, sizeof n);
        if (store_rebuild_finish(store) != 0)
            _exit(3);
        if (write(acknowledge, &n, sizeof n) != (ssize_t)sizeof n)
            _exit(0);
    }
}

/* Runs work in a child, kills it after some acknowledgments and a random while. Returns the last
 * one, or last. */
static int64_t run_and_kill(struct store_fixture *f, int64_t last,
                            void (*work)(struct store *, int64_t, int))
{
    unsigned acks = pick(ACKS_MAX);
    unsigned spins = pick(SPINS_MAX);
    int64_t acknowledged = last;
    int ends[2];
    int status = 0;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool set_aside = false;
        close(ends[0]);
        f->store = store_open(f->directory, &set_aside, f->error, sizeof f->error);
        if (f->store == NULL || set_aside)
            _exit(1);
        work(f->store, last + 1, ends[1]);
    }
    close(ends[1]);
    for (unsigned i = 0; i < acks; i++)
        assert_int_equal(read(ends[0], &acknowledged, sizeof acknowledged), sizeof acknowledged);
    for (unsigned i = 0; i < spins; i++)
        sched_yield();
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status)); /* it did not end by a failure of its own */
    while (read(ends[0], &acknowledged, sizeof acknowledged) == (ssize_t)sizeof acknowledged)
        continue;
    close(ends[0]);
    return acknowledged;
}

/* Opens the database after a kill: it must hold 1..n with n acknowledged, or the one commit more
 * that was under way. */
static int64_t check_after_kill(struct store_fixture *f, int64_t acknowledged)
{
    int64_t n = 0;

    assert_false(store_fixture_open(f));
    struct store_count count = store_fixture_count(f->store);
    store_meta_get(f->store, "n", &n, sizeof n);
    assert_true(count.in_order);
    assert_int_equal(count.wrong + count.damaged, 0);
    assert_int_equal(count.strikes, n);
    assert_int_equal(count.last, n);
    assert_true(n == acknowledged || n == acknowledged + 1);
    assert_true(count.newest == n || count.records == 0);
    store_close(&f->store);
    return n;
}

static void test_killed_while_committing(void **state)
{
    struct store_fixture *f = *state;
    int64_t n = 0;

    for (int i = 0; i < KILLS; i++)
        n = check_after_kill(f, run_and_kill(f, n, commit_for_ever));
    print_message("%d kills, %d commits\n", KILLS, (int)n);
}

static void test_killed_while_writing_anew(void **state)
{
    struct store_fixture *f = *state;
    int64_t n = 0;

    for (int i = 0; i < KILLS; i++)
        n = check_after_kill(f, run_and_kill(f, n, rebuild_for_ever));
    assert_false(scratch_exists(f->directory, "bansync.db.corrupt-1"));
    print_message("%d kills, %d new files\n", KILLS, (int)n);
}

/* No file may be written beyond bytes: what a full disk is to the store. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void remove_database(struct store_fixture *f)
{
    store_close(&f->store);
    unlink(scratch_path(f->directory, "bansync.db"));
}

static void test_a_commit_without_room_leaves_nothing(void **state)
{
    struct store_fixture *f = *state;
    unsigned failures = 0;
    unsigned successes = 0;

    for (rlim_t limit = 0; limit < LIMIT_MAX; limit += LIMIT_STEP) {
        store_fixture_open(f);
        store_fixture_commit_strikes(f->store, 1, 3);
        limit_files(limit);
        for (int64_t n = 4; n < 4 + BATCH; n++)
            store_fixture_strike(f->store, n);
        int result = store_commit(f->store);
        limit_files(RLIM_INFINITY);
        failures += result != 0;
        successes += result == 0;
        if (result != 0)
            assert_non_null(strstr(store_error(f->store), "bansync.db: committing: disk I/O"));
        int64_t expected = result == 0 ? 3 + BATCH : 3;
        assert_int_equal(store_fixture_count(f->store).strikes, expected);
        store_fixture_reopen(f);
        assert_int_equal(store_fixture_count(f->store).strikes, expected);
        remove_database(f);
    }
    assert_true(failures > 0 && successes > 0);
}

static void test_a_new_file_heals_a_failed_store(void **state)
{
    struct store_fixture *f = *state;

    store_fixture_open(f);
    store_fixture_commit_strikes(f->store, 1, 3);
    limit_files(0);
    store_fixture_strike(f->store, 4);
    assert_int_equal(store_commit(f->store), -1);
    store_fixture_strike(f->store, 5);
    limit_files(RLIM_INFINITY);

    assert_int_equal(store_rebuild_begin(f->store), 0);
    store_meta_put(f->store, "cursor", "c", 1);
    for (int64_t n = 1; n <= 6; n++)
        store_fixture_strike(f->store, n);
    assert_true(store_is_dirty(f->store));
    assert_int_equal(store_commit(f->store), -1);
    assert_int_equal(store_rebuild_finish(f->store), 0);
    assert_false(store_is_dirty(f->store));
    store_fixture_commit_strikes(f->store, 7, 7);
    assert_int_equal(store_fixture_count(f->store).last, 7);
    store_fixture_reopen(f);
    struct store_count count = store_fixture_count(f->store);
    assert_true(count.in_order);
    assert_int_equal(count.strikes, 7);
    char value;
    assert_int_equal(store_meta_get(f->store, "cursor", &value, 1), 1);
    assert_false(scratch_exists(f->directory, "bansync.db.new"));
}

static void test_a_new_file_without_room_changes_nothing(void **state)
{
    struct store_fixture *f = *state;
    unsigned failures = 0;
    unsigned successes = 0;

    for (rlim_t limit = 0; limit < LIMIT_MAX; limit += LIMIT_STEP) {
        store_fixture_open(f);
        store_fixture_commit_strikes(f->store, 1, 3);
        limit_files(limit);
        int result = store_rebuild_begin(f->store);
        if (result == 0) {
            for (int64_t n = 1; n <= BATCH; n++)
                store_fixture_strike(f->store, n);
            result = store_rebuild_finish(f->store);
        }
        limit_files(RLIM_INFINITY);
        failures += result != 0;
        successes += result == 0;
        int64_t expected = result == 0 ? BATCH : 3;
        assert_false(scratch_exists(f->directory, "bansync.db.new"));
        assert_false(store_is_dirty(f->store));
        assert_int_equal(store_fixture_count(f->store).strikes, expected);
        store_fixture_commit_strikes(f->store, expected + 1, expected + 1);
        store_fixture_reopen(f);
        assert_int_equal(store_fixture_count(f->store).strikes, expected + 1);
        remove_database(f);
    }
    assert_true(failures > 0 && successes > 0);
}

static void test_a_new_file_that_cannot_be_made(void **state)
{
    struct store_fixture *f = *state;

    store_fixture_open(f);
    store_fixture_commit_strikes(f->store, 1, 3);
    assert_int_equal(mkdir(scratch_path(f->directory, "bansync.db.new"), 0700), 0);
    assert_int_equal(store_rebuild_begin(f->store), -1);
    assert_non_null(strstr(store_error(f->store), "cannot make "));
    store_fixture_commit_strikes(f->store, 4, 4);
    assert_int_equal(store_fixture_count(f->store).strikes, 4);
}

/* The store is closed after it; whatever is asked of it then must fail, and a later attempt must
 * heal it. */
static void test_a_swap_that_fails(void **state)
{
    struct store_fixture *f = *state;
    char value;

    store_fixture_open(f);
    store_fixture_commit_strikes(f->store, 1, 3);
    assert_int_equal(store_rebuild_begin(f->store), 0);
    for (int64_t n = 1; n <= 5; n++)
        store_fixture_strike(f->store, n);
    /* A directory in the place of a leftover that the swap removes. */
    assert_int_equal(mkdir(scratch_path(f->directory, "bansync.db.new-shm"), 0700), 0);
    assert_int_equal(store_rebuild_finish(f->store), -1);
    assert_non_null(strstr(store_error(f->store), "in place"));

    store_fixture_strike(f->store, 6);
    store_expire_strikes(f->store, 6);
    assert_true(store_is_dirty(f->store));
    assert_int_equal(store_commit(f->store), -1);
    assert_non_null(strstr(store_error(f->store), "not open"));
    assert_int_equal(store_meta_get(f->store, "cursor", &value, 1), -1);
    assert_int_equal(store_rebuild_begin(f->store), -1);

    assert_int_equal(rmdir(scratch_path(f->directory, "bansync.db.new-shm")), 0);
    assert_int_equal(store_rebuild_begin(f->store), 0);
    for (int64_t n = 1; n <= 6; n++)
        store_fixture_strike(f->store, n);
    assert_int_equal(store_rebuild_finish(f->store), 0);
    store_fixture_reopen(f);
    assert_int_equal(store_fixture_count(f->store).strikes, 6);
}

static void test_closed_while_a_new_file_is_being_written(void **state)
{
    struct store_fixture *f = *state;

    store_fixture_open(f);
    store_fixture_commit_strikes(f->store, 1, 3);
    assert_int_equal(store_rebuild_begin(f->store), 0);
    store_fixture_strike(f->store, 1);
    store_close(&f->store);
    assert_false(scratch_exists(f->directory, "bansync.db.new"));
    assert_false(store_fixture_open(f));
    assert_int_equal(store_fixture_count(f->store).strikes, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_fixture_begin, store_fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(test_killed_while_committing),
        TEST(test_killed_while_writing_anew),
        TEST(test_a_commit_without_room_leaves_nothing),
        TEST(test_a_new_file_heals_a_failed_store),
        TEST(test_a_new_file_without_room_changes_nothing),
        TEST(test_a_new_file_that_cannot_be_made),
        TEST(test_a_swap_that_fails),
        TEST(test_closed_while_a_new_file_is_being_written),
    };
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
