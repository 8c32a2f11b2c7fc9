/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner of log lines once more, slow and plain: what fuzzing compares line.h and detect.h
 * with.
 *
 * Written from the rules of docs/DESIGN.md section 8 and from what rspamd's logger does, not from
 * the scanner: one small function a rule, which searches and copies as it likes. Does not: care for
 * time; it aborts without memory.
 */
#ifndef BANSYNC_FUZZ_REFERENCE_H
#define BANSYNC_FUZZ_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "detect.h"
#include "line.h"

/* As line_read, and line_fields if it is a LINE_MESSAGE. Of verdict_broken and fields_broken only
 * whether they are NULL means something. */
enum line_kind reference_line(const char *bytes, size_t length, char *scratch, struct line *line);

/* What detect.h says, for logs that reach neither DETECT_OPEN_MAX nor DETECT_CONNECTIONS_MAX. */
struct reference_detect;

struct reference_detect *reference_detect_open(void);
void reference_detect_close(struct reference_detect *detect);
enum detect_result reference_detect_line(struct reference_detect *detect, const char *bytes,
                                         size_t length, uint64_t place, int64_t now_ms,
                                         struct detect_hit *hit);
void reference_detect_expire(struct reference_detect *detect, int64_t now_ms);
uint64_t reference_detect_place(const struct reference_detect *detect);
uint64_t reference_detect_expired(const struct reference_detect *detect);

#endif
