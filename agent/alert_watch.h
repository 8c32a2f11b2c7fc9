/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can go wrong with this node and its peers, as conditions that begin and end, and are told
 * when they do.
 *
 * A condition is told when it has held for a while, and its end when it has not held for a while:
 * what comes and goes faster is told once. What several nodes see of a peer one of them tells (see
 * alert_mark.h). Does not: judge (the status does, from the same state).
 */
#ifndef BANSYNC_ALERT_WATCH_H
#define BANSYNC_ALERT_WATCH_H

#include "agent.h"

/* Looks at all of them, once a second. */
void alert_watch_turn(struct agent *agent);

/* Passes on whether it holds now. True: alert_condition.told has changed. */
bool alert_condition_turn(struct alert_condition *condition, bool holds, int64_t mono_ms,
                          int64_t begin_ms, int64_t end_ms);

#endif
