/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt to deliver an alert: a program ends with all that it started, whatever ends it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "scratch.h"
#include "sender.h"

#define WAIT_MS 20000

static char directory[SCRATCH_PATH_SIZE];
static struct sender sender;
static struct sender_outcome outcome;

static int set_up(void **state)
{
    (void)state;
    signal(SIGCHLD, SIG_DFL);
    scratch_make(directory);
    return mkfifo(scratch_path(directory, "alive"), 0600) |
           mkfifo(scratch_path(directory, "gate"), 0600);
}

static int tear_down(void **state)
{
    (void)state;
    sender_end(&sender);
    scratch_remove(directory);
    return 0;
}

static const char *write_program(const char *script)
{
    scratch_write(directory, "program", script, strlen(script));
    assert_int_equal(chmod(scratch_path(directory, "program"), 0700), 0);
    return scratch_path(directory, "program");
}

/* A program that does not end. It, its child and one that left its session hold "alive" open. */
static const char *write_family(void)
{
    char script[2048];

    snprintf(script, sizeof(script),
             "#!/bin/sh\nexec 4>%s/alive\n(echo child >&4; read x < %s/gate) &\n"
             "setsid sh -c '(echo far >&4; read x < %s/gate) & wait' &\nread x < %s/gate\n",
             directory, directory, directory, directory);
    return write_program(script);
}

static int open_alive(void)
{
    return open(scratch_path(directory, "alive"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/* Both are there. */
static void wait_family(int alive)
{
    struct pollfd own = {.fd = alive, .events = POLLIN};
    char said[32] = "";

    for (size_t used = 0; strstr(said, "far") == NULL || strstr(said, "child") == NULL;) {
        ssize_t got;

        assert_int_equal(poll(&own, 1, WAIT_MS), 1);
        got = read(alive, said + used, sizeof(said) - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
}

/* Nobody holds it open any more. */
static void wait_nobody(int alive)
{
    struct pollfd own = {.fd = alive, .events = POLLIN};
    char byte;

    do
        assert_int_equal(poll(&own, 1, WAIT_MS), 1);
    while (read(alive, &byte, 1) != 0);
    close(alive);
}

static void a_program_is_ended_with_all_that_it_started(void **state)
{
    int alive = open_alive();

    (void)state;
    assert_true(sender_exec(&sender, write_family(), "", 0, 1000, &outcome));
    wait_family(alive);
    assert_false(sender_take(&sender, 1000 + ALERT_EXEC_MS - 1, &outcome));
    assert_true(sender_is_busy(&sender));
    assert_true(sender_take(&sender, 1000 + ALERT_EXEC_MS, &outcome));
    assert_false(sender_is_busy(&sender));
    assert_int_equal(outcome.result, TRANSFER_LATER);
    assert_string_equal(outcome.reason, "it took too long and was ended");
    wait_nobody(alive);
}

static void wait_outcome(void)
{
    struct pollfd told = {.fd = sender.fd, .events = POLLIN};

    assert_int_equal(poll(&told, 1, WAIT_MS), 1);
    while (!sender_take(&sender, 0, &outcome))
        assert_int_equal(poll(NULL, 0, 1), 0); /* it ends */
}

static void what_a_program_leaves_behind_is_ended(void **state)
{
    int alive = open_alive();
    char script[1024];

    (void)state;
    snprintf(script, sizeof(script),
             "#!/bin/sh\nexec 4>%s/alive\nsetsid sh -c 'read x < %s/gate' &\n", directory,
             directory);
    assert_true(sender_exec(&sender, write_program(script), "", 0, 0, &outcome));
    wait_outcome();
    assert_int_equal(outcome.result, TRANSFER_DONE);
    wait_nobody(alive);
}

static void a_program_ends_with_the_process_that_runs_it(void **state)
{
    int alive = open_alive();
    char script[1024];

    (void)state;
    snprintf(
        script, sizeof(script),
        "#!/bin/sh\nexec 4>%s/alive\n(echo child far >&4; read x < %s/gate) &\nread x < %s/gate\n",
        directory, directory, directory);
    assert_true(sender_exec(&sender, write_program(script), "", 0, 0, &outcome));
    wait_family(alive);
    kill(sender.pid, SIGKILL);
    wait_outcome();
    assert_int_equal(outcome.result, TRANSFER_LATER);
    assert_string_equal(outcome.reason, "the process that runs it was ended");
    wait_nobody(alive);
}

/* The caller, which cannot end anything any more. */
static void a_program_ends_with_the_caller(void **state)
{
    int alive = open_alive();
    const char *path = write_family();
    pid_t caller = fork();

    (void)state;
    if (caller == 0) {
        sender_exec(&sender, path, "", 0, 0, &outcome);
        while (1)
            pause();
    }
    wait_family(alive);
    kill(caller, SIGKILL);
    assert_int_equal(waitpid(caller, NULL, 0), caller);
    wait_nobody(alive);
}

/* The caller ended before it could be said what is to happen then. */
static void nothing_is_begun_for_a_caller_that_is_gone(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        keeper_begin(getpid()); /* nobody's parent */
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void a_program_that_is_not_there_is_told(void **state)
{
    (void)state;
    assert_false(sender_exec(&sender, "/nonexistent/program", "", 0, 0, &outcome));
    assert_string_equal(outcome.reason, "No such file or directory");
    assert_false(sender_exec(&sender, "program", "", 0, 0, &outcome));
    assert_string_equal(outcome.reason, "it is no absolute path");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_program_is_ended_with_all_that_it_started),
        TEST(what_a_program_leaves_behind_is_ended),
        TEST(a_program_ends_with_the_process_that_runs_it),
        TEST(a_program_ends_with_the_caller),
        TEST(nothing_is_begun_for_a_caller_that_is_gone),
        TEST(a_program_that_is_not_there_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
