/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one door of the core: an event goes in, ordered effects come out. No clock, no descriptor, no
 * randomness: time is in the event.
 *
 * A turn of the loop is: any number of events, then EVENT_FLUSH, then the effects' PERSIST rows are
 * committed, then EVENT_COMMITTED or EVENT_FAILED. Nothing else of the effects is acted upon before
 * the commit has returned. Operator commands enter the state with EVENT_COMMITTED only.
 */
#ifndef BANSYNC_CORE_STEP_H
#define BANSYNC_CORE_STEP_H

#include "effect.h"
#include "event.h"
#include "state.h"

/* Takes one event; appends to effects. Skipped and refused entries are counted in state->counters.
 */
enum step_result step(struct state *state, const struct event *event, struct effects *effects);

#endif
