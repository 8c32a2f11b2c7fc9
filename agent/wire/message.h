/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between nodes: values to bytes and back.
 *
 * One frame is one msgpack array: [version, type, cluster, hlc, body...], positional. A reader
 * ignores trailing elements of the outer array; an unknown type is reported as such; a field never
 * changes its meaning. Entries travel as bin of their canonical bytes, so nothing here knows their
 * content. Incoming bytes pass the fence before msgpack-c sees them. Layout of every body:
 * bansync-protocol(7).
 */
#ifndef BANSYNC_WIRE_MESSAGE_H
#define BANSYNC_WIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#define MESSAGE_VERSION 4
#define MESSAGE_KINDS 5 /* kinds of entries with a tree: strike, record, allow, audit, mark */

enum message_type {
    MESSAGE_HELLO = 1,
    MESSAGE_PING = 2,
    MESSAGE_PUSH = 3,
    MESSAGE_ACK = 4,
    MESSAGE_TREE_GET = 5,
    MESSAGE_TREE = 6,
    MESSAGE_LEAF_GET = 7,
    MESSAGE_LEAF = 8,
    MESSAGE_PULL = 9,
    MESSAGE_NACK = 10,
    MESSAGE_MAP_GET = 11,
    MESSAGE_MAP = 12,
    MESSAGE_BULK_GET = 13,
};

enum message_nack {
    NACK_VERSION = 1, /* protocol version not spoken */
    NACK_CLUSTER = 2, /* another cluster name */
    NACK_CLOCK = 3,   /* entries skipped: time in the future */
    NACK_MALFORMED = 4,
    NACK_MEMORY = 5, /* entries refused: no room */
    NACK_QUOTA = 6,  /* entries refused for now: too many in too short a time */
};

struct message_hash {
    uint64_t lane[2];
};

/* name and version: NUL-terminated, cut at NAME_BYTES_MAX when encoding, refused above it when
 * decoding. */
struct message_hello {
    uint64_t boot; /* random, new at every start */
    int64_t wall_ms;
    bool answer; /* a HELLO is wanted back */
    char name[NAME_BYTES_MAX + 1];
    char version[NAME_BYTES_MAX + 1];
    uint32_t threshold;
    int64_t window_ms;
    size_t duration_count; /* at most DURATIONS_MAX; the rest of durations_ms is 0 */
    int64_t durations_ms[DURATIONS_MAX];
    int64_t memory_ms;
    uint32_t ipv6_prefix;
    uint64_t buckets_hash;
    bool observe;        /* its map is not in force there */
    bool count_messages; /* its threshold is of distinct messages */
    uint8_t accounts;    /* enum policy_accounts */
};

struct message_ping {
    uint64_t boot;
    int64_t wall_ms;
    uint64_t tick;
    int64_t second;                           /* strikes up to this second are in roots[0] */
    struct message_hash roots[MESSAGE_KINDS]; /* by kind - 1 */
    uint64_t map_hash;                        /* of map(state, tick) */
    uint64_t file_hash; /* of the map file as last read or written; 0: unknown */
    uint64_t ask;       /* not 0: answer at once with answer = ask */
    uint64_t answer;
};

/* One state entry; bytes are not owned: they point into the decoded frame or into the sender's
 * buffers. */
struct message_entry {
    uint8_t kind;
    const uint8_t *bytes;
    size_t size;
};

struct message_push {
    uint64_t ack;    /* not 0: an ACK with this number is wanted after the receiver's commit */
    uint64_t answer; /* not 0: number of the PULL or BULK_GET that this answers */
    bool last;       /* last frame of that answer */
    size_t sent_to_count;
    uint64_t sent_to[PEERS_MAX + 1]; /* node ids that need not be told again */
    size_t entry_count;
    struct message_entry entries[FRAME_ENTRIES_MAX];
};

struct message_tree_node {
    uint32_t index;
    struct message_hash children[16];
};

