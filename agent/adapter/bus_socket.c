/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that uses libzmq: see bus_socket.h.
 *
 * All sockets stand in one array of zmq_poll items, in front of the caller's descriptors; an item's
 * revents say that its socket is ready. One message is read at a time, into parts that stay.
 * Does not: use a socket from another thread; allocate while running, except at the first wait for
 * more descriptors.
 */
#include "bus_socket.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "bus_endpoint.h"

#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93 /* in 4.3.4's header only for drafts, yet always built in */
#endif

#define CURVE_FRAME_BYTES_MAX 64 /* CURVE adds 33 bytes to a frame, and MAXMSGSIZE counts them */
#define MONITOR_QUEUE_MAX 10000  /* when it is full libzmq's I/O thread waits for us */
#define DESCRIPTORS_EXPECTED 128
#define EVENTS_FAILED (ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
#define EVENTS_OTHER \
    (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

/* libzmq resolves a name in the I/O thread, at every attempt to connect. A dead name server holds
 * that thread for 15 s and more, and without heartbeats its other connections end. So peers with
 * names get threads of their own, one a peer up to this number. */
#define NAME_THREADS_MAX 16

struct option {
    int name;
    int value;
};

static const struct option common_options[] = {
    {ZMQ_LINGER, 0},
    {ZMQ_SNDHWM, 256},
    {ZMQ_RCVHWM, 64},
    {ZMQ_HEARTBEAT_IVL, 1000},
    {ZMQ_HEARTBEAT_TIMEOUT, 3000},
    {ZMQ_HEARTBEAT_TTL, 3000},
    {ZMQ_HANDSHAKE_IVL, BUS_HANDSHAKE_MS_MAX},
    {ZMQ_TCP_KEEPALIVE, 1},
    {0, 0},
};

static const struct option router_options[] = {
    {ZMQ_ROUTER_MANDATORY, 1},
    {ZMQ_BACKLOG, 1024},
    {ZMQ_CURVE_SERVER, 1},
    {ZMQ_ZAP_ENFORCE_DOMAIN, 1}, /* without it CURVE lets every key in when ZAP is not there */
    {0, 0},
};

static const struct option dealer_options[] = {
    {ZMQ_IMMEDIATE, 1}, /* nothing is queued for a peer that is not there */
    {ZMQ_CONNECT_TIMEOUT, 1000}, {ZMQ_RECONNECT_IVL, 100}, {ZMQ_RECONNECT_IVL_MAX, 1000}, {0, 0},
};

struct bus_sockets {
    void *context;
    zmq_pollitem_t *items;
    size_t item_max;
    size_t count;
    size_t name_threads;
    zmq_msg_t parts[BUS_PARTS_MAX];
    uint8_t public_key[NODE_KEY_BYTES];
    uint8_t secret_key[NODE_KEY_BYTES];
};

static void *open_socket(struct bus_sockets *sockets, size_t slot, int type);
static void *open_monitor(struct bus_sockets *sockets, void *router);
static void close_socket(struct bus_sockets *sockets, size_t slot);
static int set_options(void *socket, const struct option *options);
static int set_curve(struct bus_sockets *sockets, size_t slot, const char *endpoint);
static int reserve_items(struct bus_sockets *sockets, size_t needed);
static int send_part(void *socket, zmq_msg_t *part, bool more);

bool bus_socket_library_fits(void)
{
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    return ZMQ_MAKE_VERSION(major, minor, patch) >= ZMQ_MAKE_VERSION(4, 3, 4) &&
           zmq_has("curve") != 0;
}

struct bus_sockets *bus_socket_new(const struct bus_options *options)
{
    struct bus_sockets *sockets = calloc(1, sizeof *sockets);
    if (sockets == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < BUS_PARTS_MAX; i++) {
        zmq_msg_init(&sockets->parts[i]);
    }
    memcpy(sockets->public_key, options->public_key, NODE_KEY_BYTES);
    memcpy(sockets->secret_key, options->secret_key, NODE_KEY_BYTES);
    sockets->context = zmq_ctx_new();
    if (bus_endpoint_any_name(options->peers, options->peer_count)) {
        sockets->name_threads =
            options->peer_count < NAME_THREADS_MAX ? options->peer_count : NAME_THREADS_MAX;
    }
    if (sockets->context == NULL ||
        zmq_ctx_set(sockets->context, ZMQ_IO_THREADS, 1 + (int)sockets->name_threads) != 0 ||
        reserve_items(sockets, BUS_SLOT_DEALER + options->peer_count + DESCRIPTORS_EXPECTED) != 0) {
        bus_socket_free(&sockets);
        return NULL;
    }
    sockets->count = BUS_SLOT_DEALER + options->peer_count;
    for (size_t slot = 0; slot < sockets->count; slot++) {
        sockets->items[slot] = (zmq_pollitem_t){.fd = -1, .events = ZMQ_POLLIN};
    }
    return sockets;
}

void bus_socket_free(struct bus_sockets **sockets_address)
{
    struct bus_sockets *sockets = *sockets_address;
    *sockets_address = NULL;
    if (sockets == NULL) {
        return;
    }
    if (sockets->count > 0 && sockets->items[BUS_SLOT_ROUTER].socket != NULL) {
        /* An I/O thread that waits for room in the monitor's queue holds a lock that this needs. */
        while (bus_socket_event(sockets) != BUS_EVENT_NONE) {
        }
        zmq_socket_monitor(sockets->items[BUS_SLOT_ROUTER].socket, NULL, 0);
    }
    for (size_t slot = sockets->count; slot-- > 0;) {
        close_socket(sockets, slot);
    }
    for (size_t i = 0; i < BUS_PARTS_MAX; i++) {
        zmq_msg_close(&sockets->parts[i]);
    }
    while (sockets->context != NULL && zmq_ctx_term(sockets->context) != 0 && errno == EINTR) {
    }
    explicit_bzero(sockets->secret_key, sizeof sockets->secret_key);
    free(sockets->items);
    free(sockets);
}

/* ZAP comes first: a connection that finds no ZAP is not asked for its key. */
int bus_socket_listen(struct bus_sockets *sockets, const char *endpoint, char *error,
                      size_t error_size)
{
    const char *culprit = NULL;
    void *router = NULL;
    void *zap = open_socket(sockets, BUS_SLOT_ZAP, ZMQ_REP);
    if (zap == NULL || zmq_bind(zap, "inproc://zeromq.zap.01") != 0) {
        culprit = "ZAP";
    } else if ((router = open_socket(sockets, BUS_SLOT_ROUTER, ZMQ_ROUTER)) == NULL ||
               set_options(router, router_options) != 0 ||
               zmq_setsockopt(router, ZMQ_ZAP_DOMAIN, "bansync", strlen("bansync")) != 0 ||
               set_curve(sockets, BUS_SLOT_ROUTER, endpoint) != 0) {
        culprit = "options of the listening socket";
    } else if (open_monitor(sockets, router) == NULL) {
        culprit = "socket monitor";
    } else if (zmq_bind(router, endpoint) != 0) {
        culprit = endpoint;
    }
    if (culprit != NULL) {
        snprintf(error, error_size, "%s: %s", culprit, zmq_strerror(errno));
    }
    return culprit != NULL ? -1 : 0;
}

int bus_socket_connect(struct bus_sockets *sockets, size_t slot, const char *endpoint,
                       const uint8_t key[NODE_KEY_BYTES])
{
    assert(slot >= BUS_SLOT_DEALER && slot < sockets->count);
    close_socket(sockets, slot);
    void *dealer = open_socket(sockets, slot, ZMQ_DEALER);
    if (dealer != NULL && set_options(dealer, dealer_options) == 0 &&
        set_curve(sockets, slot, endpoint) == 0 &&
        zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, key, NODE_KEY_BYTES) == 0 &&
        zmq_connect(dealer, endpoint) == 0) {
        return 0;
    }
    int saved = errno;
    close_socket(sockets, slot);
    errno = saved;
    return -1;
}

