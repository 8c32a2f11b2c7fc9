/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus: frames and identities between real buses, and links that are missing, deaf or busy.
 */
#include "bus.h"
#include "bus_fixture.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* cmocka needs the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

static const int only_0[] = {0, -1};
static const int only_1[] = {1, -1};

/* --- Frames and identities --- */

static void frames_go_both_ways(void **state)
{
    struct bus_fixture *fixture = *state;
    bus_node_open(fixture, 0, only_1);
    bus_node_open(fixture, 1, only_0);
    bus_node_deliver(fixture, 0, 0, 1, 0, "there");
    bus_node_deliver(fixture, 1, 0, 0, 0, "and back");
    bus_node_deliver(fixture, 0, 0, 1, 0, "");
}

static void a_peer_has_its_place_in_the_list(void **state)
{
    static const int others[] = {2, 0, -1};
    struct bus_fixture *fixture = *state;
    bus_node_open(fixture, 1, others);
    bus_node_open(fixture, 0, only_1);
    bus_node_open(fixture, 2, only_1);
    bus_node_deliver(fixture, 0, 0, 1, 1, "from 0");
    bus_node_deliver(fixture, 2, 0, 1, 0, "from 2");
    bus_node_deliver(fixture, 1, 1, 0, 0, "to 0");
    bus_node_deliver(fixture, 1, 0, 2, 0, "to 2");
}

/* What they say of themselves tells them apart, not the transport. */
static void two_nodes_with_one_key_are_one_peer(void **state)
{
    struct bus_fixture *fixture = *state;
    fixture->node[2].keys = fixture->node[1].keys;
    bus_node_open(fixture, 0, only_1);
    bus_node_open_as(fixture, 1, NULL, only_0);
    bus_node_open_as(fixture, 2, NULL, only_0);
    for (int i = 0; i < 3; i++) {
        bus_node_deliver(fixture, 1, 0, 0, 0, "first");
        bus_node_deliver(fixture, 2, 0, 0, 0, "second");
    }
}

struct dialogue {
    struct bus_stranger *stranger;
    char text[32];
};

static bool answered(void *context)
{
    struct dialogue *dialogue = context;
    return bus_stranger_take(dialogue->stranger, dialogue->text) >= 0;
}

/* Two keys, one routing id: each stays who it is, and the first keeps its answers. */
static void the_key_decides_whatever_the_routing_id(void **state)
{
    static const int both[] = {1, 2, -1};
    struct bus_fixture *fixture = *state;
    struct bus_stranger first, second;
    struct dialogue dialogue = {.stranger = &first};
    bus_node_open(fixture, 0, both);

    bus_stranger_connect(&first, &fixture->node[0], &fixture->node[2].keys, "0");
    bus_stranger_send(fixture, &first, 'a', 1, 1);
    bus_node_await(fixture, 0, 1);
    assert_int_equal(bus_node_frame(&fixture->node[0], 0)->peer, 1);

    bus_stranger_connect(&second, &fixture->node[0], &fixture->node[1].keys, "0");
    bus_stranger_send(fixture, &second, 'b', 1, 1);
    bus_stranger_send(fixture, &first, 'c', 1, 1);
    bus_node_await(fixture, 0, 2);
    bus_node_send(fixture, 0, 1, "for the first");
    assert_true(bus_fixture_until(fixture, answered, &dialogue));
    assert_string_equal(dialogue.text, "for the first");
    for (size_t i = 0; i < fixture->node[0].frame_count; i++) {
        const struct bus_frame *frame = bus_node_frame(&fixture->node[0], i);
        assert_int_equal(frame->peer, frame->text[0] == 'b' ? 0 : 1);
    }
    bus_stranger_close(&first);
    bus_stranger_close(&second);
}

static bool big_frame_sent(void *context)
{
    static uint8_t bytes[FRAME_BYTES_MAX] = "big";
    return bus_send(context, 0, bytes, sizeof bytes) == 0;
}

