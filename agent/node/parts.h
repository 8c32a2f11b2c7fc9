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

#include "brake.h"
#include "held.h"
#include "map.h"
#include "message.h"
#include "quota.h"
#include "step.h"

#define NODE_PEER_NONE SIZE_MAX
#define NODE_DEAD_MS 3500 /* a peer silent for so long is down: three lost PINGs */
#define NODE_PING_MS 1000
#define NODE_UNHEARD_MAX 3  /* a peer that asks for our HELLO so often does not hear us */
#define NODE_CLOCK_MS 10000 /* a peer's clock counts for so long */
#define NODE_TURN_BYTES_MAX \
    33554432                /* queued for one peer in one turn; more is lost and repaired */
#define NODE_BOOTS_MAX 8    /* so many nodes with one key are told from restarts, and one more */
#define NODE_CLONE_MS 60000 /* how long a clone is shown after it was last noticed */

struct now {
    int64_t wall_ms;
    int64_t mono_ms;
};

/* What a peer said of itself and what we saw of it. */
struct node_peer {
    char name[NAME_BYTES_MAX + 1]; /* label of the configuration */
    uint64_t id;
    bool greeted;     /* its HELLO was taken; cleared when it falls silent */
    int64_t seen_ms;  /* mono; 0: never */
    unsigned unheard; /* HELLOs running that asked for an answer, with no PING between them */
    struct message_hello hello;
    struct message_ping ping;
    int64_t ping_ms;                 /* mono time of ping; 0: none */
    int64_t file_ms;                 /* mono time since when its file is not its map; 0: it is */
    uint64_t boots[NODE_BOOTS_MAX];  /* before hello.boot, newest first; 0: none */
    int64_t boot_ms;                 /* mono time hello.boot was first heard */
    int64_t boot_seen_ms;            /* and last */
    int64_t clone_ms;                /* mono time when two boot ids were seen; 0: never */
    bool compared;                   /* same is valid */
    bool same;                       /* roots and map were equal at the last comparison */
    bool fresh;                      /* compare at once: it greeted, or a push to it was lost */
    bool no_bulk;                    /* since it greeted: left a BULK_GET without an answer */
    bool tell;                       /* our policy changed: greet it again */
    unsigned differs[MESSAGE_KINDS]; /* PINGs running on which the root differed */
    struct message_hash root_here[MESSAGE_KINDS]; /* at the last comparison */
    struct message_hash root_there[MESSAGE_KINDS];
    struct message_hash root_agreed[MESSAGE_KINDS]; /* when both held the same; 0: nothing */
    bool due;                      /* a PING called for a descent that was not begun yet */
    unsigned map_differs;          /* PINGs running on which the map differed and no root did */
    unsigned descents;             /* running that brought nothing for the same difference */
    int64_t descended_ms;          /* mono time of the last one's end */
    struct message_nack_body nack; /* last refusal it told; reason 0: none */
    int64_t nack_ms;
    int64_t nacked_ms;    /* mono time of our last NACK to it */
    const char *fault;    /* what of it was last dropped; NULL: nothing yet */
    int64_t fault_ms;     /* mono; 0: never */
    uint64_t faults;      /* times something of it was dropped */
    uint8_t fault_reason; /* enum message_nack: of what sort it is */
    uint8_t refused;      /* enum message_nack: why we do not take its frames; 0: we do */
    struct quota quotas[MESSAGE_KINDS + 1]; /* by kind; 0: entries that change nothing */
    size_t queued_bytes;                    /* in this turn */
    size_t bulk_frames;                     /* of answers to its BULK_GETs, in this turn */
    uint64_t bytes_sent, bytes_received, frames_sent, frames_received, frames_unsent;
};

/* The reference clock as it was at that time, see skew.h; mono_ms 0: not known. */
struct node_ref {
    struct now now;
    int64_t ms;
};

/* One frame to send after the commit. */
struct node_frame {
    size_t peer;
    bool is_ack;    /* says that entries are durable: not sent if the commit fails */
    uint8_t *bytes; /* owned */
    size_t size;
};

/* Of a descent: what is fetched without being listed first, see bulk.h. */
struct node_bulk {
    bool on;        /* the leaves left are asked for in bulk */
    bool whole;     /* the descent is over all leaves: they are not listed */
    bool answered;  /* the peer knows how */
    bool stuck;     /* the first leaf left does not fit one answer: it is listed */
    size_t begin;   /* first leaf of the request under way, as an index of the descent's list */
    size_t end;     /* behind its last one */
    size_t frames;  /* of its answer so far */
    size_t listed;  /* pairs in the LEAFs of the descent */
    size_t missing; /* those of them that were not here */
};

