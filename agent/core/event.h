/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events: everything that the core is told, and what came of it.
 */
#ifndef BANSYNC_CORE_EVENT_H
#define BANSYNC_CORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "audit.h"
#include "policy.h"
#include "strike.h"

enum event_type {
    EVENT_STRIKE,       /* addr, strike: read by this node (strike.origin is set here) */
    EVENT_ENTRY,        /* kind, bytes, size: from a peer */
    EVENT_LOAD,         /* kind, bytes, size, hash: from the store; no effects */
    EVENT_POLICY,       /* policy: another policy is in force */
    EVENT_LOADED,       /* all rows are loaded */
    EVENT_ALLOW,        /* addr, on, until_ms, reason: an allow entry of this node's own */
    EVENT_BAN,          /* request, addr, until_ms, reason, actor */
    EVENT_UNBAN,        /* request, addr, reason, actor */
    EVENT_ALLOW_ADD,    /* request, addr, until_ms, reason, actor: an operators' allow entry */
    EVENT_ALLOW_REMOVE, /* request, addr, owner, reason, actor */
    EVENT_FORGET,       /* request, addr, reason, actor: an unban after which levels start over */
    EVENT_AUDIT,        /* request, audit: of the command with that request, or of none; stamp and
                           forget_ms are set here */
    EVENT_MARK,         /* bytes: the id of an alert that this node has told */
    EVENT_CLOCK,        /* hlc: seen in a peer's frame */
    EVENT_TICK,         /* time passes */
    EVENT_CHECK,        /* leaf, count: look for damage there; at the start of a turn */
    EVENT_RELOAD,       /* kind, leaf: what an EFFECT_RELOAD named leaves memory; EVENT_LOADs of its
                           rows follow, then EVENT_RELOADED, before anything else of the turn */
    EVENT_RELOADED,
    EVENT_FLUSH,     /* end of the turn */
    EVENT_COMMITTED, /* the turn's rows are durable */
    EVENT_FAILED,    /* they are not */
};

struct event {
    enum event_type type;
    int64_t wall_ms; /* this node's wall clock */
    int64_t ref_ms;  /* the cluster's: median of the known wall clocks */
    struct addr addr;
    struct strike strike; /* text is not taken over */
    uint8_t kind;
    uint16_t leaf;
    size_t count;
    const uint8_t *bytes;
    size_t size;
    const struct hash128 *hash; /* of bytes, under the cluster's key; NULL: not known */
    uint64_t request;
    uint64_t owner; /* of an allow entry to be removed; ALLOW_OPERATOR: the operators */
    bool on;
    int64_t until_ms;
    const char *reason; /* up to REASON_BYTES_MAX; cut there */
    const char *actor;  /* up to ACTOR_BYTES_MAX; cut there */
    uint64_t hlc;
    const struct policy *policy;
    const struct audit *audit;
};

enum step_result {
    STEP_SAME, /* nothing new */
    STEP_CHANGED,
    STEP_CLOCK,     /* skipped: a time over CLOCK_SKEW_MS_MAX beyond ref_ms */
    STEP_EXPIRED,   /* skipped: garbage already */
    STEP_MALFORMED, /* skipped */
    STEP_UNKNOWN,   /* skipped: unknown kind */
    STEP_MEMORY,    /* refused: no memory or no room */
};

#endif
