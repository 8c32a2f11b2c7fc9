/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks, and local time without a zone.
 *
 * A local time is turned into its possible instants by trying the zone's offsets of a day before
 * and a day after it: an instant is a reading of the local time if localtime_r gives the same
 * fields back. One reading on ordinary days, two in the hour repeated in autumn, none in the hour
 * left out in spring. mktime(3) would choose for itself.
 * Does not: notice a change of the zone while running (neither does rspamd).
 */
#include "clock.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS_PER_S 1000
#define DAY_S 86400

/* Lines of several processes are out of order by a moment. Without this slack one of them would
 * carry the whole ambiguous hour into its second reading. */
#define DISORDER_MS 10000

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;
    int failed = clock_gettime(clock, &now);

    assert(failed == 0);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / 1000000;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* Seconds since the epoch if the fields were UTC; the Gregorian calendar by arithmetic. */
static int64_t utc_s(const struct tm *fields)
{
    int64_t year = fields->tm_year + 1900;
    int64_t month = fields->tm_mon + 1;

    if (month <= 2) { /* count years from March, so that the leap day is a year's last */
        year -= 1;
        month += 12;
    }
    int64_t days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 +
                   fields->tm_mday - 1 - 719468;
    return days * DAY_S + fields->tm_hour * 3600 + fields->tm_min * 60 + fields->tm_sec;
}

/* The zone's offset at an instant. False if the C library cannot tell. */
static bool zone_offset(int64_t instant_s, int64_t *offset_s)
{
    struct tm local;
    time_t instant = (time_t)instant_s;

    if (localtime_r(&instant, &local) == NULL)
        return false;
    *offset_s = local.tm_gmtoff;
    return true;
}

static bool reads_as(int64_t instant_s, const struct tm *fields)
{
    struct tm local;
    time_t instant = (time_t)instant_s;

    return localtime_r(&instant, &local) != NULL && local.tm_year == fields->tm_year &&
           local.tm_mon == fields->tm_mon && local.tm_mday == fields->tm_mday &&
           local.tm_hour == fields->tm_hour && local.tm_min == fields->tm_min &&
           local.tm_sec == fields->tm_sec;
}

static int64_t choose(int64_t early_ms, int64_t late_ms, int64_t near_ms)
{
    return early_ms >= near_ms - DISORDER_MS ? early_ms : late_ms;
}

/* The instant of the fields, or -1. */
static int64_t instant_ms(const struct tm *fields, int millisecond, int64_t near_ms)
{
    int64_t as_utc = utc_s(fields);
    int64_t before, after;

    if (!zone_offset(as_utc - DAY_S, &before) || !zone_offset(as_utc + DAY_S, &after))
        return -1;
    /* In an hour left out neither reads back; the offset before it gives what a clock not yet put
     * forward shows. */
    int64_t early_ms = (as_utc - before) * MS_PER_S + millisecond;
    int64_t late_ms = (as_utc - after) * MS_PER_S + millisecond;
    bool is_early = reads_as(as_utc - before, fields);
    bool is_late = reads_as(as_utc - after, fields);
    if (is_early && is_late)
        return choose(early_ms, late_ms, near_ms);
    return is_late ? late_ms : early_ms;
}

static int days_in_month(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

/* Without a year: the neighboring years are tried, for a December line read in January. */
static int64_t nearest_year_ms(struct tm *fields, int millisecond, int64_t near_ms)
{
    struct tm near_fields;
    time_t near_s = (time_t)(near_ms / MS_PER_S);

    if (localtime_r(&near_s, &near_fields) == NULL)
        return -1;
    int64_t best_ms = -1;
    for (int year = near_fields.tm_year - 1; year <= near_fields.tm_year + 1; year++) {
        if (fields->tm_mday > days_in_month(year + 1900, fields->tm_mon + 1))
            continue; /* 29 February */
        fields->tm_year = year;
        int64_t ms = instant_ms(fields, millisecond, near_ms);
        if (ms >= 0 && (best_ms < 0 || distance(ms, near_ms) < distance(best_ms, near_ms)))
            best_ms = ms;
    }
    return best_ms;
}

int64_t clock_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_MONOTONIC, &now);

    assert(failed == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_local_ms(int year, int month, int day, int hour, int minute, int second,
                       int millisecond, int64_t near_ms)
{
    /* A leap second is told as 60 by some programs and read as the next second; its fields never
     * read back. */
    if ((year != -1 && (year < 1970 || year > 9999)) || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year == -1 ? 2000 : year, month) || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 60 || millisecond < 0 ||
        millisecond > 999)
        return -1;
    struct tm fields = {
        .tm_year = year - 1900,
        .tm_mon = month - 1,
        .tm_mday = day,
        .tm_hour = hour,
        .tm_min = minute,
        .tm_sec = second,
    };
    int64_t ms = year == -1 ? nearest_year_ms(&fields, millisecond, near_ms)
                            : instant_ms(&fields, millisecond, near_ms);
    return ms < 0 ? -1 : ms;
}

static int64_t whole_seconds(int64_t ms)
{
    return ms / MS_PER_S - (ms % MS_PER_S < 0);
}

void clock_print(int64_t ms, char text[CLOCK_TEXT_SIZE])
{
    struct tm utc;
    time_t seconds = (time_t)whole_seconds(ms);

    if (gmtime_r(&seconds, &utc) == NULL || strftime(text, CLOCK_TEXT_SIZE, "%FT%TZ", &utc) == 0)
        snprintf(text, CLOCK_TEXT_SIZE, "-");
}

void clock_print_local(int64_t ms, char text[CLOCK_TEXT_SIZE])
{
    struct tm local;
    time_t seconds = (time_t)whole_seconds(ms);
    size_t length = 0;

    if (localtime_r(&seconds, &local) != NULL)
        length = strftime(text, CLOCK_TEXT_SIZE - 1, "%FT%T%z", &local);
    if (length < 5) {
        snprintf(text, CLOCK_TEXT_SIZE, "-");
        return;
    }
    memmove(text + length - 1, text + length - 2, 3); /* +0100 becomes +01:00 */
    text[length - 2] = ':';
}

/* The names of days and months are English: nothing here sets a locale. */
void clock_print_mail(int64_t ms, char text[CLOCK_TEXT_SIZE])
{
    struct tm local;
    time_t seconds = (time_t)whole_seconds(ms);

    if (localtime_r(&seconds, &local) == NULL ||
        strftime(text, CLOCK_TEXT_SIZE, "%a, %d %b %Y %T %z", &local) == 0)
        snprintf(text, CLOCK_TEXT_SIZE, "-");
}
