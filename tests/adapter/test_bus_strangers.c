/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus among strangers: who is kept out, what is dropped, and that others go on meanwhile.
 */
#include "bus.h"
#include "bus_fixture.h"

#include <string.h>

/* cmocka needs the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

static const int only_0[] = {0, -1};
static const int only_1[] = {1, -1};
static const int only_2[] = {2, -1};

/* --- Who is kept out --- */

struct counter {
    const struct bus_node *node;
    uint64_t refused, failed, multipart, oversized;
};

static bool counted(void *context)
{
    const struct counter *least = context;
    struct bus_stats stats = bus_node_stats(least->node);
    return stats.handshakes_refused >= least->refused && stats.handshakes_failed >= least->failed &&
           stats.multipart >= least->multipart && stats.oversized >= least->oversized;
}

static void an_unknown_key_is_refused_and_gets_in_once_listed(void **state)
{
    struct bus_fixture *fixture = *state;
    struct counter twice = {.node = &fixture->node[0], .refused = 2};
    char key[NODE_KEY_TEXT_SIZE];
    bus_node_open(fixture, 0, only_2);
    bus_node_open_as(fixture, 1, NULL, only_0);

    assert_true(bus_fixture_until(fixture, counted, &twice));
    struct bus_stats stats = bus_node_stats(&fixture->node[0]);
    keyfile_text(fixture->node[1].keys.public_key, key);
    assert_string_equal(stats.last_refused_key, key);
    assert_string_equal(stats.last_refused_address, "127.0.0.1");
    assert_true(stats.last_refused_ms > 0);
    assert_int_equal(stats.handshakes_failed, 0);
    assert_int_equal(bus_send(fixture->node[1].bus, 0, (const uint8_t *)"x", 1), -1);

    bus_close(&fixture->node[0].bus);
    bus_node_open(fixture, 0, only_1);
    bus_node_deliver(fixture, 1, 0, 0, 0, "let in");
}

/* A clone hears nothing of the node it is one of; the others tell. */
static void the_own_key_is_a_strangers_key(void **state)
{
    struct bus_fixture *fixture = *state;
    struct counter once = {.node = &fixture->node[0], .refused = 1};
    char key[NODE_KEY_TEXT_SIZE];
    fixture->node[2].keys = fixture->node[0].keys;
    bus_node_open(fixture, 0, only_1);
    bus_node_open_as(fixture, 2, NULL, only_0);
    assert_true(bus_fixture_until(fixture, counted, &once));
    keyfile_text(fixture->node[0].keys.public_key, key);
    assert_string_equal(bus_node_stats(&fixture->node[0]).last_refused_key, key);
    assert_int_equal(fixture->node[0].frame_count, 0);
}

static void a_client_without_curve_is_counted(void **state)
{
    struct bus_fixture *fixture = *state;
    struct counter once = {.node = &fixture->node[0], .failed = 1};
    struct bus_stranger stranger;
    bus_node_open(fixture, 0, only_1);
    bus_node_open(fixture, 1, only_0);
    bus_stranger_connect(&stranger, &fixture->node[0], NULL, NULL);
    assert_true(bus_fixture_until(fixture, counted, &once));
    bus_stranger_close(&stranger);
    bus_node_deliver(fixture, 1, 0, 0, 0, "goes on");
    assert_int_equal(fixture->node[0].frame_count, 1);
    assert_int_equal(bus_node_stats(&fixture->node[0]).handshakes_refused, 0);
}

struct passing {
    struct bus_fixture *fixture;
    struct counter counter;
};

/* Lets time pass for the buses at each look, with a word to node 1 lest it finds 0 silent. */
static bool counted_later(void *context)
{
    struct passing *passing = context;
    passing->fixture->later_ms += 100;
    bus_send(passing->fixture->node[0].bus, 0, (const uint8_t *)"still here", 10);
    return counted(&passing->counter);
}

