/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit entry of an operator's command, from the request to the commit: for operator.c.
 */
#ifndef BANSYNC_CORE_OPERATOR_AUDIT_H
#define BANSYNC_CORE_OPERATOR_AUDIT_H

#include "effect.h"
#include "event.h"
#include "state.h"

/* Takes EVENT_AUDIT: goes with the command of the same request that waits, or waits alone. */
enum step_result operator_audit_accept(struct state *state, const struct event *event);

/* Adds the row of the command's entry, if it has one; kept from now on, if its time came since the
 * request. taken: how many of this turn have one already. False without memory, nothing added. */
bool operator_audit_persist(struct state *state, struct operator_command *command, size_t taken,
                            struct effects *effects);

/* Merges the entry, whose row is durable, and adds its PUSH. */
void operator_audit_apply(struct state *state, const struct operator_command *command,
                          struct effects *effects);

#endif
