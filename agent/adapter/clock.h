/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that reads a clock or knows the time zone.
 */
#ifndef BANSYNC_ADAPTER_CLOCK_H
#define BANSYNC_ADAPTER_CLOCK_H

#include <stdbool.h>
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

/* Seconds that the zone of this process (TZ, /etc/localtime) is ahead of UTC at an instant. False:
 * the C library cannot tell. Usable as calendar_zone_fn. */
bool clock_zone(int64_t instant_s, int64_t *east_s);

/* Writes RFC 3339 UTC with seconds ("2026-11-23T09:44:00Z"). */
void clock_print(int64_t ms, char text[CLOCK_TEXT_SIZE]);

/* Writes RFC 3339 local time ("2026-11-23T10:44:00+01:00"). */
void clock_print_local(int64_t ms, char text[CLOCK_TEXT_SIZE]);

/* Writes local time as mails have it, RFC 5322 ("Mon, 23 Nov 2026 10:44:00 +0100"). */
void clock_print_mail(int64_t ms, char text[CLOCK_TEXT_SIZE]);

#endif
