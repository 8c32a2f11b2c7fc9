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

#include <stdbool.h>
#include <stddef.h>

#include "line.h"

/* Reads the header of a line: kind (LINE_OTHER unless its header is one of rspamd's and the
 * function that wrote it is one of those that matter), time, task and message of *line are set, the
 * message as it was logged; the rest is zero. scratch as in line_read. */
void line_header(const char *bytes, size_t length, char *scratch, struct line *line);

/* Reads the time of a line alone. False if it has none, or none of rspamd's headers, or is log_json
 * (its time is in the object). */
bool line_header_time(const char *bytes, size_t length, struct line_time *time);

/* The file form has a blank between date and time, RFC 3339 a T. Of any other form line_may_matter
 * says yes. bytes may go on behind the line. */
bool line_header_is_file_form(const char *bytes, size_t length);

/* A guess of the kind. For a line in the file form never wrong in saying LINE_OTHER or
 * LINE_MESSAGE; any other may be LINE_EVIDENCE, and is said to be. */
enum line_kind line_header_guess(const char *bytes, size_t length);

#endif