int bus_socket_wait(struct bus_sockets *sockets, struct pollfd *fds, size_t fd_count,
                    int timeout_ms)
{
    if (reserve_items(sockets, sockets->count + fd_count) != 0) {
        return -1;
    }
    for (size_t i = 0; i < fd_count; i++) {
        int events = (fds[i].events & POLLIN ? ZMQ_POLLIN : 0) |
                     (fds[i].events & POLLOUT ? ZMQ_POLLOUT : 0) |
                     (fds[i].events & POLLPRI ? ZMQ_POLLPRI : 0);
        sockets->items[sockets->count + i] =
            (zmq_pollitem_t){.fd = fds[i].fd, .events = (short)events};
    }
    if (zmq_poll(sockets->items, (int)(sockets->count + fd_count), timeout_ms) < 0) {
        return -1;
    }
    int ready = 0;
    for (size_t slot = 0; slot < sockets->count; slot++) {
        ready += sockets->items[slot].revents != 0;
    }
    /* zmq_poll calls POLLHUP and POLLNVAL an error: ask for the real ones. */
    int fd_ready = fd_count > 0 ? poll(fds, fd_count, 0) : 0;
    return fd_ready < 0 ? -1 : ready + fd_ready;
}

void bus_socket_assume_ready(struct bus_sockets *sockets)
{
    for (size_t slot = 0; slot < sockets->count; slot++) {
        sockets->items[slot].revents = sockets->items[slot].socket != NULL ? ZMQ_POLLIN : 0;
    }
}

