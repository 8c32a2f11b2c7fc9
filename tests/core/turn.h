/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state driven as the loop drives it, turn by turn, with the rows that a store would hold.
 *
 * Events may be fed at will; turn_end flushes, keeps the rows and tells the result. The effects of
 * a turn can be read until the next event begins another.
 */
#ifndef BANSYNC_TESTS_TURN_H
#define BANSYNC_TESTS_TURN_H

#include "random.h"
#include "step.h"

#define TURN_WALL_MS 1790000000000 /* a whole tick */

/* A row as the store would hold it: strikes are appended, others replaced by key. */
struct turn_row {
    uint8_t kind;
    int64_t at_ms;
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    size_t key_size; /* 0: a strike */
    uint8_t *body;
    size_t size;
};

struct turn {
    struct state state;
    struct effects effects;
    int64_t wall_ms;
    bool ended;
    struct turn_row *rows;
    size_t row_count, row_room;
};

/* Threshold 3 within 60 s bans for an hour. */
extern const struct policy turn_policy;

/* An empty state of cluster "test", its clock at TURN_WALL_MS. */
void turn_open(struct turn *turn, uint64_t node);
void turn_close(struct turn *turn);

/* Feeds one event; wall_ms and, if it is 0, ref_ms are set here. */
enum step_result turn_step(struct turn *turn, struct event *event);

/* Flush, commit (or its failure), and the rows kept if it was one. */
void turn_end(struct turn *turn, bool committed);

/* Lets ms pass and tells so; the turn is not ended. */
void turn_pass(struct turn *turn, int64_t ms);

/* An own strike of that age. */
enum step_result turn_strike(struct turn *turn, const char *address, uint64_t id, int64_t age_ms);

/* A strike of another node as entry from a peer. */
enum step_result turn_peer_strike(struct turn *turn, const char *address, uint64_t origin,
                                  uint64_t id, int64_t t_ms);

enum step_result turn_entry(struct turn *turn, uint8_t kind, const uint8_t *bytes, size_t size);

/* A record as entry from a peer; ref_ms 0: the own clock is the cluster's. */
enum step_result turn_record(struct turn *turn, const char *address, const struct record *record,
                             int64_t ref_ms);

/* Operator commands; until_ms 0: unban. */
enum step_result turn_command(struct turn *turn, const char *address, int64_t until_ms,
                              uint64_t request);

/* An unban after which levels start over. */
enum step_result turn_forget(struct turn *turn, const char *address, uint64_t request);

/* The audit entry of a command. */
enum step_result turn_audit(struct turn *turn, const struct audit *audit, uint64_t request);

/* Likewise of the allowlist; until_ms 0: remove. */
enum step_result turn_allow(struct turn *turn, const char *net, int64_t until_ms, uint64_t request);

/* The operators' entry of net, NULL if there is none; whether it, or any other, covers it now. */
const struct allow *turn_find_allow(const struct turn *turn, const char *net);
bool turn_is_allowed(const struct turn *turn, const char *net);

/* Number of effects of a type; the n-th (0: first) or NULL. */
size_t turn_count(const struct turn *turn, enum effect_type type);
const struct effect *turn_find(const struct turn *turn, enum effect_type type, size_t n);

/* The subject of address, NULL if unknown; whether it is banned now. */
const struct subject *turn_subject(const struct turn *turn, const char *address);
bool turn_is_banned(const struct turn *turn, const char *address);

/* Opens a state of the same node at the same time and loads all rows kept so far. */
void turn_reload(const struct turn *turn, struct turn *fresh);

/* Fails the test unless all digests are those computed anew from the entries, on every level. */
void turn_assert_digests(const struct turn *turn);

/* True if all roots are equal. */
bool turn_roots_equal(const struct turn *a, const struct turn *b);

struct addr turn_addr(const char *text);

#endif
