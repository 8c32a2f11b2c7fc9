/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes with a bus each in this process, on ports of 127.0.0.1 that are free; and strangers: ZeroMQ
 * clients and servers that do what a bus never does.
 */
#ifndef TEST_BUS_FIXTURE_H
#define TEST_BUS_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus.h"
#include "keyfile.h"

#define BUS_FIXTURE_NODES 3
#define BUS_FIXTURE_FRAMES 64

struct bus_frame {
    size_t peer;
    size_t size;
    char text[32]; /* the first bytes, NUL-terminated */
};

struct bus_node {
    struct keyfile_pair keys;
    char endpoint[64];
    struct bus *bus;
    struct bus_frame frames[BUS_FIXTURE_FRAMES]; /* the newest ones */
    size_t frame_count;                          /* handed out since bus_node_open */
};

struct bus_fixture {
    struct bus_node node[BUS_FIXTURE_NODES]; /* with keys and endpoints, not yet open */
    int64_t later_ms;                        /* is added to the clock that the buses see */
};

/* Setup and teardown; the teardown closes the nodes' buses. */
int bus_fixture_begin(void **state);
int bus_fixture_end(void **state);

/* Opens the bus of node, listening on its endpoint, with the peers named by index, -1 ends the
 * list. bus_node_open_as: listening on listen (NULL: not). Both fail the test if that fails. */
void bus_node_open(struct bus_fixture *fixture, size_t node, const int *peers);
void bus_node_open_as(struct bus_fixture *fixture, size_t node, const char *listen,
                      const int *peers);

/* The clock that the buses see, ms. */
int64_t bus_fixture_now(const struct bus_fixture *fixture);

/* Serves all open buses until done(context) is true: false if it is not within 20 s. */
bool bus_fixture_until(struct bus_fixture *fixture, bool (*done)(void *context), void *context);

/* Sends until the bus takes it, serving all; fails the test if it does not within 20 s. */
void bus_node_send(struct bus_fixture *fixture, size_t node, size_t peer, const char *text);

/* Waits until the node was handed count frames in all; fails the test after 20 s. */
void bus_node_await(struct bus_fixture *fixture, size_t node, size_t count);

/* Sends and waits until the other node got it as its next frame, from the peer it knows as from. */
void bus_node_deliver(struct bus_fixture *fixture, size_t node, size_t peer, size_t to, size_t from,
                      const char *text);

/* The index-th frame handed out to the node (0: the first). */
const struct bus_frame *bus_node_frame(const struct bus_node *node, size_t index);

/* A tcp endpoint on 127.0.0.1 with a port nobody listens on. */
void bus_fixture_endpoint(char endpoint[64]);
int bus_fixture_port(const char *endpoint);

struct bus_stats bus_node_stats(const struct bus_node *node);

/* --- Strangers --- */

struct bus_stranger {
    void *context;
    void *socket;
    void *zap;
};

/* A DEALER to the node; keys NULL: without CURVE; routing_id may be NULL. */
void bus_stranger_connect(struct bus_stranger *stranger, const struct bus_node *node,
                          const struct keyfile_pair *keys, const char *routing_id);

/* A ROUTER in place of the node that answers every key with ZAP status 400. */
void bus_stranger_listen(struct bus_stranger *stranger, const struct bus_node *node);

/* Answers one waiting ZAP request. Returns false if there was none. */
bool bus_stranger_answer(struct bus_stranger *stranger);

/* Sends one message of count parts, size bytes each, whose first is letter. False if it is not
 * connected. */
bool bus_stranger_try(struct bus_stranger *stranger, char letter, size_t size, size_t count);

/* Serves all until it could send. */
void bus_stranger_send(struct bus_fixture *fixture, struct bus_stranger *stranger, char letter,
                       size_t size, size_t count);

/* Takes one message that waits; returns its size, or -1. text: the first bytes, NUL-terminated. */
int bus_stranger_take(struct bus_stranger *stranger, char text[32]);

void bus_stranger_close(struct bus_stranger *stranger);

/* Connects by TCP, sends bytes and closes. */
void bus_stranger_raw(const struct bus_node *node, const void *bytes, size_t size);

#endif
