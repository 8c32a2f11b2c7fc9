/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bans and unbans by operators, between the request and the commit that makes them durable.
 */
#ifndef BANSYNC_CORE_OPERATOR_H
#define BANSYNC_CORE_OPERATOR_H

#include "effect.h"
#include "state.h"
#include "step.h"

/* One waiting command: what it will merge into the record of addr. */
struct operator_command {
    uint64_t request;
    struct addr addr;
    struct manual manual; /* owned */
    struct cut cut;       /* hlc 0: a ban, which sets no cut */
    bool already;
};

/* Takes EVENT_BAN or EVENT_UNBAN. */
enum step_result operator_accept(struct state *state, const struct event *event);

/* Adds the rows that make the waiting commands durable: each the join of the present record and the
 * command. Must be the last of a turn, so that no other row of the same record follows. */
void operator_persist(struct state *state, int64_t wall_ms, struct effects *effects);

/* Merges the waiting commands (committed) or drops them, and adds EFFECT_DONE for each. */
void operator_finish(struct state *state, bool committed, struct effects *effects);

/* Frees all waiting commands. */
void operator_clear(struct state *state);

#endif
