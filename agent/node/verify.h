/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proving that all nodes hold the same: ask every live peer for its digests now, fetch the map text
 * of those that differ.
 */
#ifndef BANSYNC_NODE_VERIFY_H
#define BANSYNC_NODE_VERIFY_H

#include "parts.h"

enum verify_outcome {
    VERIFY_WAITING,
    VERIFY_EQUAL,
    VERIFY_STATE, /* state differs, map does not */
    VERIFY_MAP,   /* map differs; text holds the peer's */
    VERIFY_FILE,  /* the peer's file is not its map; text holds the file's */
    VERIFY_SILENT,
};

struct verify_peer {
    enum verify_outcome outcome;
    struct message_ping ping;
    char *text; /* owned; the peer's map as far as fetched */
    size_t text_size, text_total;
    bool fetching;
};

struct node_verify {
    uint64_t number;
    int64_t started_ms;
    int64_t asked_ms;
    bool file_known; /* the own file was read since the start */
    struct verify_peer peers[PEERS_MAX];
};

/* Starts. False if one is under way already. */
bool verify_start(struct node *node, const struct now *now);

/* True once every peer has answered or VERIFY_MS are over. The caller reads node->verify, then
 * verify_end. */
#define VERIFY_MS 3000
bool verify_is_done(const struct node *node, const struct now *now);
void verify_end(struct node *node);

/* Asks again those who answered for another tick. */
void verify_tick(struct node *node, const struct now *now);

void verify_ping(struct node *node, const struct now *now, size_t peer);
void verify_map_get(struct node *node, size_t peer);
void verify_map(struct node *node, size_t peer);

#endif
