/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is who on the bus: see bus.h.
 *
 * One frame is taken from each socket in turn, so that a peer that floods us delays nobody for
 * longer than a turn. A peer is written to over its DEALER or, if that is not connected, over the
 * routing id of its last message.
 * Does not: know libzmq (bus_socket.h), nor how ZAP asks (bus_zap.h).
 */
#include "bus.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus_socket.h"
#include "bus_zap.h"
#include "keyfile.h"

#define DEALER_SILENT_MS 30000 /* it may be deaf: a client that was answered 400 never retries */
#define DEALER_JITTER_MS 20    /* a peer: so that not all are renewed at once */
#define ROUTE_BYTES_MAX 255    /* ZMTP: a routing id is no longer */
#define REQUESTS_MAX 64        /* ZAP requests answered in one turn */
#define EVENTS_MAX 256         /* of the monitor, read in one turn */

struct peer {
    char endpoint[ENDPOINT_BYTES_MAX + 1];
    uint8_t key[NODE_KEY_BYTES];
    int64_t heard_ms;  /* or its DEALER renewed; -1: the clock has not been seen yet */
    size_t route_size; /* 0: it has not written to our ROUTER, or has gone */
    uint8_t route[ROUTE_BYTES_MAX];
};

/* What became of the connections made to us. */
struct handshakes {
    uint64_t accepted;
    uint64_t decided;
    uint64_t due; /* accepted, as it was at due_ms */
    int64_t due_ms;
};

struct bus {
    struct bus_sockets *sockets;
    bool waited; /* the sockets' readiness is fresh */
    size_t turn; /* 0: the ROUTER's, i + 1: that of peer i's DEALER */
    struct peer *peers;
    size_t peer_count;
    struct handshakes handshakes;
    struct bus_stats stats;
};

/* Where frames go, and when. */
struct delivery {
    bus_frame_fn *frame;
    void *context;
    int64_t now_ms;
    bool enough; /* frame said so */
};

static struct bus *make_bus(const struct bus_options *options);
static int start(struct bus *bus, const char *listen, char *error, size_t error_size);
static void answer_requests(struct bus *bus, int64_t now_ms);
static const char *admit(struct bus *bus, const struct bus_part *request, int64_t now_ms,
                         char user[BUS_ZAP_USER_SIZE]);
static void read_events(struct bus *bus, int64_t now_ms);
static void settle_handshakes(struct bus *bus, int64_t now_ms);
static bool hand_out(struct bus *bus, size_t frames_max, struct delivery *delivery);
static bool take_message(struct bus *bus, size_t slot, struct delivery *delivery);
static void accept_frame(struct bus *bus, size_t index, bool routed, struct bus_part payload,
                         struct delivery *delivery);
static void renew_silent_dealer(struct bus *bus, int64_t now_ms);

