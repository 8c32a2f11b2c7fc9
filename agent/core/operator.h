/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands of operators (ban, unban, allow entries), between the request and the commit that makes
 * them durable.
 */
#ifndef BANSYNC_CORE_OPERATOR_H
#define BANSYNC_CORE_OPERATOR_H

#include "effect.h"
#include "event.h"
#include "state.h"

/* A place for one more waiting command, which counts when the caller has counted it; NULL without
 * memory. For operator_audit.c. */
struct operator_command *operator_append(struct state *state);

/* Takes EVENT_BAN, EVENT_UNBAN, EVENT_FORGET, EVENT_ALLOW_ADD or EVENT_ALLOW_REMOVE. */
enum step_result operator_accept(struct state *state, const struct event *event);

/* Adds the rows that make the waiting commands durable: each the join of the present record and the
 * command, or the allow entry. Must be the last of a turn, so that no other row of the same record
 * follows. */
void operator_persist(struct state *state, int64_t wall_ms, struct effects *effects);

/* Merges the waiting commands (committed) or drops them, and adds EFFECT_DONE for each. */
void operator_finish(struct state *state, bool committed, struct effects *effects);

#endif