static void the_largest_frame_passes(void **state)
{
    struct bus_fixture *fixture = *state;
    bus_node_open(fixture, 0, only_1);
    bus_node_open(fixture, 1, only_0);
    assert_true(bus_fixture_until(fixture, big_frame_sent, fixture->node[0].bus));
    bus_node_await(fixture, 1, 1);
    assert_int_equal(bus_node_frame(&fixture->node[1], 0)->size, FRAME_BYTES_MAX);
}

static void names_are_resolved(void **state)
{
    struct bus_fixture *fixture = *state;
    int port = bus_fixture_port(fixture->node[1].endpoint);
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    const struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                         .sin6_addr = {.s6_addr = {[15] = 1}}};
    bool has_ipv6 = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    if (!has_ipv6) {
        skip(); /* localhost may be ::1 only */
    }
    snprintf(fixture->node[1].endpoint, sizeof fixture->node[1].endpoint, "tcp://localhost:%d",
             port);
    bus_node_open(fixture, 0, only_1);
    char any[64];
    snprintf(any, sizeof any, "tcp://*:%d", port);
    bus_node_open_as(fixture, 1, any, only_0);
    bus_node_deliver(fixture, 0, 0, 1, 0, "by name");
}

/* --- Links --- */

static void nothing_is_queued_for_a_peer_that_is_not_there(void **state)
{
    struct bus_fixture *fixture = *state;
    bus_node_open(fixture, 0, only_1);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(bus_send(fixture->node[0].bus, 0, (const uint8_t *)"stale", 5), -1);
    }
    bus_node_open(fixture, 1, only_0);
    bus_node_deliver(fixture, 0, 0, 1, 0, "fresh");
    bus_node_deliver(fixture, 0, 0, 1, 0, "too");
    assert_int_equal(fixture->node[1].frame_count, 2);
}

static bool refused_to_send(void *context)
{
    return bus_send(context, 0, (const uint8_t *)"x", 1) != 0;
}

/* 0 lists 1, but nobody listens there; 1 reaches 0. */
static void a_link_that_works_inwards_only_goes_both_ways(void **state)
{
    struct bus_fixture *fixture = *state;
    bus_node_open(fixture, 0, only_1);
    bus_node_open_as(fixture, 1, NULL, only_0);
    assert_int_equal(bus_send(fixture->node[0].bus, 0, (const uint8_t *)"x", 1), -1);
    bus_node_deliver(fixture, 1, 0, 0, 0, "hello");
    bus_node_deliver(fixture, 0, 0, 1, 0, "answer");

    bus_close(&fixture->node[1].bus);
    assert_true(bus_fixture_until(fixture, refused_to_send, fixture->node[0].bus));
    bus_node_open_as(fixture, 1, NULL, only_0);
    bus_node_deliver(fixture, 1, 0, 0, 0, "again");
    bus_node_deliver(fixture, 0, 0, 1, 0, "answer 2");
}

static void a_peer_that_restarts_is_reached_again(void **state)
{
    struct bus_fixture *fixture = *state;
    bus_node_open(fixture, 0, only_1);
    bus_node_open(fixture, 1, only_0);
    bus_node_deliver(fixture, 0, 0, 1, 0, "before");
    bus_node_deliver(fixture, 1, 0, 0, 0, "before");
    bus_close(&fixture->node[1].bus);
    assert_true(bus_fixture_until(fixture, refused_to_send, fixture->node[0].bus));
    bus_node_open(fixture, 1, only_0);
    bus_node_deliver(fixture, 0, 0, 1, 0, "after");
    bus_node_deliver(fixture, 1, 0, 0, 0, "after");
}

static bool stranger_answered(void *context)
{
    return bus_stranger_answer(context);
}