struct bus *bus_open(const struct bus_options *options, char *error, size_t error_size)
{
    if (!bus_socket_library_fits()) {
        snprintf(error, error_size, "libzmq 4.3.4 or later with CURVE is needed");
        return NULL;
    }
    struct bus *bus = make_bus(options);
    if (bus == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    if (start(bus, options->listen, error, error_size) != 0) {
        bus_close(&bus);
    }
    return bus;
}

void bus_close(struct bus **bus)
{
    if (*bus != NULL) {
        bus_socket_free(&(*bus)->sockets);
        free((*bus)->peers);
        free(*bus);
        *bus = NULL;
    }
}

int bus_wait(struct bus *bus, struct pollfd *fds, size_t fd_count, int timeout_ms)
{
    if (bus == NULL) {
        return poll(fds, fd_count, timeout_ms);
    }
    int ready = bus_socket_wait(bus->sockets, fds, fd_count, timeout_ms);
    bus->waited = ready >= 0;
    return ready;
}

bool bus_receive(struct bus *bus, int64_t now_ms, size_t frames_max, bus_frame_fn *frame,
                 void *context)
{
    if (!bus->waited) {
        bus_socket_assume_ready(bus->sockets);
    }
    bus->waited = false;
    answer_requests(bus, now_ms);
    read_events(bus, now_ms);
    bool more = hand_out(bus, frames_max, &(struct delivery){frame, context, now_ms, false});
    more = more || bus_socket_ready(bus->sockets, BUS_SLOT_ZAP) ||
           bus_socket_ready(bus->sockets, BUS_SLOT_MONITOR);
    renew_silent_dealer(bus, now_ms);
    return more;
}

int bus_send(struct bus *bus, size_t peer, const uint8_t *bytes, size_t size)
{
    assert(peer < bus->peer_count && size <= FRAME_BYTES_MAX);
    struct peer *to = &bus->peers[peer];
    const struct bus_part parts[] = {{to->route, to->route_size}, {bytes, size}};

    int sent = bus_socket_send(bus->sockets, BUS_SLOT_DEALER + peer, &parts[1], 1);
    if (sent != 0 && to->route_size > 0) {
        sent = bus_socket_send(bus->sockets, BUS_SLOT_ROUTER, parts, 2);
        if (sent != 0 && errno == EHOSTUNREACH) {
            to->route_size = 0;
        }
    }
    return sent;
}

void bus_statistics(const struct bus *bus, struct bus_stats *stats)
{
    *stats = bus->stats;
}

static struct bus *make_bus(const struct bus_options *options)
{
    assert(options->peer_count <= PEERS_MAX);
    struct bus *bus = calloc(1, sizeof *bus);
    if (bus == NULL) {
        return NULL;
    }
    bus->sockets = bus_socket_new(options);
    bus->peers = calloc(options->peer_count + 1, sizeof *bus->peers);
    if (bus->sockets == NULL || bus->peers == NULL) {
        bus_close(&bus);
        return NULL;
    }
    for (size_t i = 0; i < options->peer_count; i++) {
        struct peer *peer = &bus->peers[i];
        snprintf(peer->endpoint, sizeof peer->endpoint, "%s", options->peers[i].endpoint);
        memcpy(peer->key, options->peers[i].key, NODE_KEY_BYTES);
        peer->heard_ms = -1;
    }
    bus->peer_count = options->peer_count;
    return bus;
}

static int start(struct bus *bus, const char *listen, char *error, size_t error_size)
{
    if (listen != NULL && bus_socket_listen(bus->sockets, listen, error, error_size) != 0) {
        return -1;
    }
    for (size_t i = 0; i < bus->peer_count; i++) {
        const struct peer *peer = &bus->peers[i];
        if (bus_socket_connect(bus->sockets, BUS_SLOT_DEALER + i, peer->endpoint, peer->key) != 0) {
            snprintf(error, error_size, "%s: %s", peer->endpoint, strerror(errno));
            return -1;
        }
    }
    return 0;
}

static void answer_requests(struct bus *bus, int64_t now_ms)
{
    struct bus_part request[BUS_ZAP_REQUEST_PARTS];
    struct bus_part reply[BUS_ZAP_REPLY_PARTS];
    char user[BUS_ZAP_USER_SIZE];

    for (int n = 0; n < REQUESTS_MAX && bus_socket_ready(bus->sockets, BUS_SLOT_ZAP); n++) {
        if (bus_socket_read(bus->sockets, BUS_SLOT_ZAP, BUS_ZAP_REQUEST_PARTS) != 0) {
            for (size_t i = 0; i < BUS_ZAP_REQUEST_PARTS; i++) {
                request[i] = bus_socket_part(bus->sockets, i);
            }
            bus_zap_reply(request, admit(bus, request, now_ms, user), reply);
            bus_socket_send(bus->sockets, BUS_SLOT_ZAP, reply, BUS_ZAP_REPLY_PARTS);
        }
    }
}

/* The User-Id of the key that asks to enter; NULL: nobody's, which is noted. */
static const char *admit(struct bus *bus, const struct bus_part *request, int64_t now_ms,
                         char user[BUS_ZAP_USER_SIZE])
{
    const uint8_t *key = bus_zap_key(request);
    for (size_t i = 0; i < bus->peer_count && key != NULL; i++) {
        if (memcmp(key, bus->peers[i].key, NODE_KEY_BYTES) == 0) {
            bus_zap_user(i, user);
            return user;
        }
    }
    struct bus_stats *stats = &bus->stats;
    stats->handshakes_refused++;
    stats->last_refused_ms = now_ms;
    stats->last_refused_key[0] = '\0';
    if (key != NULL) {
        keyfile_text(key, stats->last_refused_key);
    }
    bus_zap_address(request, stats->last_refused_address, sizeof stats->last_refused_address);
    return NULL;
}

static void read_events(struct bus *bus, int64_t now_ms)
{
    for (int n = 0; n < EVENTS_MAX && bus_socket_ready(bus->sockets, BUS_SLOT_MONITOR); n++) {
        enum bus_event event = bus_socket_event(bus->sockets);
        if (event == BUS_EVENT_ACCEPTED) {
            bus->handshakes.accepted++;
        } else if (event != BUS_EVENT_NONE) {
            bus->handshakes.decided++;
        }
        if (event == BUS_EVENT_FAILED) {
            bus->stats.handshakes_failed++;
        }
    }
    if (!bus_socket_ready(bus->sockets, BUS_SLOT_MONITOR)) {
        settle_handshakes(bus, now_ms);
    }
}

/* libzmq tells nothing of a connection whose greeting is not ZMTP 3, except that it was there. So
 * every so often, those that should be decided by now and are not have failed. Decisions on younger
 * ones are taken off too: it can be late, but never too many. */
static void settle_handshakes(struct bus *bus, int64_t now_ms)
{
    struct handshakes *handshakes = &bus->handshakes;
    if (now_ms - handshakes->due_ms < 2 * BUS_HANDSHAKE_MS_MAX) {
        return;
    }
    if (handshakes->due > handshakes->decided) {
        bus->stats.handshakes_failed += handshakes->due - handshakes->decided;
        handshakes->decided = handshakes->due;
    }
    handshakes->due = handshakes->accepted;
    handshakes->due_ms = now_ms;
}

/* Returns true if a socket may have more. */
static bool hand_out(struct bus *bus, size_t frames_max, struct delivery *delivery)
{
    size_t sources = 1 + bus->peer_count;
    size_t idle = 0;
    while (frames_max > 0 && !delivery->enough && idle < sources) {
        size_t slot = BUS_SLOT_ROUTER + bus->turn;
        bus->turn = (bus->turn + 1) % sources;
        idle++;
        if (bus_socket_ready(bus->sockets, slot) && take_message(bus, slot, delivery)) {
            frames_max--;
            idle = 0;
        }
    }
    return idle < sources;
}

/* Takes one message. False if there is none. The sender is known from keys alone: a DEALER has the
 * peer whose key it demands, the payload from the ROUTER bears the User-Id. The routing id is the
 * sender's own choice. */
static bool take_message(struct bus *bus, size_t slot, struct delivery *delivery)
{
    bool routed = slot == BUS_SLOT_ROUTER;
    size_t last = routed ? 1 : 0;
    int got = bus_socket_read(bus->sockets, slot, last + 1);
    if (got == 0) {
        return false;
    }
    size_t peer = routed ? bus_zap_peer(bus_socket_user(bus->sockets, last), bus->peer_count)
                         : slot - BUS_SLOT_DEALER;
    struct bus_part payload = bus_socket_part(bus->sockets, last);
    if (peer == bus->peer_count) {
        bus->stats.handshakes_failed++; /* ZAP let it in, so it has a User-Id: cannot be */
    } else if (got < 0) {
        bus->stats.multipart++;
        bus->stats.last_bad_peer = peer;
        bus->peers[peer].route_size = 0;
    } else if (payload.size > FRAME_BYTES_MAX) {
        bus->stats.oversized++;
        bus->stats.last_bad_peer = peer;
    } else {
        accept_frame(bus, peer, routed, payload, delivery);
    }
    return true;
}

static void accept_frame(struct bus *bus, size_t index, bool routed, struct bus_part payload,
                         struct delivery *delivery)
{
    struct peer *peer = &bus->peers[index];
    peer->heard_ms = delivery->now_ms;
    if (routed) {
        struct bus_part route = bus_socket_part(bus->sockets, 0);
        peer->route_size = route.size <= sizeof peer->route ? route.size : 0;
        memcpy(peer->route, route.bytes, peer->route_size);
    }
    delivery->enough = !delivery->frame(delivery->context, index, payload.bytes, payload.size);
}

/* At most one a call: it costs both ends a handshake. */
static void renew_silent_dealer(struct bus *bus, int64_t now_ms)
{
    for (size_t i = 0; i < bus->peer_count; i++) {
        struct peer *peer = &bus->peers[i];
        if (peer->heard_ms < 0) {
            peer->heard_ms = now_ms;
        }
        if (now_ms - peer->heard_ms >= DEALER_SILENT_MS + (int64_t)i * DEALER_JITTER_MS) {
            peer->heard_ms = now_ms;
            /* Should it fail there is no DEALER until the next time. */
            bus_socket_connect(bus->sockets, BUS_SLOT_DEALER + i, peer->endpoint, peer->key);
            return;
        }
    }
}