/* The one descent that may be under way, see repair.h. */
struct node_descent {
    size_t peer; /* NODE_PEER_NONE: none */
    uint8_t kind;
    uint8_t level;      /* of the nodes being asked for; DIGEST_LEVELS - 1: leaves */
    uint64_t number;    /* of the request under way */
    uint8_t asked;      /* its type */
    unsigned pending;   /* LEAF_GETs of that number not answered yet */
    int64_t asked_ms;   /* mono time of that request */
    int64_t begun_ms;   /* mono time of the first */
    bool pulled;        /* it brought something */
    uint32_t *list;     /* nodes of this level that differ */
    size_t count, done; /* done: asked for already */
    uint32_t *next;     /* nodes of the next level that differ */
    size_t next_count;
    struct message_pair *wanted; /* entries to pull */
    size_t wanted_count, wanted_done, wanted_room;
    struct node_bulk bulk;
    uint8_t *answer; /* bytes of the entries of a frame being made for a peer that asked */
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
    size_t confirmed; /* nodes, this one included; 0: it failed */
    bool missing[PEERS_MAX];
};
struct node_verify;

/* The walk over the own state, see selfcheck.c. */
struct node_selfcheck {
    int64_t walked_ms;    /* mono time of the last step */
    int64_t owed;         /* thousandths of a leaf that are due since then */
    uint32_t next;        /* leaf */
    uint32_t hurry;       /* leaves to be walked at once: the map differs and no root does */
    int64_t hurried_ms;   /* mono time that was last begun; 0: never */
    struct effects rows;  /* of the store, for what is damaged */
    bool rows_incomplete; /* no memory for one of them */
    int64_t round_ms;     /* mono time the last round ended; 0: none yet */
};

/* The brake, and what it keeps out of the state, see hold.h. */
struct node_hold {
    struct brake brake;
    struct held held;
    uint64_t tick; /* at which that was last looked through */
};

struct node {
    struct state state;
    struct node_hold hold;
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
    bool observe;            /* told to peers with the policy: the map is not in force here */
    struct node_peer *peers; /* peer_count of them; owned */
    size_t peer_count;
    struct quota_rate quota_rate;
    struct node_descent descent;
    struct node_batch *batches;
    size_t batch_count, batch_room;
    struct node_verify *verify; /* under way; NULL: none */
    struct node_selfcheck selfcheck;
    int64_t pinged_ms;
    uint64_t number; /* of the last request made */
    struct map_text map;
    struct map_text usermap;
    size_t users_untold;      /* banned accounts that no line of it can name */
    bool map_stale;           /* and usermap, too */
    bool map_whole;           /* ... and all of both must be drawn anew */
    struct addrs map_changes; /* ... or only the lines of these subjects; owned */
    uint64_t text_hash;       /* node_text_hash of map */
    uint64_t map_hash;        /* of both */
    uint64_t file_hash;       /* of what their files hold; 0: not known */
    struct map_text
        file; /* what these held when last asked for, as node_file has it, if not the maps */
    uint64_t asked[PEERS_MAX]; /* PINGs to answer once the map file was read; 0: none */
    bool asked_any;
    bool leases_due; /* the own allow entries must be looked at again */
    struct node_ref ref;
    int64_t ref_base_ms;  /* cluster time minus monotonic time when three clocks were last known */
    int64_t ref_heard_ms; /* mono time of that; 0: never */
    bool clock_held;      /* saved and wall clock are far apart: stamp nothing */
    uint64_t saved_hlc;
    int64_t doubt_until_ms; /* mono: until then the peers' clocks are waited for */
    struct message *in, *out;
};

/* What peer may still change by entries of that kind (any number; unknown ones change nothing). */
struct quota *node_quota(struct node *node, size_t peer, uint8_t kind);

/* How fast that comes back, and how much of it there may be. */
struct quota_rate node_quota_rate(const struct node *node, uint8_t kind);

/* The peer of that id, NULL if there is none. */
const struct node_peer *node_peer_of(const struct node *node, uint64_t id);

/* True if it greeted, is neither silent nor deaf, and its frames are taken. */
bool node_peer_is_up(const struct node_peer *peer, const struct now *now);

/* True if it is heard, but asks for our HELLO again and again: the link leads one way. */
bool node_peer_is_deaf(const struct node_peer *peer, const struct now *now);

/* Queues node->out for peer; counts what does not fit. */
void node_send(struct node *node, size_t peer);

/* Remembers that something of peer was dropped; what is a constant text for people. */
void node_blame(struct node *node, const struct now *now, size_t peer, enum message_nack reason,
                const char *what);

/* Starts node->out: header set, body zeroed as far as needed. */
struct message *node_message(struct node *node, enum message_type type);

/* Queues ready bytes (copied). */
void node_send_bytes(struct node *node, size_t peer, const uint8_t *bytes, size_t size);

#endif
