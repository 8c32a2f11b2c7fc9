/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a database cannot be written: what its directory says when it is tried comes first, then what
 * is known of the failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "store_fixture.h"
#include "store_trouble.h"

static void the_errno_decides_where_the_directory_can_be_written(void **state)
{
    static const struct {
        int reason;
        enum store_trouble trouble;
    } cases[] = {
        {0, STORE_TROUBLE_DISK},           {EIO, STORE_TROUBLE_DISK},
        {ENOSPC, STORE_TROUBLE_FULL},      {EDQUOT, STORE_TROUBLE_FULL},
        {EROFS, STORE_TROUBLE_READ_ONLY},  {EACCES, STORE_TROUBLE_PERMISSION},
        {EPERM, STORE_TROUBLE_PERMISSION},
    };
    const struct store_fixture *f = *state;
    int fd = open(f->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(fd >= 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(store_trouble_find(fd, cases[i].reason), cases[i].trouble);
    assert_int_equal(close(fd), 0);
}

/* Each has a word of its own and says something else. */
static void each_has_its_words(void **state)
{
    (void)state;
    for (int one = 0; one < STORE_TROUBLE_COUNT; one++)
        for (int other = 0; other < one; other++) {
            assert_string_not_equal(store_trouble_name(one), store_trouble_name(other));
            assert_string_not_equal(store_trouble_hint(one), store_trouble_hint(other));
        }
}

/* The directory takes a page, and SQLite does not tell an errno. */
static void a_write_that_fails_otherwise_is_the_disks(void **state)
{
    struct store_fixture *f = *state;
    int status = 0;
    pid_t child;

    store_fixture_open(f);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = {4096, 4096};

        /* No file may grow: the change fails in the file, and a page in the directory does not. */
        setrlimit(RLIMIT_FSIZE, &limit);
        signal(SIGXFSZ, SIG_IGN);
        for (int64_t n = 1; n <= 100; n++)
            store_fixture_strike(f->store, n);
        if (store_commit(f->store) == 0)
            _exit(1);
        _exit(store_trouble(f->store) == STORE_TROUBLE_DISK ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_fixture_begin, store_fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(the_errno_decides_where_the_directory_can_be_written),
        TEST(each_has_its_words),
        TEST(a_write_that_fails_otherwise_is_the_disks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
