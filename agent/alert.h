/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is worth an alert to the admin: each ban by facts, told once, by the node of the deciding
 * strike; the brake; and what goes wrong (see alert_watch.h).
 *
 * A ban that only comes back (restart, repair, a node that lost its database) is not told, nor one
 * by an operator. Does not: deliver (see courier.h), write the text (mailtext.h).
 */
#ifndef BANSYNC_ALERT_H
#define BANSYNC_ALERT_H

#include "agent.h"

/* Starts the process that delivers alerts. */
void alert_start(struct agent *agent);

/* state_dir is there: what a former run left is delivered. */
void alert_open(struct agent *agent);

/* What was told in the former turn is made known to the other nodes: before node_flush. */
void alert_input(struct agent *agent);

/* Tells what this turn brought, and takes the reports on earlier alerts. */
void alert_turn(struct agent *agent);

/* The configuration was read again: what failed before may work now, and alerts that wait go where
 * it says. */
void alert_reloaded(struct agent *agent);

/* What is wrong with alerts, written to text: true; or false. */
bool alert_problem(const struct agent *agent, char *text, size_t size);

/* Alerts in the spool that are not delivered yet. */
int64_t alert_waiting(struct agent *agent);

/* Lets the process end by itself. */
void alert_close(struct agent *agent);

#endif
