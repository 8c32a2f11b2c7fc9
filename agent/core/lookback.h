/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to a subject, or to all: what operators commanded, and the bans that hits made as
 * far as they are remembered. The newest of it is found in slices, each with a bound on its work,
 * so that a turn of the agent stays short whatever it holds.
 *
 * The state may change between two slices: what was found may be gone when it is asked for.
 */
#ifndef BANSYNC_CORE_LOOKBACK_H
#define BANSYNC_CORE_LOOKBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit.h"
#include "state.h"

/* What is looked for. */
struct lookback_filter {
    bool has_subject; /* only what is about addr, what covers it, or what it covers, and commands
                         for many that lifted its ban; else all commands, and no bans by hits */
    struct addr addr;
    int64_t since_ms; /* nothing earlier */
};

struct lookback_item {
    struct stamp stamp; /* of the command; of a ban by hits: when it was decided, and node 0 */
    bool is_fact;
    struct addr addr;                 /* of a fact: whose it is ... */
    int64_t first_ms, last_ms;        /* ... and which */
    uint16_t leaf;                    /* of a command: how it is found again */
    uint8_t key[CHRONICLE_KEY_BYTES]; /* likewise */
};

/* A walk that keeps the limit newest. */
struct lookback {
    struct lookback_filter filter;
    struct lookback_item *list; /* owned; the newest first once the walk is over */
    size_t count;               /* in the list */
    size_t limit;
    size_t total;  /* how many there are, in the list or not */
    size_t bucket; /* the next one to look at */
};

/* Begins a walk; limit: 1 or more. 0, or -1 without memory. */
int lookback_begin(struct lookback *lookback, const struct state *state,
                   const struct lookback_filter *filter, size_t limit);

/* Looks at the next entries until they have cost the work left or there are none; *work becomes
 * what is left then. An entry costs 1; beside a subject, a command for many 1 more for each record
 * that is looked up. True: it was the last slice. */
bool lookback_walk(struct lookback *lookback, const struct state *state, size_t *work);

/* The command or the fact that was found; false or NULL if it is gone. The fact is perhaps in room.
 */
bool lookback_audit(const struct state *state, const struct lookback_item *item,
                    struct audit *audit);
const struct fact *lookback_fact(const struct state *state, const struct lookback_item *item,
                                 struct unpacked *room);

/* Frees the list. */
void lookback_clear(struct lookback *lookback);

#endif
