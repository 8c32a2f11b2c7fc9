/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendar arithmetic, and the readings of a local time.
 *
 * A local time is turned into its possible instants by trying the zone's offsets of a day before
 * and a day after it: an instant is a reading if the zone has that offset then. mktime(3) would
 * choose for itself.
 */
#include "calendar.h"

#include <assert.h>

#define DAY_S 86400

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool calendar_is_day(int year, int month, int day)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (year < CALENDAR_YEAR_MIN || year > CALENDAR_YEAR_MAX || month < 1 || month > 12)
        return false;
    return day >= 1 && day <= (month == 2 && is_leap(year) ? 29 : days[month - 1]);
}

int64_t calendar_utc_s(int year, int month, int day, int hour, int minute)
{
    assert(calendar_is_day(year, month, day));
    int64_t y =
        month <= 2 ? year - 1 : year; /* from March, so that the leap day is a year's last */
    int64_t m = month <= 2 ? month + 9 : month - 3;
    int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
    return days * DAY_S + hour * 3600 + minute * 60;
}

int calendar_year(int64_t instant_s)
{
    assert(instant_s >= 0);
    int64_t guess = CALENDAR_YEAR_MIN + instant_s / (366 * DAY_S); /* never too late */
    int year = guess > CALENDAR_YEAR_MAX ? CALENDAR_YEAR_MAX : (int)guess;

    while (year < CALENDAR_YEAR_MAX && calendar_utc_s(year + 1, 1, 1, 0, 0) <= instant_s)
        year++;
    return year;
}

static bool is_reading(int64_t shown_s, int64_t east_s, calendar_zone_fn *zone)
{
    int64_t there_s;

    return zone(shown_s - east_s, &there_s) && there_s == east_s;
}

struct calendar_readings calendar_read(int64_t shown_s, calendar_zone_fn *zone)
{
    int64_t before_s, after_s;

    if (!zone(shown_s - DAY_S, &before_s) || !zone(shown_s + DAY_S, &after_s))
        return (struct calendar_readings){CALENDAR_NONE, 0, 0};
    int64_t early_s = shown_s - before_s;
    int64_t late_s = shown_s - after_s;
    if (early_s == late_s)
        return (struct calendar_readings){CALENDAR_ONCE, early_s, early_s};
    bool is_early = is_reading(shown_s, before_s, zone);
    bool is_late = is_reading(shown_s, after_s, zone);
    if (is_early && is_late)
        return (struct calendar_readings){CALENDAR_TWICE, early_s, late_s};
    if (is_late)
        return (struct calendar_readings){CALENDAR_ONCE, late_s, late_s};
    return (struct calendar_readings){is_early ? CALENDAR_ONCE : CALENDAR_SKIPPED, early_s,
                                      early_s};
}