/* After ZAP status 400 libzmq never connects again: only a new DEALER does. */
static void a_silent_dealer_is_renewed(void **state)
{
    struct bus_fixture *fixture = *state;
    struct bus_stranger stranger;
    bus_stranger_listen(&stranger, &fixture->node[1]);
    bus_node_open_as(fixture, 0, NULL, only_1);
    assert_true(bus_fixture_until(fixture, stranger_answered, &stranger));
    bus_stranger_close(&stranger);

    bus_node_open(fixture, 1, only_0);
    fixture->later_ms += 31000;
    bus_node_deliver(fixture, 0, 0, 1, 0, "new ears");
}

static bool note_sender(void *context, size_t peer, const uint8_t *bytes, size_t size)
{
    unsigned *seen = context;
    (void)bytes;
    (void)size;
    *seen |= 1U << peer;
    return true;
}

/* It takes long. */
static bool take_one(void *context, size_t peer, const uint8_t *bytes, size_t size)
{
    size_t *taken = context;
    (void)peer;
    (void)bytes;
    (void)size;
    (*taken)++;
    return false;
}

struct taking {
    struct bus *bus;
    int64_t now_ms;
    size_t taken;
    bool more; /* as the last call said */
};

static bool one_is_taken(void *context)
{
    struct taking *taking = context;
    taking->more = bus_receive(taking->bus, taking->now_ms, 16, take_one, &taking->taken);
    return taking->taken > 0;
}

static bool two_are_ready(void *context)
{
    return bus_wait(context, NULL, 0, 10) == 2;
}

/* Both peers answer over the links that node 0 made: one says a lot, one a little. */
static void a_flood_starves_nobody(void **state)
{
    static const int both[] = {1, 2, -1};
    struct bus_fixture *fixture = *state;
    unsigned seen = 0;
    bus_node_open_as(fixture, 0, NULL, both);
    bus_node_open(fixture, 1, only_0);
    bus_node_open(fixture, 2, only_0);
    bus_node_deliver(fixture, 0, 0, 1, 0, "hello");
    bus_node_deliver(fixture, 0, 1, 2, 0, "hello");
    for (int i = 0; i < 30; i++) {
        assert_int_equal(bus_send(fixture->node[1].bus, 0, (const uint8_t *)"flood", 5), 0);
    }
    assert_int_equal(bus_send(fixture->node[2].bus, 0, (const uint8_t *)"word", 4), 0);
    struct bus *bus = fixture->node[0].bus;
    fixture->node[0].bus = NULL; /* is not served while it is waited for */
    assert_true(bus_fixture_until(fixture, two_are_ready, bus));
    assert_true(bus_receive(bus, bus_fixture_now(fixture), 2, note_sender, &seen));
    assert_int_equal(seen, 3);
    /* The first of the flood may have come by itself: then the next one is still under way. */
    struct taking taking = {.bus = bus, .now_ms = bus_fixture_now(fixture)};
    assert_true(bus_fixture_until(fixture, one_is_taken, &taking));
    assert_true(taking.more);
    assert_int_equal(taking.taken, 1); /* the others wait for the next turn */
    fixture->node[0].bus = bus;
    bus_node_await(fixture, 0, 28);
    assert_int_equal(fixture->node[0].frame_count, 28);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define BUS_TEST(test) cmocka_unit_test_setup_teardown(test, bus_fixture_begin, bus_fixture_end)
        BUS_TEST(frames_go_both_ways),
        BUS_TEST(a_peer_has_its_place_in_the_list),
        BUS_TEST(two_nodes_with_one_key_are_one_peer),
        BUS_TEST(the_key_decides_whatever_the_routing_id),
        BUS_TEST(the_largest_frame_passes),
        BUS_TEST(names_are_resolved),
        BUS_TEST(nothing_is_queued_for_a_peer_that_is_not_there),
        BUS_TEST(a_link_that_works_inwards_only_goes_both_ways),
        BUS_TEST(a_peer_that_restarts_is_reached_again),
        BUS_TEST(a_silent_dealer_is_renewed),
        BUS_TEST(a_flood_starves_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
