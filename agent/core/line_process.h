/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How headers of log lines name the process that wrote them.
 *
 * After false the position means nothing, as with line_cursor.h.
 */
#ifndef BANSYNC_CORE_LINE_PROCESS_H
#define BANSYNC_CORE_LINE_PROCESS_H

#include "line_cursor.h"

/* Takes the digits of a process id, up to LINE_PID_DIGITS_MAX. */
bool line_process_take_pid(struct line_cursor *cursor, uint32_t *pid);

/* Takes "#77(rspamd_proxy) ", or "(rspamd_proxy) ", which leaves *pid alone: any worker; which of
 * them write a line that matters is decided by the function. */
bool line_process_take(struct line_cursor *cursor, uint32_t *pid);

#endif
