/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of how the log is followed: silence, polling, damaged files.
 */
#ifndef BANSYNC_LOGSTATE_H
#define BANSYNC_LOGSTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent.h"

/* Takes over what tail counted, and logs what changed since the last call. */
void logstate_notice(struct agent *agent, const struct tail_stats *stats);

/* How long no line was read, ms; since the start if none was since. */
int64_t logstate_quiet_ms(const struct agent *agent);

/* Is that silent_after or more? */
bool logstate_is_silent(const struct agent *agent);

/* Is it another program's log? Many lines were read since the start and none is rspamd's. */
bool logstate_is_foreign(const struct agent *agent);

/* Why the log is polled; NULL: inotify tells of changes. */
const char *logstate_polling(const struct agent *agent);

#endif