bool bus_socket_ready(const struct bus_sockets *sockets, size_t slot)
{
    return sockets->items[slot].revents != 0;
}

int bus_socket_read(struct bus_sockets *sockets, size_t slot, size_t part_count)
{
    void *socket = sockets->items[slot].socket;
    size_t taken = 0;
    bool more = socket != NULL;
    assert(part_count >= 1 && part_count <= BUS_PARTS_MAX);
    for (size_t i = 0; i < part_count; i++) {
        zmq_msg_close(&sockets->parts[i]);
        zmq_msg_init(&sockets->parts[i]);
    }
    while (more) {
        zmq_msg_t *part = &sockets->parts[taken < part_count ? taken : part_count - 1];
        if (zmq_msg_recv(part, socket, ZMQ_DONTWAIT) >= 0) {
            more = zmq_msg_more(part);
            taken++;
        } else if (errno != EINTR) {
            break;
        }
    }
    if (taken == 0) {
        sockets->items[slot].revents = 0;
        return 0;
    }
    return taken == part_count ? 1 : -1;
}

struct bus_part bus_socket_part(struct bus_sockets *sockets, size_t index)
{
    zmq_msg_t *part = &sockets->parts[index];
    return (struct bus_part){zmq_msg_data(part), zmq_msg_size(part)};
}

const char *bus_socket_user(struct bus_sockets *sockets, size_t index)
{
    return zmq_msg_gets(&sockets->parts[index], "User-Id");
}

/* Version 1 of the monitor's messages: u16 event and u32 value in host order, then the endpoint. */
enum bus_event bus_socket_event(struct bus_sockets *sockets)
{
    uint16_t event = 0;
    if (bus_socket_read(sockets, BUS_SLOT_MONITOR, 2) == 0) {
        return BUS_EVENT_NONE;
    }
    struct bus_part part = bus_socket_part(sockets, 0);
    if (part.size >= sizeof event) {
        memcpy(&event, part.bytes, sizeof event);
    }
    switch (event) {
    case ZMQ_EVENT_ACCEPTED:
        return BUS_EVENT_ACCEPTED;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        return BUS_EVENT_SUCCEEDED;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return BUS_EVENT_REFUSED;
    default:
        return BUS_EVENT_FAILED;
    }
}

/* Only the first part can be refused: everything is copied before, and what follows a routing id
 * that libzmq took is dropped silently if the peer goes in between. */
