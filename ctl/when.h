/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times for people: "2h ago", "in 57m", "3d 4h". The only file of ctl that reads a clock.
 */
#ifndef BANSYNC_CTL_WHEN_H
#define BANSYNC_CTL_WHEN_H

#include <stdint.h>

/* Room for any text written here, with NUL. */
#define WHEN_TEXT_SIZE 32

/* Wall clock, ms since the epoch. */
int64_t when_wall_ms(void);

/* Monotonic clock, ms; for time-outs. */
int64_t when_monotonic_ms(void);

/* Reads RFC 3339 in UTC as answers have it ("2026-11-23T07:44:00Z", a fraction of a second is
 * skipped). 0 or -1. */
int when_parse(const char *text, int64_t *ms);

/* A point in time (RFC 3339, as in an answer) as the local clock shows it: "2026-11-23" and
 * "10:44:00". What is no time gives "-" for both. */
void when_local(const char *time, char day[WHEN_TEXT_SIZE], char clock[WHEN_TEXT_SIZE]);

/* The same in UTC, as short as it can be told: "11-23 09:44Z", or "2025-11-23" if more than half a
 * year lies between it and now_ms. What is no time is given back cut to the room; NULL: "-".
 * Returns text. */
const char *when_short(const char *time, int64_t now_ms, char text[WHEN_TEXT_SIZE]);

/* A length of time, rounded to the nearest: "59s", "57m", from an hour on with a second unit unless
 * that is 0: "2h", "2h 5m", "6d 23h". */
void when_span(int64_t ms, char text[WHEN_TEXT_SIZE]);

/* In its two largest units, rounded down: "3d 4h", "4h 10m", "59s". */
void when_span_long(int64_t ms, char text[WHEN_TEXT_SIZE]);

/* A point in time (RFC 3339, as in an answer) seen from now_ms: "2h ago", "in 57m". NULL gives
 * absent; what is no time is given back cut to the room. Returns text. */
const char *when_relative(const char *time, int64_t now_ms, const char *absent,
                          char text[WHEN_TEXT_SIZE]);

#endif
