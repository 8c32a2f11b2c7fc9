/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects: what the core wants done, as ordered data. Nobody acts on them before the core has
 * returned.
 *
 * Bytes of effects live in one buffer; they are valid until effects_clear or the next addition.
 */
#ifndef BANSYNC_CORE_EFFECT_H
#define BANSYNC_CORE_EFFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "hash.h"

enum effect_type {
    EFFECT_PERSIST,  /* kind, addr, key, body, hash, at_ms (strikes): write this row */
    EFFECT_DELETE,   /* kind, key: remove this row */
    EFFECT_EXPIRE,   /* at_ms: strikes up to it may be removed */
    EFFECT_PUSH,     /* kind, body: made by this node; tell all peers */
    EFFECT_FORWARD,  /* kind, body: came from a peer and was new; tell those who were not told */
    EFFECT_MAP,      /* map(state, tick) may have changed; addr: for the ban of that subject; none
                        (kind 0): anywhere */
    EFFECT_BANNED,   /* addr: became banned, or an operator changed its ban; by facts: also origin,
                        at_ms (node and time of the deciding strike), own */
    EFFECT_UNBANNED, /* addr: is no longer banned */
    EFFECT_ALLOW,    /* addr: an operator's allow entry began, changed or ended */
    EFFECT_RELOAD,   /* kind, leaf: damaged in memory: ENTRY_ALLOW all allow entries, a kind of
                        chronicle its entries of leaf, else strikes and records of leaf; give the
                        store's rows of it, see EVENT_RELOAD */
    EFFECT_DONE,     /* request, outcome, addr: an operator command is durable and in force here, or
                        failed */
};

enum effect_outcome {
    OUTCOME_CHANGED, /* done */
    OUTCOME_ALREADY, /* was so before: already banned or allowed until at least then, or not banned
                        or allowed */
    OUTCOME_FAILED,  /* not durable: nothing was changed */
};

struct effect {
    enum effect_type type;
    uint8_t kind; /* enum entry_kind */
    uint16_t leaf;
    enum effect_outcome outcome;
    struct addr addr;
    uint64_t request;
    uint64_t hash; /* lane 0 of the entry's hash */
    int64_t at_ms;
    uint64_t origin;      /* 0: by an operator, or the strikes are not known */
    bool own;             /* a strike of this node was among what came in */
    size_t key, key_size; /* offsets into the buffer: use effect_key, effect_body */
    size_t body, body_size;
};

struct effects {
    struct effect *list;
    size_t count;
    size_t room;
    uint8_t *bytes;
    size_t used;
    size_t size;
};

/* Makes room, so that adding count effects with bytes bytes cannot fail. 0, or -1 without memory.
 */
int effects_reserve(struct effects *effects, size_t count, size_t bytes);

/* Adds a zeroed effect; room must have been reserved. */
struct effect *effects_add(struct effects *effects, enum effect_type type);

/* Copies bytes into the buffer as the effect's key or body; room must have been reserved. */
void effects_set_key(struct effects *effects, struct effect *effect, const void *bytes,
                     size_t size);
void effects_set_body(struct effects *effects, struct effect *effect, const void *bytes,
                      size_t size);

const uint8_t *effect_key(const struct effects *effects, const struct effect *effect);
const uint8_t *effect_body(const struct effects *effects, const struct effect *effect);

/* Empties, keeping the memory; frees it. */
void effects_clear(struct effects *effects);
void effects_close(struct effects *effects);

#endif