/* libzmq says nothing of greetings that are not ZMTP 3. Each connection is counted once. */
static void garbage_is_counted(void **state)
{
    static const uint8_t old[] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1, 5};
    struct bus_fixture *fixture = *state;
    struct passing passing = {fixture, {.node = &fixture->node[0], .failed = 3}};
    bus_node_open(fixture, 0, only_1);
    bus_node_open_as(fixture, 1, NULL, only_0);
    bus_node_deliver(fixture, 1, 0, 0, 0, "first");
    bus_stranger_raw(&fixture->node[0], "GET / HTTP/1.0\r\n\r\n", 18);
    bus_stranger_raw(&fixture->node[0], old, sizeof old);
    bus_stranger_raw(&fixture->node[0], "", 0);
    assert_true(bus_fixture_until(fixture, counted_later, &passing));
    bus_node_deliver(fixture, 1, 0, 0, 0, "goes on");
    fixture->later_ms += 60000;
    bus_node_deliver(fixture, 1, 0, 0, 0, "and on");
    assert_int_equal(bus_node_stats(&fixture->node[0]).handshakes_failed, 3);
}

/* --- What is dropped --- */

static void messages_of_several_parts_are_dropped(void **state)
{
    struct bus_fixture *fixture = *state;
    struct bus_stranger stranger;
    struct counter once = {.node = &fixture->node[0], .multipart = 1};
    bus_node_open(fixture, 0, only_1);
    bus_stranger_connect(&stranger, &fixture->node[0], &fixture->node[1].keys, NULL);
    bus_stranger_send(fixture, &stranger, 'a', 1, 1);
    bus_node_await(fixture, 0, 1);
    assert_int_equal(bus_send(fixture->node[0].bus, 0, (const uint8_t *)"x", 1), 0);

    bus_stranger_send(fixture, &stranger, 'b', 10, 9);
    assert_true(bus_fixture_until(fixture, counted, &once));
    assert_int_equal(bus_send(fixture->node[0].bus, 0, (const uint8_t *)"x", 1), -1);
    assert_int_equal(fixture->node[0].frame_count, 1);

    bus_stranger_send(fixture, &stranger, 'c', 1, 1);
    bus_node_await(fixture, 0, 2);
    assert_string_equal(bus_node_frame(&fixture->node[0], 1)->text, "c");
    assert_int_equal(bus_node_stats(&fixture->node[0]).multipart, 1);
    bus_stranger_close(&stranger);
}

struct talk {
    const struct bus_node *node;
    struct bus_stranger *stranger;
    size_t count;
};

/* What is sent while the connection ends is lost, so it is sent until something arrives. */
static bool heard_again(void *context)
{
    struct talk *talk = context;
    bus_stranger_try(talk->stranger, 'd', 1, 1);
    return talk->node->frame_count >= talk->count;
}

/* A little too long is dropped, far too long ends the connection before it is stored. */
static void frames_over_the_limit_are_not_handed_out(void **state)
{
    struct bus_fixture *fixture = *state;
    struct bus_stranger stranger;
    struct counter once = {.node = &fixture->node[0], .oversized = 1};
    bus_node_open(fixture, 0, only_1);
    bus_stranger_connect(&stranger, &fixture->node[0], &fixture->node[1].keys, NULL);
    bus_stranger_send(fixture, &stranger, 'a', FRAME_BYTES_MAX + 1, 1);
    assert_true(bus_fixture_until(fixture, counted, &once));
    bus_stranger_send(fixture, &stranger, 'b', 1, 1);
    bus_node_await(fixture, 0, 1);

    bus_stranger_send(fixture, &stranger, 'c', FRAME_BYTES_MAX + 4096, 1);
    struct talk talk = {&fixture->node[0], &stranger, 2};
    assert_true(bus_fixture_until(fixture, heard_again, &talk));
    assert_string_equal(bus_node_frame(&fixture->node[0], 0)->text, "b");
    assert_string_equal(bus_node_frame(&fixture->node[0], 1)->text, "d");
    assert_int_equal(bus_node_stats(&fixture->node[0]).oversized, 1);
    bus_stranger_close(&stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define BUS_TEST(test) cmocka_unit_test_setup_teardown(test, bus_fixture_begin, bus_fixture_end)
        BUS_TEST(an_unknown_key_is_refused_and_gets_in_once_listed),
        BUS_TEST(the_own_key_is_a_strangers_key),
        BUS_TEST(a_client_without_curve_is_counted),
        BUS_TEST(garbage_is_counted),
        BUS_TEST(messages_of_several_parts_are_dropped),
        BUS_TEST(frames_over_the_limit_are_not_handed_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
