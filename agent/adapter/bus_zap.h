/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question libzmq asks before it lets a key in, and our answer: ZAP 1.0 (ZeroMQ RFC 27).
 *
 * A peer's User-Id is its index in decimal text: libzmq puts it on every frame of that connection,
 * so it is all that is needed to know the sender.
 * Does not: know sockets; decide who may enter.
 */
#ifndef BANSYNC_ADAPTER_BUS_ZAP_H
#define BANSYNC_ADAPTER_BUS_ZAP_H

#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "bus_part.h"

#define BUS_ZAP_REQUEST_PARTS 7
#define BUS_ZAP_REPLY_PARTS 6
#define BUS_ZAP_USER_SIZE 24 /* decimal size_t with NUL */

/* The public key that asks to enter, NODE_KEY_BYTES inside the request; NULL if this is no ZAP 1.0
 * question about a CURVE key. The missing parts of a shorter request are empty. */
const uint8_t *bus_zap_key(const struct bus_part request[BUS_ZAP_REQUEST_PARTS]);

/* The address it comes from, cut to text_size with NUL: an IPv4 address without its ::ffff:, bytes
 * that are not printable ASCII as '?'. */
void bus_zap_address(const struct bus_part request[BUS_ZAP_REQUEST_PARTS], char *text,
                     size_t text_size);

/* Fills in the answer: let in as user (200), or, if that is NULL: not now, come back (300; 400
 * would make an agent whose key we only do not know yet deaf for ever). Points into request and
 * user. */
void bus_zap_reply(const struct bus_part request[BUS_ZAP_REQUEST_PARTS], const char *user,
                   struct bus_part reply[BUS_ZAP_REPLY_PARTS]);

/* Writes the User-Id of a peer. */
void bus_zap_user(size_t peer, char user[BUS_ZAP_USER_SIZE]);

/* The peer of a User-Id; peer_count if it is NULL or not what bus_zap_user writes for one of them.
 */
size_t bus_zap_peer(const char *user, size_t peer_count);

#endif
