/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allowlist: prefixes that are never in the map, each published by an owner.
 *
 * Key (prefix, owner); the larger stamp wins. Owner 0 is the operators', any other the node whose
 * configuration or addresses they come from: those are leases that a lost node stops renewing. A
 * prefix is masked if any owner's entry is live. Entries wider than /8 or /32 have no effect.
 */
#ifndef BANSYNC_CORE_ALLOW_H
#define BANSYNC_CORE_ALLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "stamp.h"

#define ALLOW_OPERATOR 0

struct allow {
    uint16_t leaf; /* of addr in the digest; set by merge_allow */
    struct addr addr;
    uint64_t owner;
    struct stamp stamp;
    bool on;
    int64_t until_ms; /* TIME_NEVER_MS: for good */
    char *reason;     /* owned; NULL: "" */
    char *actor;      /* who added or removed it; owned; NULL: ""; "" for leases */
};

struct allows {
    struct allow *list; /* ascending by (prefix, owner) */
    size_t count;
    size_t room;
    uint32_t *by_leaf; /* count of leaf << 16 | place in list, ascending; owned; NULL: not known */
};

/* Merges a copy. 1: changed, then *old is the replaced entry (the caller's to clear;
 * old->stamp.hlc 0: there was none); 0: nothing new; -1: no memory or more than ALLOWS_MAX entries.
 */
#define ALLOWS_MAX 65536
int allows_merge(struct allows *allows, const struct allow *allow, struct allow *old);

/* The entry with that key, NULL if none. */
const struct allow *allows_find(const struct allows *allows, const struct addr *addr,
                                uint64_t owner);

/* True if the entry masks at now_ms. */
bool allow_is_live(const struct allow *allow, int64_t now_ms);

/* True if it is garbage: a lease ALLOW_FORGET_MS after its stamp. Operator entries never are. */
bool allow_is_garbage(const struct allow *allow, int64_t now_ms);

/* Live entries that cover addr, the widest first, at most max of them into list; their number. */
size_t allows_covers(const struct allows *allows, const struct addr *addr, int64_t now_ms,
                     const struct allow **list, size_t max);

/* The first of them, NULL if none. */
const struct allow *allows_cover(const struct allows *allows, const struct addr *addr,
                                 int64_t now_ms);

/* True if a live entry lies inside addr (and is not addr itself). */
bool allows_inside(const struct allows *allows, const struct addr *addr, int64_t now_ms);

/* Calls entry for each entry of that leaf, in the order of the list, and looks at few others. The
 * list must not change meanwhile. */
typedef void allow_fn(void *context, const struct allow *allow);
void allows_visit_leaf(struct allows *allows, uint16_t leaf, allow_fn *entry, void *context);

/* Whoever changes the leaf of an entry in the list calls this. */
void allows_forget_leaves(struct allows *allows);

/* Takes out the entry at index; what it owns becomes the caller's. */
struct allow allows_take(struct allows *allows, size_t index);

/* A deep copy. 0, or -1 without memory. */
int allow_copy(const struct allow *allow, struct allow *copy);

/* Frees what the entry owns. */
void allow_clear(struct allow *allow);

void allows_clear(struct allows *allows);

#endif
