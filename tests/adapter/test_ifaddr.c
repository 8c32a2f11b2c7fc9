/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ifaddr on this host, and in a network namespace with addresses of our choice.
 */
#include "ifaddr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MAX 64

/* Exit status of the child where the system allows no namespace. */
#define NOT_ALLOWED 77

static char texts[MAX][IFADDR_TEXT_SIZE];

/* The address in binary, as canonical text again; NULL if it is none. */
static const char *canonical(const char *text)
{
    static char again[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

    if (inet_pton(family, text, bytes) != 1)
        return NULL;
    return inet_ntop(family, bytes, again, sizeof(again));
}

static void test_this_host(void **state)
{
    size_t count = ifaddr_list(texts, MAX);

    (void)state;
    assert_in_range(count, 0, MAX);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(canonical(texts[i]));
        assert_string_equal(canonical(texts[i]), texts[i]);
        assert_int_not_equal(strncmp(texts[i], "127.", 4), 0);
        assert_int_not_equal(strncmp(texts[i], "fe80:", 5), 0);
        assert_string_not_equal(texts[i], "::1");
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(texts[i], texts[j]);
    }
}

static void test_no_room(void **state)
{
    (void)state;
    snprintf(texts[0], sizeof(texts[0]), "untouched");
    assert_int_equal(ifaddr_list(texts, 0), 0);
    assert_string_equal(texts[0], "untouched");
}

static bool add4(int fd, const char *name, const char *text)
{
    struct ifreq request = {.ifr_flags = 0};
    struct sockaddr_in address = {.sin_family = AF_INET};

    snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
    inet_pton(AF_INET, text, &address.sin_addr);
    memcpy(&request.ifr_addr, &address, sizeof(address));
    return ioctl(fd, SIOCSIFADDR, &request) == 0;
}

/* What linux/ipv6.h calls in6_ifreq; that header does not go with netinet/in.h. */
struct request6 {
    struct in6_addr address;
    uint32_t prefix_length;
    int interface;
};

static bool add6(int fd, const char *text)
{
    struct request6 request = {.prefix_length = 64, .interface = (int)if_nametoindex("lo")};

    inet_pton(AF_INET6, text, &request.address);
    return ioctl(fd, SIOCSIFADDR, &request) == 0;
}

static bool is_listed(size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}

/* In a namespace of its own; a child, so it must not return. Its exit status says which check
 * failed. */
static void run_namespace(void)
{
    int fd4, fd6;
    bool has6;
    size_t count;
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};

    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        _exit(NOT_ALLOWED);
    fd4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    fd6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (ioctl(fd4, SIOCSIFFLAGS, &up) != 0 || !add4(fd4, "lo:1", "192.0.2.7") ||
        !add4(fd4, "lo:2", "169.254.3.4"))
        _exit(NOT_ALLOWED);
    has6 = fd6 >= 0 && add6(fd6, "2001:db8:0:0:0::7") && add6(fd6, "fe80::7");
    count = ifaddr_list(texts, MAX);
    if (!is_listed(count, "192.0.2.7"))
        _exit(1);
    if (has6 && !is_listed(count, "2001:db8::7"))
        _exit(2);
    if (count != (has6 ? 2 : 1)) /* neither loopback nor link-local */
        _exit(3);
    if (ifaddr_list(texts, 1) != 1)
        _exit(4);
    _exit(0);
}

static void test_known_addresses(void **state)
{
    pid_t pid = fork();
    int status;

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0)
        run_namespace();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_ALLOWED)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_this_host),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_known_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
