/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces that times in log lines are made of.
 *
 * After false the position means nothing, as with line_cursor.h.
 */
#ifndef BANSYNC_CORE_LINE_DATE_H
#define BANSYNC_CORE_LINE_DATE_H

#include "line_cursor.h"

/* Takes "2026-11-23". */
bool line_date_take_day(struct line_cursor *cursor, struct line_time *time);

/* Takes "Nov 23 " or "Nov  3 "; the year is -1. */
bool line_date_take_month_and_day(struct line_cursor *cursor, struct line_time *time);

/* Takes "10:00:00". */
bool line_date_take_clock(struct line_cursor *cursor, struct line_time *time);

/* Takes "Z", "+01:00" or "+0100" (journalctl). */
bool line_date_take_offset(struct line_cursor *cursor, struct line_time *time);

/* Is it within the bounds that line.h promises? Whether the month has that day is the reader's to
 * judge. */
bool line_date_is_possible(const struct line_time *time);

#endif
