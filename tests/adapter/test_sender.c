/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt to deliver an alert: a program that does not end is ended with all that it started.
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

/* Both it and its child hold "alive" open, and wait for what never comes. */
static void a_program_is_ended_with_its_group(void **state)
{
    char script[1024], byte;
    int alive = open(scratch_path(directory, "alive"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct pollfd own = {.fd = alive, .events = POLLIN};

    (void)state;
    snprintf(script, sizeof(script),
             "#!/bin/sh\nexec 4>%s/alive\n(echo child >&4; read x < %s/gate) &\n"
             "read x < %s/gate\n",
             directory, directory, directory);
    assert_true(sender_exec(&sender, write_program(script), "", 0, 1000, &outcome));
    assert_int_equal(poll(&own, 1, WAIT_MS), 1); /* the child is there */
    while (read(alive, &byte, 1) == 1)
        continue;
    assert_false(sender_take(&sender, 1000 + ALERT_EXEC_MS - 1, &outcome));
    assert_true(sender_is_busy(&sender));
    assert_true(sender_take(&sender, 1000 + ALERT_EXEC_MS, &outcome));
    assert_false(sender_is_busy(&sender));
    assert_int_equal(outcome.result, TRANSFER_LATER);
    assert_string_equal(outcome.reason, "it took too long and was ended");
    assert_int_equal(poll(&own, 1, WAIT_MS), 1);
    assert_int_equal(own.revents, POLLHUP); /* nobody holds it open any more */
    close(alive);
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
        TEST(a_program_is_ended_with_its_group),
        TEST(a_program_that_is_not_there_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
