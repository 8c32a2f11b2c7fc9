/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and stopping the agent.
 */
#ifndef BANSYNC_START_H
#define BANSYNC_START_H

#include "agent.h"

/* Starts everything in order: key, store, state, map, bus, source, control socket. DAEMON_OK or
 * another exit code of enum daemon_exit; what is wrong has been logged. agent must be zeroed but
 * for config_path and config. */
int start_agent(struct agent *agent);

/* Stops everything and frees it; the map stays in force. */
void start_undo(struct agent *agent);

#endif
