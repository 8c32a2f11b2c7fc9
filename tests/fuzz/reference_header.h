/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reference for line_header.h: what stands before the message, by one function a form.
 *
 * Does not: look into the message, but for the escapes of log_json.
 */
#ifndef BANSYNC_FUZZ_REFERENCE_HEADER_H
#define BANSYNC_FUZZ_REFERENCE_HEADER_H

#include "line.h"

/* LINE_OTHER, or kind, time, task and message of *line; the rest of it is zero. */
enum line_kind reference_header(struct line_text line, char *scratch, struct line *out);

#endif
