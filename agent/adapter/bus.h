/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames between nodes over libzmq, which bus_socket.c alone uses.
 *
 * One ROUTER (bind) for all who connect to us, one DEALER per configured peer, one ZAP REP answered
 * in the caller's loop. CURVE always. Who sent a frame is known from keys alone: by DEALER its
 * configured peer (its SERVERKEY), by ROUTER the User-Id of the payload frame, which ZAP set. Peers
 * are numbered 0..peer_count-1 in the order given. Why each socket option: docs/DESIGN.md section
 * 7.
 * Does not: look into frames, retry, queue (a frame that cannot be sent now is refused: repair
 * carries its content).
 */
#ifndef BANSYNC_ADAPTER_BUS_H
#define BANSYNC_ADAPTER_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

struct bus_peer {
    const char *endpoint; /* tcp://HOST:PORT */
    uint8_t key[NODE_KEY_BYTES];
};

struct bus_options {
    const char *listen; /* NULL: does not bind */
    uint8_t public_key[NODE_KEY_BYTES];
    uint8_t secret_key[NODE_KEY_BYTES];
    const struct bus_peer *peers;
    size_t peer_count; /* up to PEERS_MAX; without the node itself */
};

struct bus_stats {
    uint64_t handshakes_refused; /* ZAP: unknown key */
    uint64_t
        handshakes_failed; /* no key, wrong mechanism, broken handshake (from the socket monitor) */
    uint64_t multipart;    /* messages of more than one payload frame, dropped */
    uint64_t oversized;    /* frames over FRAME_BYTES_MAX that reached us, dropped */
    size_t last_bad_peer;  /* who sent the last of these two */
    char last_refused_key[NODE_KEY_TEXT_SIZE]; /* base64 of the last unknown key; "" = none */
    char last_refused_address[64];             /* where it came from, as ZAP tells */
    int64_t last_refused_ms;                   /* now_ms of that time */
};

/* Called for every frame; bytes are valid during the call. False: no more of them in this
 * bus_receive. */
typedef bool bus_frame_fn(void *context, size_t peer, const uint8_t *bytes, size_t size);

struct bus;

/* Starts. ZAP is bound first and ZMQ_ZAP_ENFORCE_DOMAIN must take; fails closed. NULL and text in
 * error on failure. */
struct bus *bus_open(const struct bus_options *options, char *error, size_t error_size);
void bus_close(struct bus **bus);

/* Adds the caller's plain descriptors to the wait: waits for traffic, for events on fds (struct
 * pollfd semantics: POLLIN/POLLOUT, revents filled) or timeout_ms. Returns the number ready, 0 on
 * time-out, -1 with errno (EINTR). bus may be NULL: then it is poll(2). */
struct pollfd;
int bus_wait(struct bus *bus, struct pollfd *fds, size_t fd_count, int timeout_ms);

/* Handles ZAP and monitor traffic and hands out at most frames_max frames, fewer if frame says so.
 * Returns true if more may be waiting. now_ms: monotonic; a DEALER whose peer was silent for 30 s
 * is recreated. */
bool bus_receive(struct bus *bus, int64_t now_ms, size_t frames_max, bus_frame_fn *frame,
                 void *context);

/* Sends one frame to peer: by its DEALER if that is connected, else over the routing id of its last
 * message. Never blocks. 0, or -1 if it cannot be sent now. */
int bus_send(struct bus *bus, size_t peer, const uint8_t *bytes, size_t size);

void bus_statistics(const struct bus *bus, struct bus_stats *stats);

#endif
