/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a log line that came by syslog or the journal.
 */
#ifndef BANSYNC_CORE_LINE_SYSLOG_H
#define BANSYNC_CORE_LINE_SYSLOG_H

#include "line_cursor.h"

/* Takes the header up to rspamd's own part; sets time and task.pid of *line. The program must be
 * exactly rspamd. After false the position means nothing. */
bool line_syslog_take(struct line_cursor *cursor, struct line *line);

#endif
