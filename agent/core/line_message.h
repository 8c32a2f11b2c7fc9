/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message of a rspamd_task_write_log line: its verdict, read from the end, and its fields, read
 * from the beginning.
 *
 * Does not: look at headers.
 */
#ifndef BANSYNC_CORE_LINE_MESSAGE_H
#define BANSYNC_CORE_LINE_MESSAGE_H

#include "line.h"

/* Judges the end of line->message: sets verdict, and bucket or verdict_broken. */
void line_message_verdict(struct line *line);

/* Reads the fields of line->message: sets fields_broken, or has_addr, addr, message_id, qid and
 * account. To be called behind line_message_verdict. */
void line_message_fields(struct line *line);

/* Can a line of text that ends so have a message that is limited? Never wrong in saying no. */
bool line_message_may_be_limited(const char *bytes, size_t length);

#endif
