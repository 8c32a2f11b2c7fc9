/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner beside its reference: both read the same, and must find the same.
 *
 * A difference is printed, and ends the program. Does not: know which of the two is right.
 */
#ifndef BANSYNC_FUZZ_COMPARE_H
#define BANSYNC_FUZZ_COMPARE_H

#include <stddef.h>

#include "detect.h"
#include "line.h"
#include "reference.h"

/* Reads a line with both. bytes: without LF, LINE_BYTES_MAX at most. */
void compare_line(const char *bytes, size_t length);

/* Which line the next comparisons are about, for their messages; it must live as long. */
void compare_about(const char *bytes, size_t length);

/* What the two detectors made of a line. */
void compare_hits(enum detect_result result, const struct detect_hit *hit,
                  enum detect_result expected, const struct detect_hit *expected_hit);

/* The same bytes, or both absent. name: what it is, for the message. */
void compare_texts(const char *name, struct line_text is, struct line_text expected);

/* The same number. */
void compare_numbers(const char *name, long long is, long long expected);

#endif
