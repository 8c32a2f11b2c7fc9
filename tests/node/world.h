/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few nodes in one process: virtual time, links that can be cut, rows kept as a store would.
 *
 * Node i knows every other node; real encoded frames pass between them.
 */
#ifndef BANSYNC_TESTS_WORLD_H
#define BANSYNC_TESTS_WORLD_H

#include "node.h"

#define WORLD_NODES_MAX 4

struct world_row {
    uint8_t kind;
    uint8_t *body;
    size_t size;
};

struct world_frame {
    size_t from, to;
    uint8_t *bytes;
    size_t size;
};

struct world {
    size_t count;
    struct now now;
    struct node nodes[WORLD_NODES_MAX];
    bool up[WORLD_NODES_MAX];
    bool link[WORLD_NODES_MAX][WORLD_NODES_MAX]; /* [from][to] */
    int64_t skew_ms[WORLD_NODES_MAX];
    bool store_fails[WORLD_NODES_MAX];
    const char *cluster[WORLD_NODES_MAX]; /* NULL: "test" */
    struct quota_rate quota;              /* of nodes started from now on; 0: as of limits.h */
    struct world_row *rows[WORLD_NODES_MAX];
    size_t row_count[WORLD_NODES_MAX], row_room[WORLD_NODES_MAX];
    uint64_t saved_hlc[WORLD_NODES_MAX];
    struct world_frame *frames; /* on their way */
    size_t frame_count, frame_room;
    size_t bytes_sent;
    uint64_t line;             /* makes every hit a line of its own */
    struct node_done done[64]; /* the first commands that ended, in order */
    size_t done_count;
};

struct world *world_open(size_t count);
void world_close(struct world *world);

/* Lets ms pass in steps of 10 ms; frames arrive in the next step. */
void world_run(struct world *world, int64_t ms);

/* Every link of node on or off. */
void world_cut(struct world *world, size_t node, bool cut);

/* Ends node without warning, keeping its rows; starts it again from them (or blank). */
void world_kill(struct world *world, size_t node);
void world_start(struct world *world, size_t node, bool blank);

/* count hits of address, one ms apart from now on. */
void world_hits(struct world *world, size_t node, const char *address, size_t count);

void world_ban(struct world *world, size_t node, const char *address, uint64_t request);
void world_unban(struct world *world, size_t node, const char *address, uint64_t request);

/* Text of the map behind its header; valid until the next call for that node. */
const char *world_map(struct world *world, size_t node);

/* True if all live nodes have equal roots and maps. */
bool world_is_equal(struct world *world);

/* The shared count of address on node. */
size_t world_count(struct world *world, size_t node, const char *address);

struct addr world_addr(const char *text);

#endif
