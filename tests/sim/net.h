/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network between hosts: frames that are on their way, and the state of each link, one for each
 * direction.
 */
#ifndef BANSYNC_SIM_NET_H
#define BANSYNC_SIM_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_HOSTS_MAX 320 /* a full mesh of PEERS_MAX + 1, and the hubs of more */

struct sim;

enum net_link {
    NET_UP,
    NET_SILENT,  /* frames vanish */
    NET_REFUSED, /* sending fails */
};

struct net_frame {
    int64_t at_ms;
    uint64_t number; /* breaks ties */
    size_t from, to;
    uint8_t *bytes; /* owned */
    size_t size;
};

struct net {
    struct net_frame *heap;
    size_t count, room;
    uint64_t number;
    uint8_t links[NET_HOSTS_MAX][NET_HOSTS_MAX]; /* enum net_link, [from][to] */
    int64_t delay_ms;                            /* of every frame */
    int64_t jitter_ms;                           /* up to so much more */
    uint32_t loss;                               /* chances per million frames */
    uint32_t twice;
    uint32_t late;
    int64_t late_ms; /* up to so much more for a late one */
};

void net_close(struct net *net);

/* Takes over bytes. Returns false if the link is refused: the sender notices. */
bool net_send(struct sim *sim, size_t from, size_t to, uint8_t *bytes, size_t size);

/* When the next frame arrives; INT64_MAX: none is on its way. */
int64_t net_next_ms(const struct net *net);

/* Takes the next frame that has arrived by now_ms; its bytes become the caller's. */
bool net_take(struct net *net, int64_t now_ms, struct net_frame *frame);

/* True if frames are on their way that arrive behind at_ms. */
bool net_has_later(const struct net *net, int64_t at_ms);

/* Drops what is on its way. */
void net_flush(struct net *net);

#endif
