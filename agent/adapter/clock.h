/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that reads a clock or knows the time zone.
 */
#ifndef BANSYNC_ADAPTER_CLOCK_H
#define BANSYNC_ADAPTER_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Room for "2026-11-23T09:44:00.000Z" and NUL. */
#define CLOCK_TEXT_SIZE 32

/* Wall clock, ms since the epoch. */
int64_t clock_wall_ms(void);

/* Monotonic clock, ms; for intervals only. It goes on while the machine sleeps: what was heard
 * before that is old then. */
int64_t clock_monotonic_ms(void);

/* The service manager's own, us, which stands still meanwhile; not to be compared with that one. */
int64_t clock_monotonic_us(void);

/* Local time without zone to ms since the epoch. year -1: the year that brings it nearest to
 * near_ms. Of two readings of an ambiguous hour the one nearest at or after near_ms (or up to 10 s
 * before it, as lines may be out of order) is taken, else the nearest. Returns -1 if a field is out
 * of range. */
int64_t clock_local_ms(int year, int month, int day, int hour, int minute, int second,
                       int millisecond, int64_t near_ms);

/* Writes RFC 3339 UTC with seconds ("2026-11-23T09:44:00Z"). */
void clock_print(int64_t ms, char text[CLOCK_TEXT_SIZE]);

/* Writes RFC 3339 local time ("2026-11-23T10:44:00+01:00"). */
void clock_print_local(int64_t ms, char text[CLOCK_TEXT_SIZE]);

/* Writes local time as mails have it, RFC 5322 ("Mon, 23 Nov 2026 10:44:00 +0100"). */
void clock_print_mail(int64_t ms, char text[CLOCK_TEXT_SIZE]);

#endif