struct message_tree {
    uint64_t number; /* request and its answer carry the same */
    uint8_t kind;
    uint8_t level; /* of the nodes asked for, 0 = root .. 3; children are on level + 1 */
    size_t count;
    uint32_t indices[FRAME_NODES_MAX];               /* MESSAGE_TREE_GET */
    struct message_tree_node nodes[FRAME_NODES_MAX]; /* MESSAGE_TREE */
};

struct message_leaf_get {
    uint64_t number;
    uint8_t kind;
    size_t count;
    uint16_t leaves[FRAME_LEAVES_MAX];
};

struct message_pair {
    uint16_t leaf;
    uint64_t hash; /* of one entry: lane[0] of its 128-bit hash */
};

/* MESSAGE_LEAF: what the leaves hold. MESSAGE_PULL: what is wanted; answered by PUSHes with answer
 * = number. */
struct message_pairs {
    uint64_t number;
    uint8_t kind;
    bool last; /* MESSAGE_LEAF: last frame of the answer */
    size_t count;
    struct message_pair pairs[FRAME_PAIRS_MAX];
};

/* The leaves from first to last. */
struct message_range {
    uint16_t first, last;
};

/* MESSAGE_BULK_GET: all that these leaves hold is wanted; answered by PUSHes with answer = number.
 */
struct message_bulk_get {
    uint64_t number;
    uint8_t kind;
    uint8_t credit; /* frames that the answer may have */
    size_t count;
    struct message_range ranges[FRAME_RANGES_MAX]; /* ascending, apart */
};

struct message_nack_body {
    uint8_t reason;
    char detail[REASON_BYTES_MAX + 1]; /* for people */
};

/* MAP_GET: number, offset, file. MAP: a piece of the text of map(state, tick), or of what the map
 * file held when it was last read for a PING that asked. */
struct message_map {
    uint64_t number;
    uint64_t offset;
    bool file;      /* MAP_GET only: the file's text is wanted */
    uint64_t total; /* bytes of the whole text */
    const uint8_t *bytes;
    size_t size; /* up to MAP_CHUNK_BYTES_MAX */
};

/* A message; large (about 400 kB): keep one, not on the stack. */
struct message {
    uint8_t version;
    uint8_t type;
    uint64_t cluster; /* hash of the cluster name */
    uint64_t hlc;
    union {
        struct message_hello hello;
        struct message_ping ping;
        struct message_push push;
        uint64_t ack;
        struct message_tree tree;
        struct message_leaf_get leaf_get;
        struct message_pairs pairs;
        struct message_bulk_get bulk_get;
        struct message_nack_body nack;
        struct message_map map;
    };
};

enum message_status {
    MESSAGE_OK,
    MESSAGE_MALFORMED, /* also: over a bound of limits.h, wrong type of a field, missing field */
    MESSAGE_UNKNOWN,   /* type not known; version, type, cluster and hlc are valid */
    MESSAGE_OTHER_VERSION, /* only version is valid */
};

/* Encodes message into a new buffer (*bytes, *size; free() it). Returns 0; -1 without memory or if
 * it would pass FRAME_BYTES_MAX. Counts over the bounds and unknown types are a mistake of the
 * caller (assert). Control bytes in texts are sent as '?'. */
int message_encode(const struct message *message, uint8_t **bytes, size_t *size);

/* Decodes one frame. Nothing of *message is valid unless MESSAGE_OK (or as said above). Entry and
 * map bytes point into bytes. Keeps no memory and never reserves what a frame declares; never reads
 * beyond size. Checked here: types, bounds of limits.h, texts without NUL and control bytes, tree
 * levels and that an index exists on its level. For the caller to judge: kinds (an entry of an
 * unknown kind is no error), whether offset and size of a MAP fit its total, order, duplicates. */
enum message_status message_decode(const uint8_t *bytes, size_t size, struct message *message);

/* Name of a type for status and logs; "unknown" otherwise. */
const char *message_type_name(uint8_t type);

#endif
