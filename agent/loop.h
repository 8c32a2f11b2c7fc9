/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place where the world meets the node.
 */
#ifndef BANSYNC_LOOP_H
#define BANSYNC_LOOP_H

#include "agent.h"

/* Before the start: SIGHUP, SIGTERM and SIGINT wait for loop_run, which takes them. */
void loop_hold_signals(void);

/* Runs until SIGTERM or SIGINT; SIGHUP reloads. Returns an exit code. */
int loop_run(struct agent *agent);

#endif
