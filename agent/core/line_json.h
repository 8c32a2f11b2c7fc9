/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log line in the form of rspamd's option log_json.
 */
#ifndef BANSYNC_CORE_LINE_JSON_H
#define BANSYNC_CORE_LINE_JSON_H

#include "line_cursor.h"

/* Reads the object that fills the cursor to its end, as line_header does; the message is decoded
 * into scratch (LINE_BYTES_MAX bytes). Only what rspamd itself
 * writes is read: these members in this order, nothing between them but one blank. */
void line_json(struct line_cursor cursor, char *scratch, struct line *line);

#endif
