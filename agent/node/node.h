/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole node without the world: log hits, frames, commands and time go in; rows, frames, map and
 * answers come out.
 *
 * A turn: any of node_hit, node_frame, node_ban, node_unban, node_allow, node_tick; then
 * node_flush; the caller commits the rows among node->effects; node_committed tells the result;
 * only then the caller sends node->frames, writes the map and answers; node_turn_end empties both
 * lists. No syscall: what the loop drives with sockets, a simulator drives alone.
 */
#ifndef BANSYNC_NODE_NODE_H
#define BANSYNC_NODE_NODE_H

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
    unsigned differs[MESSAGE_KINDS]; /* PINGs running on which the root differed */
    struct message_hash root_here[MESSAGE_KINDS]; /* at the last comparison */
    struct message_hash root_there[MESSAGE_KINDS];
    unsigned descents;             /* since the roots were last equal */
    int64_t descended_ms;          /* mono time of the last one's end */
    struct message_nack_body nack; /* last refusal it told; reason 0: none */
    int64_t nack_ms;
    int64_t nacked_ms; /* mono time of our last NACK to it */
    uint8_t refused;   /* enum message_nack: why we do not take its frames; 0: we do */
    uint64_t bytes_sent, bytes_received, frames_sent, frames_received, frames_unsent;
};

/* One frame to send after the commit. */
struct node_frame {
    size_t peer;
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
    bool pulling;
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

struct node_options {
    const char *name;
    const char *version;
    const char *cluster;
    uint64_t id;
    uint64_t boot;              /* random, new at every start */
    struct hash_key strike_key; /* from the node's secret key: only it can compute its strike ids */
    struct policy policy;
    unsigned ipv6_prefix;
    uint64_t buckets_hash;
    const char *const *peer_names;
    const uint64_t *peer_ids;
    size_t peer_count;
};

struct node_verify;

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
    struct node_peer peers[PEERS_MAX];
    size_t peer_count;
    struct node_descent descent;
    struct node_batch *batches;
    size_t batch_count, batch_room;
    struct node_verify *verify; /* under way; NULL: none */
    int64_t pinged_ms;
    uint64_t number; /* of the last request made */
    struct map_text map;
    bool map_stale;
    uint64_t map_hash;
    uint64_t file_hash;
    uint64_t asked[PEERS_MAX]; /* PINGs to answer once the map file was read; 0: none */
    bool asked_any;
    bool clock_held; /* the saved clock is ahead of the wall clock: stamp nothing */
    uint64_t saved_hlc;
    struct message *in, *out;
};

/* 0, or -1 without memory. */
int node_open(struct node *node, const struct node_options *options);
void node_close(struct node *node);

/* At start: rows of the store (false: refused, counted), then node_loaded. saved_hlc: the clock of
 * the last commit. */
bool node_load(struct node *node, uint8_t kind, const uint8_t *bytes, size_t size);
void node_loaded(struct node *node, const struct now *now, uint64_t saved_hlc);

/* A ratelimit hit of the own log. source and offset name the line, line is its write_log part. */
struct node_hit {
    const char *source;
    uint64_t offset;
    const char *line;
    size_t line_size;
    struct addr addr; /* the client, a host */
    int64_t t_ms;     /* time of the line by the own clock */
    const char *bucket;
    size_t bucket_size;
    const char *account;
    size_t account_size;
};
void node_hit(struct node *node, const struct now *now, const struct node_hit *hit);

/* One frame from a peer. */
void node_frame(struct node *node, const struct now *now, size_t peer, const uint8_t *bytes,
                size_t size);

/* Operator commands; their end is told by node_take_done. until_ms TIME_NEVER_MS: permanent. */
enum step_result node_ban(struct node *node, const struct now *now, uint64_t request,
                          const struct addr *addr, int64_t until_ms, const char *reason,
                          const char *actor);
enum step_result node_unban(struct node *node, const struct now *now, uint64_t request,
                            const struct addr *addr, const char *reason, const char *actor);

/* Makes the allow entries of this node exactly these: new and ageing ones are published, others
 * withdrawn. */
void node_allow(struct node *node, const struct now *now, const struct addr *list, size_t count,
                const char *reason);

/* Another policy, as of a reload. */
void node_policy(struct node *node, const struct policy *policy, unsigned ipv6_prefix,
                 uint64_t buckets_hash);

/* Time passes: call it every turn, and at least every 200 ms. */
void node_tick(struct node *node, const struct now *now);

/* Ends the turn; then commit; then tell. */
void node_flush(struct node *node, const struct now *now);
void node_committed(struct node *node, const struct now *now, bool committed);
void node_turn_end(struct node *node);

/* map(state, tick), drawn anew if needed; valid until the next turn. NULL without memory. */
const struct map_text *node_map(struct node *node);

/* Hash of map bytes, as PINGs carry it. */
uint64_t node_map_hash(const struct node *node, const char *bytes, size_t size);

/* True if a peer or verify wants to know what the map file holds: the caller then reads it and
 * tells its hash. */
bool node_wants_file(const struct node *node);
void node_file(struct node *node, const struct now *now, uint64_t file_hash);

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
bool node_take_done(struct node *node, const struct now *now, struct node_done *done);

bool node_peer_is_up(const struct node_peer *peer, const struct now *now);

/* Median of the known wall clocks (docs/DESIGN.md section 4). */
int64_t node_ref_ms(const struct node *node, const struct now *now);

/* True if this node's clock must not be trusted for stamps: then *off_ms says how far it is off (0:
 * saved clock ahead). */
bool node_clock_is_off(const struct node *node, const struct now *now, int64_t *off_ms);

/* For the files of this ring: queues node->out for peer; counts what does not fit. */
void node_send(struct node *node, const struct now *now, size_t peer);
/* Starts node->out: header set, body zeroed as far as needed. */
struct message *node_message(struct node *node, enum message_type type);
/* Queues ready bytes (copied). */
void node_send_bytes(struct node *node, size_t peer, const uint8_t *bytes, size_t size);
/* Feeds one event. */
enum step_result node_step(struct node *node, const struct now *now, struct event *event);

#endif
