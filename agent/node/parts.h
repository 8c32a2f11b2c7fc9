/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node consists of, and the few services that its parts share.
 *
 * The files of this ring work on it; the world uses the door in node.h and reads.
 */
#ifndef BANSYNC_NODE_PARTS_H
#define BANSYNC_NODE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "map.h"
#include "message.h"
#include "step.h"

#define NODE_PEER_NONE SIZE_MAX
#define NODE_DEAD_MS 3500 /* a peer silent for so long is down: three lost PINGs */
#define NODE_PING_MS 1000
#define NODE_CLOCK_MS 10000 /* a peer's clock counts for so long */
#define NODE_TURN_BYTES_MAX \
    33554432                /* queued for one peer in one turn; more is lost and repaired */
#define NODE_CLONE_MS 60000 /* how long a clone is shown after it was last noticed */

struct now {
    int64_t wall_ms;
    int64_t mono_ms;
};

/* What a peer said of itself and what we saw of it. */
struct node_peer {
    char name[NAME_BYTES_MAX + 1]; /* label of the configuration */
    uint64_t id;
    bool greeted;    /* its HELLO was taken; cleared when it falls silent */
    int64_t seen_ms; /* mono; 0: never */
    struct message_hello hello;
    struct message_ping ping;
    int64_t ping_ms; /* mono time of ping; 0: none */
    uint64_t previous_boot;
    int64_t clone_ms;                /* mono time when two boot ids were seen; 0: never */
    bool compared;                   /* same is valid */
    bool same;                       /* roots and map were equal at the last comparison */
    bool fresh;                      /* compare at once: it greeted, or a push to it was lost */
    bool tell;                       /* our policy changed: greet it again */
    unsigned differs[MESSAGE_KINDS]; /* PINGs running on which the root differed */
    struct message_hash root_here[MESSAGE_KINDS]; /* at the last comparison */
    struct message_hash root_there[MESSAGE_KINDS];
    unsigned map_differs;          /* PINGs running on which the map differed and no root did */
    bool gave_up;                  /* the last descent was cut off: others come first */
    unsigned descents;             /* since the roots were last equal */
    int64_t descended_ms;          /* mono time of the last one's end */
    struct message_nack_body nack; /* last refusal it told; reason 0: none */
    int64_t nack_ms;
    int64_t nacked_ms;   /* mono time of our last NACK to it */
    const char *fault;   /* what of it was last dropped; NULL: nothing yet */
    int64_t fault_ms;    /* mono */
    uint8_t refused;     /* enum message_nack: why we do not take its frames; 0: we do */
    size_t queued_bytes; /* in this turn */
    uint64_t bytes_sent, bytes_received, frames_sent, frames_received, frames_unsent;
};

/* One frame to send after the commit. */
struct node_frame {
    size_t peer;
    bool is_ack;    /* says that entries are durable: not sent if the commit fails */
    uint8_t *bytes; /* owned */
    size_t size;
};

/* The one descent that may be under way, see repair.h. */
struct node_descent {
    size_t peer; /* NODE_PEER_NONE: none */
    uint8_t kind;
    uint8_t level;    /* of the nodes being asked for; DIGEST_LEVELS - 1: leaves */
    uint64_t number;  /* of the request under way */
    int64_t asked_ms; /* mono time of that request */
    int64_t begun_ms; /* mono time of the first */
    bool pulling;
    bool pulled;        /* it brought something */
    uint32_t *list;     /* nodes of this level that differ */
    size_t count, done; /* done: asked for already */
    uint32_t *next;     /* nodes of the next level that differ */
    size_t next_count;
    struct message_pair *wanted; /* entries to pull */
    size_t wanted_count, wanted_done, wanted_room;
    uint8_t *answer; /* bytes of the entries of the answer being made to a peer's PULL */
    size_t answer_used;
};

/* Operator commands of one turn that wait for the other nodes, pushed in one frame. */
struct node_command {
    uint64_t request;
    enum effect_outcome outcome;
    struct addr addr;
};

struct node_batch {
    uint64_t ack;
    struct node_command *commands; /* owned; not yet taken by node_take_done */
    size_t count, room;
    int64_t started_ms; /* mono */
    int64_t pushed_ms;
    uint8_t *frame; /* pushed again until it is acknowledged; owned; NULL: nothing to wait for */
    size_t frame_size;
    bool confirmed[PEERS_MAX];
};

/* A command that ended: durable here, and acknowledged by all live peers or COMMAND_WAIT_MS over.
 */
struct node_done {
    uint64_t request;
    enum effect_outcome outcome;
    struct addr addr;
    int64_t took_ms;
    size_t confirmed; /* nodes, this one included */
    bool missing[PEERS_MAX];
};
struct node_verify;

/* The walk over the own state, see selfcheck.h. */
struct node_selfcheck {
    int64_t walked_ms;    /* mono time of the last step */
    int64_t owed;         /* thousandths of a leaf that are due since then */
    uint32_t next;        /* leaf */
    uint32_t hurry;       /* leaves to be walked at once: the map differs and no root does */
    struct effects rows;  /* of the store, for what is damaged */
    bool rows_incomplete; /* no memory for one of them */
    int64_t round_ms;     /* mono time the last round ended; 0: none yet */
};

struct node {
    struct state state;
    struct effects effects;
    struct node_frame *frames;
    size_t frame_count, frame_room;
    size_t effects_pushed; /* effects before this one were looked at for pushing */
    char name[NAME_BYTES_MAX + 1];
    char version[NAME_BYTES_MAX + 1];
    uint64_t cluster; /* hash of the cluster name */
    uint64_t boot;
    struct hash_key strike_key;
    unsigned ipv6_prefix;
    uint64_t buckets_hash;
    bool observe; /* told to peers with the policy: the map is not in force here */
    struct node_peer peers[PEERS_MAX];
    size_t peer_count;
    struct node_descent descent;
    struct node_batch *batches;
    size_t batch_count, batch_room;
    struct node_verify *verify; /* under way; NULL: none */
    struct node_selfcheck selfcheck;
    int64_t pinged_ms;
    uint64_t number; /* of the last request made */
    struct map_text map;
    bool map_stale;
    uint64_t map_hash;
    uint64_t file_hash;
    struct map_text file; /* what the map file held when it was last asked for, if not the map */
    uint64_t asked[PEERS_MAX]; /* PINGs to answer once the map file was read; 0: none */
    bool asked_any;
    bool clock_held; /* the saved clock is ahead of the wall clock: stamp nothing */
    uint64_t saved_hlc;
    struct message *in, *out;
};

/* map(state, tick), drawn anew if needed; valid until the next turn. NULL without memory. */
const struct map_text *node_map(struct node *node);

/* Hash of map bytes, as PINGs carry it. */
uint64_t node_map_hash(const struct node *node, const char *bytes, size_t size);

bool node_peer_is_up(const struct node_peer *peer, const struct now *now);

/* Queues node->out for peer; counts what does not fit. */
void node_send(struct node *node, const struct now *now, size_t peer);
/* Remembers that something of peer was dropped; what is a constant text for people. */
void node_blame(struct node *node, const struct now *now, size_t peer, const char *what);
/* Starts node->out: header set, body zeroed as far as needed. */
struct message *node_message(struct node *node, enum message_type type);
/* Queues ready bytes (copied). */
void node_send_bytes(struct node *node, size_t peer, const uint8_t *bytes, size_t size);
#endif
