/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to look at which subject again: a heap of (time, hash of the subject).
 *
 * Items are hints: one may be early or its subject may be gone; whoever takes it looks for himself.
 */
#ifndef BANSYNC_CORE_EXPIRY_H
#define BANSYNC_CORE_EXPIRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct expiry_item {
    int64_t at_ms;
    uint64_t hash; /* as the state has it; more than one subject may have it */
};

struct expiry {
    struct expiry_item *heap;
    size_t count;
    size_t room;
    uint64_t seal; /* of all items: see expiry_is_sound */
};

/* 0, or -1 without memory. */
int expiry_put(struct expiry *expiry, int64_t at_ms, uint64_t hash);

/* True if the earliest item is due at now_ms. */
bool expiry_is_due(const struct expiry *expiry, int64_t now_ms);

/* Takes the earliest item if it is due at now_ms. */
bool expiry_take(struct expiry *expiry, int64_t now_ms, struct expiry_item *item);

/* False if a bit of an item has changed by itself. Looks at all items. */
bool expiry_is_sound(const struct expiry *expiry);

/* Has it taken for damaged at the next look: it lacks something. */
void expiry_spoil(struct expiry *expiry);

void expiry_close(struct expiry *expiry);

#endif
