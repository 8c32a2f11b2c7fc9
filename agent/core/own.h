/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this node says by itself, not at an operator's command: strikes of its log, leases, marks of
 * alerts. It is merged like what others say, and pushed.
 */
#ifndef BANSYNC_CORE_OWN_H
#define BANSYNC_CORE_OWN_H

#include "effect.h"
#include "event.h"
#include "state.h"

/* EVENT_STRIKE, EVENT_ALLOW, EVENT_MARK. */
enum step_result own_strike(struct state *state, const struct event *event,
                            struct effects *effects);
enum step_result own_allow(struct state *state, const struct event *event, struct effects *effects);
enum step_result own_mark(struct state *state, const struct event *event, struct effects *effects);

#endif
