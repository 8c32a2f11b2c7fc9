/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole node without the world: log hits, frames, commands and time go in; rows, frames, map and
 * answers come out.
 *
 * A turn: node_check; then any of node_hit, node_frame, node_ban, node_unban, node_allow_add,
 * node_allow_remove, node_lease_end, node_allow, node_tick; then node_flush; the caller commits the
 * rows among node->effects; node_committed tells the result; only then the caller sends
 * node->frames, writes the map and answers; node_turn_end empties both lists. No syscall: what the
 * loop drives with sockets, a simulator drives alone.
 */
#ifndef BANSYNC_NODE_NODE_H
#define BANSYNC_NODE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "parts.h"
#include "skew.h"

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
    uint32_t quota_burst, quota_per_s; /* of limits.h; 0: those there */
    int64_t max_new_per_minute;        /* see node_brake */
};

/* 0, or -1 without memory. */
int node_open(struct node *node, const struct node_options *options);
void node_close(struct node *node);

/* At start: rows of the store (false: refused, counted), then node_loaded. hash: of bytes, under
 * the cluster's key. saved_hlc: the clock of the last commit. */
bool node_load(struct node *node, uint8_t kind, const uint8_t *bytes, size_t size);
bool node_load_hashed(struct node *node, uint8_t kind, const uint8_t *bytes, size_t size,
                      const struct hash128 *hash);
void node_loaded(struct node *node, const struct now *now, uint64_t saved_hlc);

/* Self-check, first thing in a turn. True: something in memory is damaged and is to be loaded
 * again, before anything else: the caller gives every row of the store to node_reload (what is not
 * needed is passed over), then calls node_reloaded. complete false: the store failed; then all
 * stays as it is until the next round. */
bool node_check(struct node *node, const struct now *now);
void node_reload(struct node *node, uint8_t kind, const uint8_t *bytes, size_t size);
void node_reloaded(struct node *node, const struct now *now, bool complete);

/* A ratelimit hit of the own log. source, offset and the bytes of the line name it: equal ones are
 * the same hit, and any difference makes another. */
struct node_hit {
    uint64_t
        source; /* what tells a file from others and stays the same when it is moved or copied */
    uint64_t offset;
    const char *line;
    size_t line_size;
    struct addr addr; /* the client, a host */
    int64_t t_ms;     /* time of the line by the own clock */
    const char *bucket;
    size_t bucket_size;
    const char *account;
    size_t account_size;
    const char *message_id; /* as the log has it; hits with the same one are one message */
    size_t message_id_size; /* 0: not known */
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
/* An unban after which the next ban is the first one again. */
enum step_result node_forget(struct node *node, const struct now *now, uint64_t request,
                             const struct addr *addr, const char *reason, const char *actor);
enum step_result node_allow_add(struct node *node, const struct now *now, uint64_t request,
                                const struct addr *addr, int64_t until_ms, const char *reason,
                                const char *actor);
enum step_result node_allow_remove(struct node *node, const struct now *now, uint64_t request,
                                   const struct addr *addr, const char *reason, const char *actor);

/* Notes for all nodes what an operator commanded; audit's stamp and forget_ms are not looked at.
 * With the request of one of the commands above of this turn both become durable, or neither does;
 * alone it ends as a command of its own. */
enum step_result node_audit(struct node *node, const struct now *now, uint64_t request,
                            const struct audit *audit);

/* Ends an allow entry that another node owns, which is gone: it would renew it. owner
 * ALLOW_OPERATOR is no node's id: STEP_MALFORMED. */
enum step_result node_lease_end(struct node *node, const struct now *now, uint64_t request,
                                const struct addr *addr, uint64_t owner, const char *reason,
                                const char *actor);

/* This node has told the alert with that id of MARK_ID_BYTES. */
enum step_result node_mark(struct node *node, const struct now *now, const uint8_t *id);

/* Makes the allow entries of this node exactly these: new and ageing ones are published, others
 * withdrawn. */
void node_allow(struct node *node, const struct now *now, const struct addr *list, size_t count,
                const char *reason);

/* True if that must be done again, soon: the clock was off, or a peer brought allow entries,
 * perhaps own ones that this node had forgotten. */
bool node_wants_allow(const struct node *node);

/* Another policy, as of a reload. */
void node_policy(struct node *node, const struct policy *policy, unsigned ipv6_prefix,
                 uint64_t buckets_hash);

/* How many subjects the own log may newly ban a minute before further ones are held; 0: any. */
void node_brake(struct node *node, int64_t max);

/* An operator lets go what is held of the subjects that net covers, or if net is NULL of all: into
 * the state, as if it had never been held, or away, so that not even a log that is read again
 * brings it back. Returns how many subjects these are. It takes some turns, until
 * node_is_letting_go is false; after each but the last one the next follows at once. */
size_t node_release(struct node *node, const struct addr *net);
size_t node_drop(struct node *node, const struct addr *net);
bool node_is_letting_go(const struct node *node);

/* Calls row for each row that the store must have of what is held or was dropped. */
struct node_held {
    const struct addr *addr;
    int64_t at_ms;
    const uint8_t *key, *bytes; /* valid during the call */
    size_t key_size, size;
    uint64_t hash;
};
typedef void node_held_fn(void *context, const struct node_held *held);
void node_visit_held(struct node *node, node_held_fn *row, void *context);

/* Time passes: call it every turn, and at least every 200 ms. */
void node_tick(struct node *node, const struct now *now);

/* Ends the turn; then commit; then tell. */
void node_flush(struct node *node, const struct now *now);
void node_committed(struct node *node, const struct now *now, bool committed);
void node_turn_end(struct node *node);

/* True if a peer or verify wants to know what the files of the maps hold: the caller then reads
 * them and gives their texts (copied; bytes NULL: there is none; users_size 0: no user map). */
bool node_wants_file(const struct node *node);
void node_file(struct node *node, const struct now *now, const char *bytes, size_t size,
               const char *users, size_t users_size);

/* The next command that ended; false if none has. */
bool node_take_done(struct node *node, const struct now *now, struct node_done *done);

#endif
