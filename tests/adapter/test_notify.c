/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify against sockets of ours.
 */
#include "notify.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char directory[] = "/tmp/bansync-notify-XXXXXX";

static int begin(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    return rmdir(directory);
}

/* A receiver under the name, '@' for abstract; $NOTIFY_SOCKET is set to it. */
static int receive_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                     0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void expect_state(int fd, const char *state)
{
    char text[256];
    ssize_t length = recv(fd, text, sizeof(text) - 1, 0);

    assert_true(length >= 0);
    text[length] = '\0';
    assert_string_equal(text, state);
    assert_int_equal(recv(fd, text, sizeof(text), 0), -1);
}

static void test_path(void **state)
{
    char name[sizeof(directory) + 16];
    int fd;

    (void)state;
    snprintf(name, sizeof(name), "%s/notify", directory);
    fd = receive_at(name);
    notify_send("READY=1\nSTATUS=3 of 3 nodes");
    expect_state(fd, "READY=1\nSTATUS=3 of 3 nodes");
    close(fd);
    assert_int_equal(unlink(name), 0);
}

static void test_abstract(void **state)
{
    char name[64];
    int fd;

    (void)state;
    snprintf(name, sizeof(name), "@bansync-notify-%d", (int)getpid());
    fd = receive_at(name);
    notify_send("WATCHDOG=1");
    expect_state(fd, "WATCHDOG=1");
    close(fd);
}

static void test_longest_path(void **state)
{
    struct sockaddr_un address;
    char name[sizeof(address.sun_path) + 1];
    int fd;

    (void)state;
    memset(name, 'n', sizeof(name));
    memcpy(name, "@bansync", 8);
    name[sizeof(address.sun_path) - 1] = '\0';
    fd = receive_at(name);
    notify_send("STOPPING=1");
    expect_state(fd, "STOPPING=1");
    close(fd);
}

static void test_harmless(void **state)
{
    static const char *const names[] = {
        "",
        "@",
        "/",
        "relative",
        "vsock:2:1234",
        "/nonexistent/notify",
        "/ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"
        "ttttttt"
        "ttttttttttttttttttt",
    };

    (void)state;
    errno = ENOSPC;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        notify_send("READY=1");
        assert_int_equal(errno, ENOSPC);
    }
    unsetenv("NOTIFY_SOCKET");
    notify_send("READY=1");
    assert_int_equal(errno, ENOSPC);
}

static void test_full_receiver(void **state)
{
    char name[64];
    struct sockaddr_un address;
    socklen_t length = sizeof(address);
    int fd, sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    (void)state;
    snprintf(name, sizeof(name), "@bansync-notify-%d", (int)getpid());
    fd = receive_at(name);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(connect(sender, (struct sockaddr *)&address, length), 0);
    while (send(sender, "x", 1, 0) == 1)
        ;
    assert_int_equal(errno, EAGAIN);
    notify_send("READY=1"); /* returns */
    assert_int_equal(errno, EAGAIN);
    close(sender);
    close(fd);
}

static void expect_watchdog(const char *us, const char *pid, int64_t ms)
{
    if (us != NULL)
        setenv("WATCHDOG_USEC", us, 1);
    else
        unsetenv("WATCHDOG_USEC");
    if (pid != NULL)
        setenv("WATCHDOG_PID", pid, 1);
    else
        unsetenv("WATCHDOG_PID");
    errno = ENOSPC;
    assert_int_equal(notify_watchdog_ms(), ms);
    assert_int_equal(errno, ENOSPC);
}

static void test_watchdog(void **state)
{
    static const char *const wrong[] = {"",        "0", "-1", " 30", "30s", "9223372036854775808",
                                        "infinity"};
    char pid[32];

    (void)state;
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    expect_watchdog(NULL, NULL, 0);
    expect_watchdog(NULL, pid, 0);
    expect_watchdog("30000000", NULL, 15000);
    expect_watchdog("30000000", pid, 15000);
    expect_watchdog("30000000", "1", 0); /* of the process that started us */
    expect_watchdog("3999", pid, 1);
    expect_watchdog("1", pid, 1); /* never off, never busy */
    expect_watchdog("18446744073709551615", pid, 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        expect_watchdog(wrong[i], pid, 0);
        expect_watchdog("30000000", wrong[i], 0);
    }
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path),          cmocka_unit_test(test_abstract),
        cmocka_unit_test(test_longest_path),  cmocka_unit_test(test_harmless),
        cmocka_unit_test(test_full_receiver), cmocka_unit_test(test_watchdog),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
