/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service manager is told: ready, alive, reloading, stopping, and a line of status.
 *
 * Nothing of it matters without a manager. WATCHDOG=1 comes from the loop alone: what keeps the
 * loop from turning is what the watchdog is for.
 * Does not: judge (command/status.c does); the line is the first look, banctl status the second.
 */
#ifndef BANSYNC_SERVICE_H
#define BANSYNC_SERVICE_H

#include "agent.h"

/* Once, when configuration, state, map and control socket are in place. */
void service_ready(struct agent *agent);

/* Each turn: feeds the watchdog, and sends the status if it changed; looks at it once a second. */
void service_turn(struct agent *agent);

/* Around each reading of the configuration, whoever asked for it. */
void service_reloading(void);
void service_reloaded(void);

void service_stopping(void);

#endif
