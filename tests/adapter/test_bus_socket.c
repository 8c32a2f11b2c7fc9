/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus_socket, through bus: descriptors in the wait, endpoints that cannot be opened.
 */
#include "bus.h"
#include "bus_fixture.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* cmocka needs the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

static const int none[] = {-1};

static bool ignore_frame(void *context, size_t peer, const uint8_t *bytes, size_t size)
{
    (void)context;
    (void)peer;
    (void)bytes;
    (void)size;
    return true;
}

static void descriptors_are_waited_for_too(void **state)
{
    struct bus_fixture *fixture = *state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    bus_node_open(fixture, 0, none);
    struct bus *const buses[] = {NULL, fixture->node[0].bus};

    for (size_t i = 0; i < 2; i++) {
        struct pollfd fds[] = {{ends[0], POLLIN, 0}, {-1, POLLIN, 7}, {ends[1], POLLIN, 7}};
        assert_int_equal(bus_wait(buses[i], fds, 3, 0), 0);
        assert_int_equal(fds[1].revents | fds[2].revents, 0);
        fds[2].events = POLLIN | POLLOUT;
        assert_int_equal(bus_wait(buses[i], fds, 3, 10000), 1);
        assert_int_equal(fds[2].revents, POLLOUT);
        assert_int_equal(write(ends[1], "x", 1), 1);
        fds[2].events = POLLIN;
        assert_int_equal(bus_wait(buses[i], fds, 3, 10000), 1);
        assert_int_equal(fds[0].revents, POLLIN);
        char byte;
        assert_int_equal(read(ends[0], &byte, 1), 1);
    }
    close(ends[1]);
    struct pollfd hung_up = {ends[0], 0, 0};
    assert_int_equal(bus_wait(fixture->node[0].bus, &hung_up, 1, 10000), 1);
    assert_int_equal(hung_up.revents, POLLHUP);
    close(ends[0]);
}

static void many_descriptors_are_waited_for(void **state)
{
    static struct pollfd fds[700];
    struct bus_fixture *fixture = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    bus_node_open(fixture, 0, none);
    for (size_t i = 0; i < 700; i++) {
        fds[i] = (struct pollfd){i == 699 ? ends[1] : ends[0], i == 699 ? POLLOUT : POLLIN, 0};
    }
    assert_int_equal(bus_wait(fixture->node[0].bus, fds, 700, 10000), 1);
    assert_int_equal(fds[699].revents, POLLOUT);
    assert_false(bus_receive(fixture->node[0].bus, 1, 10, ignore_frame, NULL));
    close(ends[0]);
    close(ends[1]);
}

static void an_endpoint_that_is_none_is_named(void **state)
{
    struct bus_fixture *fixture = *state;
    char error[256] = "";
    struct bus_peer peer = {.endpoint = "tcp://192.0.2.1"};
    struct bus_options options = {.peers = &peer, .peer_count = 1};
    memcpy(peer.key, fixture->node[1].keys.public_key, NODE_KEY_BYTES);
    memcpy(options.public_key, fixture->node[0].keys.public_key, NODE_KEY_BYTES);
    memcpy(options.secret_key, fixture->node[0].keys.secret_key, NODE_KEY_BYTES);
    assert_null(bus_open(&options, error, sizeof error));
    assert_non_null(strstr(error, "tcp://192.0.2.1: "));

    bus_node_open(fixture, 1, none);
    options.peer_count = 0;
    options.listen = fixture->node[1].endpoint;
    assert_null(bus_open(&options, error, sizeof error));
    assert_non_null(strstr(error, fixture->node[1].endpoint));
    assert_non_null(strstr(error, "in use"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define BUS_TEST(test) cmocka_unit_test_setup_teardown(test, bus_fixture_begin, bus_fixture_end)
        BUS_TEST(descriptors_are_waited_for_too),
        BUS_TEST(many_descriptors_are_waited_for),
        BUS_TEST(an_endpoint_that_is_none_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
