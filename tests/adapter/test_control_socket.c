/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of the socket's name: what is replaced, what never is, and what is left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "control_socket.h"
#include "scratch.h"

static char directory[SCRATCH_PATH_SIZE];

static int setup(void **state)
{
    (void)state;
    scratch_make(directory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove(directory);
    return 0;
}

/* A socket of another program, bound to name. */
static int bind_other(const char *name, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", scratch_path(directory, name));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static struct control_socket open_at(const char *name)
{
    struct control_socket listener;
    char error[300] = "";

    if (control_socket_open(&listener, scratch_path(directory, name), error, sizeof(error)) != 0)
        fail_msg("%s", error);
    assert_true(listener.fd >= 0);
    return listener;
}

static void assert_refused(const char *path, const char *reason)
{
    struct control_socket listener;
    char error[300] = "";

    assert_int_equal(control_socket_open(&listener, path, error, sizeof(error)), -1);
    assert_int_equal(listener.fd, -1);
    if (strstr(error, reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, reason);
    assert_ptr_equal(strstr(error, path), error); /* and names the path first */
}

static mode_t mode_of(const char *name)
{
    struct stat found;

    assert_int_equal(lstat(scratch_path(directory, name), &found), 0);
    return found.st_mode;
}

static void socket_and_directory_are_made_for_all(void **state)
{
    const mode_t before = umask(0077);
    struct control_socket listener;

    (void)state;
    listener = open_at("run/control.sock");
    assert_int_equal(umask(before), 0077); /* as it was */
    assert_int_equal(mode_of("run"), S_IFDIR | 0755);
    assert_int_equal(mode_of("run/control.sock"), S_IFSOCK | 0666);
    control_socket_close(&listener);
    assert_int_equal(listener.fd, -1);
    assert_false(scratch_exists(directory, "run/control.sock"));
    assert_true(scratch_exists(directory, "run"));
}

static void a_directory_that_is_there_is_left_alone(void **state)
{
    struct control_socket listener;

    (void)state;
    assert_int_equal(mkdir(scratch_path(directory, "run"), 0700), 0);
    listener = open_at("run/control.sock");
    assert_int_equal(mode_of("run"), S_IFDIR | 0700);
    control_socket_close(&listener);
}

static void a_socket_left_behind_is_replaced(void **state)
{
    struct control_socket listener;

    (void)state;
    assert_int_equal(close(bind_other("control.sock", SOCK_STREAM)), 0);
    listener = open_at("control.sock");
    control_socket_close(&listener);
    assert_int_equal(scratch_count(directory), 0);
}

static void a_socket_in_use_is_refused(void **state)
{
    struct control_socket listener = open_at("control.sock");
    const char *path = scratch_path(directory, "control.sock");
    struct sockaddr_un address = listener.name.address;
    int waiting[2 * CONTROL_CLIENTS_MAX];
    int count = 0;

    (void)state;
    assert_refused(path, "already running");
    /* also when so many wait that no more can */
    do {
        waiting[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        assert_true(waiting[count] >= 0 && count < 2 * CONTROL_CLIENTS_MAX - 1);
    } while (connect(waiting[count++], (struct sockaddr *)&address, sizeof(address)) == 0);
    assert_refused(path, "already running");
    while (count > 0)
        assert_int_equal(close(waiting[--count]), 0);
    assert_true(scratch_exists(directory, "control.sock"));
    control_socket_close(&listener);
}

static void what_is_no_socket_is_never_removed(void **state)
{
    (void)state;
    scratch_write(directory, "file", "precious", 8);
    assert_refused(scratch_path(directory, "file"), "not a socket");
    assert_int_equal(mkdir(scratch_path(directory, "folder"), 0755), 0);
    assert_refused(scratch_path(directory, "folder"), "not a socket");
    assert_int_equal(mkfifo(scratch_path(directory, "pipe"), 0600), 0);
    assert_refused(scratch_path(directory, "pipe"), "not a socket");
    assert_int_equal(close(bind_other("stale", SOCK_STREAM)), 0);
    assert_int_equal(symlink("stale", scratch_path(directory, "link")), 0);
    assert_refused(scratch_path(directory, "link"), "not a socket");
    assert_int_equal(scratch_count(directory), 5);
}

static void another_kind_of_socket_is_refused(void **state)
{
    int other = bind_other("datagrams", SOCK_DGRAM);

    (void)state;
    assert_refused(scratch_path(directory, "datagrams"), "in use by another program");
    assert_true(scratch_exists(directory, "datagrams"));
    assert_int_equal(close(other), 0);
}

static void bad_paths_are_refused(void **state)
{
    char path[200];

    (void)state;
    assert_refused("", "1 to 107 bytes");
    memset(path, 'x', sizeof(path));
    path[108] = '\0';
    assert_refused(path, "1 to 107 bytes");
    assert_refused(scratch_path(directory, "no/such/control.sock"), "cannot make its directory");
    scratch_write(directory, "file", "", 0);
    assert_refused(scratch_path(directory, "file/control.sock"), "Not a directory");
}

static void the_name_of_a_successor_is_left_alone(void **state)
{
    struct control_socket old = open_at("control.sock");
    struct control_socket successor;

    (void)state;
    /* a link keeps the inode, so that the number cannot be used again */
    assert_int_equal(
        rename(scratch_path(directory, "control.sock"), scratch_path(directory, "kept")), 0);
    successor = open_at("control.sock");
    control_socket_close(&old);
    assert_true(scratch_exists(directory, "control.sock"));
    control_socket_close(&successor);
    assert_false(scratch_exists(directory, "control.sock"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(socket_and_directory_are_made_for_all),
        TEST(a_directory_that_is_there_is_left_alone),
        TEST(a_socket_left_behind_is_replaced),
        TEST(a_socket_in_use_is_refused),
        TEST(what_is_no_socket_is_never_removed),
        TEST(another_kind_of_socket_is_refused),
        TEST(bad_paths_are_refused),
        TEST(the_name_of_a_successor_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
