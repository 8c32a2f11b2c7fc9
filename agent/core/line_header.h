/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before the message in a log line: rspamd's own header, or that of syslog or the
 * journal.
 *
 * Matched from byte 0 and nowhere else: a shared syslog holds lines of other programs that quote
 * rspamd.
 * Does not: look into the message.
 */
#ifndef BANSYNC_CORE_LINE_HEADER_H
#define BANSYNC_CORE_LINE_HEADER_H

#include <stddef.h>

#include "line.h"

/* The start of the message in line, if its header is one of rspamd's and the function that wrote it
 * is rspamd_task_write_log; then *time is what the header says. NULL otherwise. */
const char *line_header(const char *line, size_t length, struct line_time *time);

#endif
