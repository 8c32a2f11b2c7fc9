/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One node whose peers are played by the test: frames are made and taken one by one.
 *
 * Peer i has the id 2001 + i, the boot id 5001 + i and the clock of the node. Fill in solo->message
 * and give it; take what the node answered; what was not taken waits.
 */
#ifndef BANSYNC_TESTS_SOLO_H
#define BANSYNC_TESTS_SOLO_H

#include "node.h"

#define SOLO_WALL_MS 1790000000000 /* a whole tick */
#define SOLO_NODE 1001

struct solo_frame {
    size_t peer;
    uint8_t *bytes;
    size_t size;
    bool taken;
};

struct solo {
    struct node node;
    struct now now;
    struct message message;
    struct solo_frame *frames; /* sent by the node */
    size_t frame_count, frame_room;
    bool store_fails;
    bool quiet[PEERS_MAX]; /* solo_pass does not keep these peers alive */
    struct node_done done[1100];
    size_t done_count;
};

/* A node that has greeted nobody yet; on the heap. Threshold 3 within 60 s bans for good. */
struct solo *solo_open(size_t peers);
void solo_close(struct solo *solo);

/* A tick, the flush, the commit; what the node sends and which commands ended is kept. */
void solo_turn(struct solo *solo);

/* Turns, 100 ms apart, in which every greeted peer says something harmless. */
void solo_pass(struct solo *solo, int64_t ms);

/* Starts solo->message: head as the peers would set it, body zero. */
struct message *solo_message(struct solo *solo, enum message_type type);

/* Gives solo->message to the node as a frame of that peer; no turn. */
void solo_give(struct solo *solo, size_t peer);

/* The peer says HELLO, so that it is up; ends the turn and drops what was sent. */
void solo_greet(struct solo *solo, size_t peer);

/* A PING of a peer that holds the same as the node, ready to be changed and given. */
struct message_ping *solo_ping(struct solo *solo);

/* Takes the first frame of that type that was sent to peer, decoded into solo->message. */
bool solo_take(struct solo *solo, size_t peer, enum message_type type);

/* Number of such frames not taken. */
size_t solo_count(struct solo *solo, size_t peer, enum message_type type);

/* Drops all frames sent so far. */
void solo_forget(struct solo *solo);

/* A strike of that origin, fed as a peer's entry would be, without a frame. */
enum step_result solo_strike(struct solo *solo, const char *address, uint64_t origin, uint64_t id,
                             int64_t t_ms);

/* Canonical bytes of the same strike; returns their number. */
size_t solo_strike_bytes(const char *address, uint64_t origin, uint64_t id, int64_t t_ms,
                         uint8_t bytes[512]);

/* count permanent bans of 10.0.0.0 and following by an operator elsewhere, without a frame. */
void solo_bans(struct solo *solo, uint32_t count);

/* One of them; no turn. */
void solo_ban(struct solo *solo, uint32_t number);

/* Allow entries of that prefix, one of each of so many owners from 3000 on, without a frame. */
void solo_allows(struct solo *solo, const char *address, uint64_t owners);

/* Of "account NAME" the account. */
struct addr solo_addr(const char *text);

#endif
