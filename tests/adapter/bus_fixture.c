/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes and strangers for the tests of the bus: see bus_fixture.h.
 */
#include "bus_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <zmq.h>

/* cmocka needs the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define DEADLINE_MS 20000

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool note_frame(void *context, size_t peer, const uint8_t *bytes, size_t size)
{
    struct bus_node *node = context;
    struct bus_frame *frame = &node->frames[node->frame_count++ % BUS_FIXTURE_FRAMES];
    size_t shown = size < sizeof frame->text - 1 ? size : sizeof frame->text - 1;
    frame->peer = peer;
    frame->size = size;
    memcpy(frame->text, bytes, shown);
    frame->text[shown] = '\0';
    return true;
}

int bus_fixture_begin(void **state)
{
    struct bus_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    for (size_t i = 0; i < BUS_FIXTURE_NODES; i++) {
        assert_int_equal(keyfile_generate(&fixture->node[i].keys), 0);
        bus_fixture_endpoint(fixture->node[i].endpoint);
    }
    *state = fixture;
    return 0;
}

int bus_fixture_end(void **state)
{
    struct bus_fixture *fixture = *state;
    for (size_t i = 0; i < BUS_FIXTURE_NODES; i++) {
        bus_close(&fixture->node[i].bus);
    }
    free(fixture);
    return 0;
}

void bus_node_open(struct bus_fixture *fixture, size_t node, const int *peers)
{
    bus_node_open_as(fixture, node, fixture->node[node].endpoint, peers);
}

void bus_node_open_as(struct bus_fixture *fixture, size_t node, const char *listen,
                      const int *peers)
{
    char error[256] = "";
    struct bus_node *self = &fixture->node[node];
    struct bus_peer list[BUS_FIXTURE_NODES];
    struct bus_options options = {.listen = listen, .peers = list};
    memcpy(options.public_key, self->keys.public_key, NODE_KEY_BYTES);
    memcpy(options.secret_key, self->keys.secret_key, NODE_KEY_BYTES);
    for (; peers[options.peer_count] >= 0; options.peer_count++) {
        const struct bus_node *other = &fixture->node[peers[options.peer_count]];
        list[options.peer_count].endpoint = other->endpoint;
        memcpy(list[options.peer_count].key, other->keys.public_key, NODE_KEY_BYTES);
    }
    self->bus = bus_open(&options, error, sizeof error);
    self->frame_count = 0;
    assert_string_equal(error, "");
    assert_non_null(self->bus);
}

int64_t bus_fixture_now(const struct bus_fixture *fixture)
{
    return clock_ms() + fixture->later_ms;
}

bool bus_fixture_until(struct bus_fixture *fixture, bool (*done)(void *context), void *context)
{
    int64_t deadline = clock_ms() + DEADLINE_MS;
    while (!done(context)) {
        if (clock_ms() > deadline) {
            return false;
        }
        for (size_t i = 0; i < BUS_FIXTURE_NODES; i++) {
            struct bus_node *node = &fixture->node[i];
            if (node->bus != NULL) {
                assert_true(bus_wait(node->bus, NULL, 0, 2) >= 0);
                bus_receive(node->bus, bus_fixture_now(fixture), 16, note_frame, node);
            }
        }
    }
    return true;
}

struct sending {
    struct bus_node *node;
    size_t peer;
    const char *text;
};

static bool sent(void *context)
{
    struct sending *sending = context;
    return bus_send(sending->node->bus, sending->peer, (const uint8_t *)sending->text,
                    strlen(sending->text)) == 0;
}

void bus_node_send(struct bus_fixture *fixture, size_t node, size_t peer, const char *text)
{
    struct sending sending = {&fixture->node[node], peer, text};
    assert_true(bus_fixture_until(fixture, sent, &sending));
}

struct awaited {
    const struct bus_node *node;
    size_t count;
};

static bool arrived(void *context)
{
    struct awaited *awaited = context;
    return awaited->node->frame_count >= awaited->count;
}

void bus_node_await(struct bus_fixture *fixture, size_t node, size_t count)
{
    struct awaited awaited = {&fixture->node[node], count};
    assert_true(bus_fixture_until(fixture, arrived, &awaited));
}

void bus_node_deliver(struct bus_fixture *fixture, size_t node, size_t peer, size_t to, size_t from,
                      const char *text)
{
    size_t before = fixture->node[to].frame_count;
    bus_node_send(fixture, node, peer, text);
    bus_node_await(fixture, to, before + 1);
    const struct bus_frame *frame = bus_node_frame(&fixture->node[to], before);
    assert_string_equal(frame->text, text);
    assert_int_equal(frame->size, strlen(text));
    assert_int_equal(frame->peer, from);
}

const struct bus_frame *bus_node_frame(const struct bus_node *node, size_t index)
{
    assert_true(index < node->frame_count && node->frame_count <= index + BUS_FIXTURE_FRAMES);
    return &node->frames[index % BUS_FIXTURE_FRAMES];
}

void bus_fixture_endpoint(char endpoint[64])
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    snprintf(endpoint, 64, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
}

int bus_fixture_port(const char *endpoint)
{
    return (int)strtol(strrchr(endpoint, ':') + 1, NULL, 10);
}

struct bus_stats bus_node_stats(const struct bus_node *node)
{
    struct bus_stats stats;
    bus_statistics(node->bus, &stats);
    return stats;
}

static void set(void *socket, int option, int value)
{
    assert_int_equal(zmq_setsockopt(socket, option, &value, sizeof value), 0);
}

static void set_key(void *socket, int option, const uint8_t *key)
{
    assert_int_equal(zmq_setsockopt(socket, option, key, NODE_KEY_BYTES), 0);
}

void bus_stranger_connect(struct bus_stranger *stranger, const struct bus_node *node,
                          const struct keyfile_pair *keys, const char *routing_id)
{
    stranger->context = zmq_ctx_new();
    stranger->zap = NULL;
    stranger->socket = zmq_socket(stranger->context, ZMQ_DEALER);
    set(stranger->socket, ZMQ_LINGER, 0);
    set(stranger->socket, ZMQ_IMMEDIATE, 1);
    if (routing_id != NULL) {
        zmq_setsockopt(stranger->socket, ZMQ_ROUTING_ID, routing_id, strlen(routing_id));
    }
    if (keys != NULL) {
        set_key(stranger->socket, ZMQ_CURVE_SERVERKEY, node->keys.public_key);
        set_key(stranger->socket, ZMQ_CURVE_PUBLICKEY, keys->public_key);
        set_key(stranger->socket, ZMQ_CURVE_SECRETKEY, keys->secret_key);
    }
    assert_int_equal(zmq_connect(stranger->socket, node->endpoint), 0);
}

void bus_stranger_listen(struct bus_stranger *stranger, const struct bus_node *node)
{
    stranger->context = zmq_ctx_new();
    stranger->zap = zmq_socket(stranger->context, ZMQ_REP);
    set(stranger->zap, ZMQ_LINGER, 0);
    assert_int_equal(zmq_bind(stranger->zap, "inproc://zeromq.zap.01"), 0);
    stranger->socket = zmq_socket(stranger->context, ZMQ_ROUTER);
    set(stranger->socket, ZMQ_LINGER, 0);
    set(stranger->socket, ZMQ_CURVE_SERVER, 1);
    set_key(stranger->socket, ZMQ_CURVE_SECRETKEY, node->keys.secret_key);
    zmq_setsockopt(stranger->socket, ZMQ_ZAP_DOMAIN, "x", 1);
    assert_int_equal(zmq_bind(stranger->socket, node->endpoint), 0);
}

bool bus_stranger_answer(struct bus_stranger *stranger)
{
    static const char *const reply[] = {"1.0", NULL, "400", "", "", ""};
    char part[7][64];
    int size[7];
    for (int i = 0; i < 7; i++) {
        size[i] = zmq_recv(stranger->zap, part[i], sizeof part[i], ZMQ_DONTWAIT);
        if (size[i] < 0) {
            return false;
        }
    }
    for (int i = 0; i < 6; i++) {
        int more = i < 5 ? ZMQ_SNDMORE : 0;
        if (reply[i] == NULL) {
            zmq_send(stranger->zap, part[1], (size_t)size[1], more);
        } else {
            zmq_send(stranger->zap, reply[i], strlen(reply[i]), more);
        }
    }
    return true;
}

bool bus_stranger_try(struct bus_stranger *stranger, char letter, size_t size, size_t count)
{
    char *bytes = calloc(1, size);
    assert_non_null(bytes);
    bytes[0] = letter;
    size_t sent = 0;
    while (sent < count && zmq_send(stranger->socket, bytes, size,
                                    ZMQ_DONTWAIT | (sent + 1 < count ? ZMQ_SNDMORE : 0)) >= 0) {
        sent++;
    }
    free(bytes);
    return sent == count;
}

struct trial {
    struct bus_stranger *stranger;
    char letter;
    size_t size, count;
};

static bool tried(void *context)
{
    struct trial *trial = context;
    return bus_stranger_try(trial->stranger, trial->letter, trial->size, trial->count);
}

void bus_stranger_send(struct bus_fixture *fixture, struct bus_stranger *stranger, char letter,
                       size_t size, size_t count)
{
    struct trial trial = {stranger, letter, size, count};
    assert_true(bus_fixture_until(fixture, tried, &trial));
}

int bus_stranger_take(struct bus_stranger *stranger, char text[32])
{
    int size = zmq_recv(stranger->socket, text, 31, ZMQ_DONTWAIT);
    text[size < 0 ? 0 : size < 31 ? size : 31] = '\0';
    return size;
}

void bus_stranger_close(struct bus_stranger *stranger)
{
    zmq_close(stranger->socket);
    if (stranger->zap != NULL) {
        zmq_close(stranger->zap);
    }
    zmq_ctx_term(stranger->context);
}

void bus_stranger_raw(const struct bus_node *node, const void *bytes, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_port = htons((uint16_t)bus_fixture_port(node->endpoint));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    if (size > 0) {
        assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
    }
    close(fd);
}