int bus_socket_send(struct bus_sockets *sockets, size_t slot, const struct bus_part *parts,
                    size_t part_count)
{
    zmq_msg_t out[BUS_PARTS_MAX];
    size_t made = 0;
    size_t sent = 0;
    assert(part_count >= 1 && part_count <= BUS_PARTS_MAX);
    while (made < part_count && zmq_msg_init_size(&out[made], parts[made].size) == 0) {
        if (parts[made].size > 0) {
            memcpy(zmq_msg_data(&out[made]), parts[made].bytes, parts[made].size);
        }
        made++;
    }
    while (made == part_count && sent < part_count &&
           send_part(sockets->items[slot].socket, &out[sent], sent + 1 < part_count) == 0) {
        sent++;
    }
    assert(sent == 0 || sent == part_count); /* else the rest would begin the next message */
    int saved = errno;
    for (size_t i = sent; i < made; i++) {
        zmq_msg_close(&out[i]);
    }
    errno = saved;
    return sent == part_count ? 0 : -1;
}

static void *open_socket(struct bus_sockets *sockets, size_t slot, int type)
{
    void *socket = zmq_socket(sockets->context, type);
    sockets->items[slot].socket = socket;
    return socket != NULL && set_options(socket, common_options) == 0 ? socket : NULL;
}

static void *open_monitor(struct bus_sockets *sockets, void *router)
{
    static const char endpoint[] = "inproc://monitor";
    static const int queue_max = MONITOR_QUEUE_MAX;
    void *monitor = open_socket(sockets, BUS_SLOT_MONITOR, ZMQ_PAIR);
    if (monitor == NULL || zmq_setsockopt(monitor, ZMQ_RCVHWM, &queue_max, sizeof queue_max) != 0 ||
        zmq_socket_monitor(router, endpoint, EVENTS_FAILED | EVENTS_OTHER) != 0 ||
        zmq_connect(monitor, endpoint) != 0) {
        return NULL;
    }
    return monitor;
}

static void close_socket(struct bus_sockets *sockets, size_t slot)
{
    if (sockets->items[slot].socket != NULL) {
        zmq_close(sockets->items[slot].socket);
    }
    sockets->items[slot].socket = NULL;
    sockets->items[slot].revents = 0;
}

static int set_options(void *socket, const struct option *options)
{
    for (size_t i = 0; options[i].name != 0; i++) {
        if (zmq_setsockopt(socket, options[i].name, &options[i].value, sizeof(int)) != 0) {
            return -1;
        }
    }
    return 0;
}

/* What depends on the key pair and on the endpoint. A socket with IPv6 reaches IPv4 hosts too, if a
 * name has no other address; a literal IPv4 address needs none, and ZAP then tells IPv4. */
static int set_curve(struct bus_sockets *sockets, size_t slot, const char *endpoint)
{
    void *socket = sockets->items[slot].socket;
    enum bus_host host = bus_endpoint_host(endpoint);
    int64_t bytes_max = FRAME_BYTES_MAX + CURVE_FRAME_BYTES_MAX;
    int ipv6 = host != BUS_HOST_IPV4;
    uint64_t thread = 1; /* a mask */
    if (slot >= BUS_SLOT_DEALER && host == BUS_HOST_NAME) {
        thread <<= 1 + (slot - BUS_SLOT_DEALER) % sockets->name_threads;
    }
    if (zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, sockets->public_key, NODE_KEY_BYTES) != 0 ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, sockets->secret_key, NODE_KEY_BYTES) != 0 ||
        zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &bytes_max, sizeof bytes_max) != 0 ||
        zmq_setsockopt(socket, ZMQ_IPV6, &ipv6, sizeof ipv6) != 0) {
        return -1;
    }
    return zmq_setsockopt(socket, ZMQ_AFFINITY, &thread, sizeof thread);
}

static int reserve_items(struct bus_sockets *sockets, size_t needed)
{
    if (needed <= sockets->item_max) {
        return 0;
    }
    zmq_pollitem_t *items = realloc(sockets->items, needed * sizeof *items);
    if (items == NULL) {
        return -1;
    }
    sockets->items = items;
    sockets->item_max = needed;
    return 0;
}

static int send_part(void *socket, zmq_msg_t *part, bool more)
{
    int sent;
    do {
        sent = zmq_msg_send(part, socket, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}
