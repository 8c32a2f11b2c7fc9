/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets of a bus: opens, waits, reads and sends. The only part that knows libzmq.
 *
 * They are addressed by slot. A slot is ready after a wait that found something to read there,
 * until a read finds nothing; without a fresh wait every slot counts as ready. The parts of the
 * last message read stay valid until the next read.
 * Does not: decide who may enter, know peers, count.
 */
#ifndef BANSYNC_ADAPTER_BUS_SOCKET_H
#define BANSYNC_ADAPTER_BUS_SOCKET_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "bus.h"
#include "bus_part.h"

#define BUS_HANDSHAKE_MS_MAX 5000 /* then a connection that has not said who it is, is closed */
#define BUS_PARTS_MAX 7           /* of a message that is read whole: a ZAP request */

/* The first three are open only while we listen; peer i has slot BUS_SLOT_DEALER + i. */
enum bus_slot { BUS_SLOT_ZAP, BUS_SLOT_MONITOR, BUS_SLOT_ROUTER, BUS_SLOT_DEALER };

/* What became of a connection that was made to us. */
enum bus_event {
    BUS_EVENT_NONE, /* no event is waiting */
    BUS_EVENT_ACCEPTED,
    BUS_EVENT_SUCCEEDED,
    BUS_EVENT_REFUSED, /* by our ZAP answer */
    BUS_EVENT_FAILED
};

struct bus_sockets;

/* True if the installed libzmq is new enough (4.3.4) and has CURVE. */
bool bus_socket_library_fits(void);

/* Makes room for the sockets and copies the key pair. NULL if there is no memory. */
struct bus_sockets *bus_socket_new(const struct bus_options *options);
void bus_socket_free(struct bus_sockets **sockets);

/* Opens ZAP, the ROUTER and its monitor, and binds. -1 with text in error. */
int bus_socket_listen(struct bus_sockets *sockets, const char *endpoint, char *error,
                      size_t error_size);

/* Opens the DEALER in slot to endpoint, whose node must prove that it has key; closes the one
 * before. -1 with errno. */
int bus_socket_connect(struct bus_sockets *sockets, size_t slot, const char *endpoint,
                       const uint8_t key[NODE_KEY_BYTES]);

/* As bus_wait of bus.h. */
int bus_socket_wait(struct bus_sockets *sockets, struct pollfd *fds, size_t fd_count,
                    int timeout_ms);

/* Ends what the last wait found: until the next one every open slot is ready. */
void bus_socket_assume_ready(struct bus_sockets *sockets);
bool bus_socket_ready(const struct bus_sockets *sockets, size_t slot);

/* Reads one message of part_count (1..BUS_PARTS_MAX) parts. 1; 0 if none is waiting, the slot is
 * then no longer ready; -1 if it had another number of parts: it was taken whole, its last part
 * stands last, missing ones are empty. */
int bus_socket_read(struct bus_sockets *sockets, size_t slot, size_t part_count);
struct bus_part bus_socket_part(struct bus_sockets *sockets, size_t index);

/* The User-Id that ZAP gave to the connection that part came by; NULL if none. Ask for a payload: a
 * routing id has none. */
const char *bus_socket_user(struct bus_sockets *sockets, size_t index);

/* Reads one event of the monitor. */
enum bus_event bus_socket_event(struct bus_sockets *sockets);

/* Sends one message or nothing; never blocks. 0, or -1 with errno: EAGAIN nobody connected or the
 * queue is full, EHOSTUNREACH (ROUTER) nobody has the routing id of the first part, ENOTSOCK the
 * slot is not open. */
int bus_socket_send(struct bus_sockets *sockets, size_t slot, const struct bus_part *parts,
                    size_t part_count);

#endif
