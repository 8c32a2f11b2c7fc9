/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendar and zones: what instants a wall clock's reading may stand for.
 *
 * The zone is a function of the caller's, as core knows none. Gregorian, years 1970 to 9999. Does
 * not: know order, arrival or what a line is (linetime.h).
 */
#ifndef BANSYNC_CORE_CALENDAR_H
#define BANSYNC_CORE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALENDAR_YEAR_MIN 1970
#define CALENDAR_YEAR_MAX 9999

/* Seconds that a zone's clock is ahead of UTC at an instant (s since 1970, UTC). False: cannot be
 * told. It must give the same answer to the same question. */
typedef bool calendar_zone_fn(int64_t instant_s, int64_t *east_s);

/* Is there such a day? */
bool calendar_is_day(int year, int month, int day);

/* The instant if the fields, which must be those of a day, were UTC. */
int64_t calendar_utc_s(int year, int month, int day, int hour, int minute);

/* Year of an instant not before 1970, UTC. */
int calendar_year(int64_t instant_s);

/* The instants at which a zone's clock shows the same. */
struct calendar_readings {
    enum calendar_reading {
        CALENDAR_NONE,    /* the zone cannot tell */
        CALENDAR_ONCE,    /* as nearly always: early_s and late_s are equal */
        CALENDAR_TWICE,   /* in the hour repeated in autumn: early_s < late_s */
        CALENDAR_SKIPPED, /* in the hour left out in spring: both are what a clock that was not yet
                             put forward shows */
    } kind;
    int64_t early_s;
    int64_t late_s;
};

/* shown_s: what the clock shows, as calendar_utc_s gives it. Asks the zone four times at most. A
 * zone that changes its clock twice within two days is not read rightly on these days. */
struct calendar_readings calendar_read(int64_t shown_s, calendar_zone_fn *zone);

#endif
