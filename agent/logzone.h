/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of a log whose times are of another zone than this node's.
 */
#ifndef BANSYNC_LOGZONE_H
#define BANSYNC_LOGZONE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent.h"

#define LOGZONE_TEXT_SIZE 128

/* True if that is known: *east_min is how far rspamd's clock is ahead of this node's zone now
 * (negative: behind), text one sentence with what to do about it. */
bool logzone_print(const struct agent *agent, int *east_min, char text[LOGZONE_TEXT_SIZE]);

/* Logs a zone that was learned or forgotten since the last call. */
void logzone_notice(struct agent *agent);

#endif
