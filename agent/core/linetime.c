/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of a line, see linetime.h.
 *
 * A learned zone is kept as an offset from UTC, not from the reader's zone: a program in a
 * container nearly always logs UTC, and then nothing changes on the days when the reader's clock
 * does. If the log's own zone has summer time, it is learned anew from the next live lines.
 */
#include "linetime.h"

#include <assert.h>
#include <bansync/limits.h>
#include <stddef.h>
#include <string.h>

#include "line_header.h"

#define MINUTE_MS 60000
#define QUARTER_MIN 15
#define QUARTER_MS (QUARTER_MIN * MINUTE_MS)
#define WEST_MIN (-12 * 60) /* no zone lies beyond these */
#define EAST_MIN (14 * 60)
#define OFFSET_MIN_MAX (24 * 60 - 1)
#define YEARS_BACK 8 /* between 29 February 2096 and 2104 */
#define DAY_MS 86400000
#define NO_ZONE INT32_MIN /* a clock that is wrong is in no zone */

static bool is_possible(const struct line_time *line);
static bool exact_ms(const struct line_time *line, int64_t *ms);
static bool find_minute(struct linetime *time, const struct line_time *line, int64_t arrival_ms);
static int find_year(const struct line_time *line, int64_t arrival_ms);
static int64_t choose(const struct linetime *time, int64_t early_ms, int64_t late_ms,
                      int64_t arrival_ms, bool live);
static void vote(struct linetime *time, int32_t zone_min, int64_t arrival_ms);
static int32_t zone_of(int64_t shown_ms, int64_t arrival_ms);

static bool is_near(int64_t ms, int64_t arrival_ms)
{
    return ms >= arrival_ms - CLOCK_SKEW_MS_MAX && ms <= arrival_ms + CLOCK_SKEW_MS_MAX;
}

static bool is_zone(int32_t zone_min)
{
    return zone_min >= WEST_MIN && zone_min <= EAST_MIN && zone_min % QUARTER_MIN == 0;
}

void linetime_open(struct linetime *time, calendar_zone_fn *zone, const struct linetime_kept *kept)
{
    *time = (struct linetime){
        .zone = zone,
        .kept = {.zone_min = LINETIME_HOME},
        .candidate_min = LINETIME_HOME,
    };
    if (kept != NULL && kept->previous_ms > 0)
        time->kept.previous_ms = kept->previous_ms;
    if (kept != NULL && is_zone(kept->zone_min))
        time->kept.zone_min = kept->zone_min;
}

/* The time as the reader's zone has it. */
static int64_t home_ms(const struct linetime *time, const struct line_time *line,
                       int64_t arrival_ms, bool live, enum linetime_basis *basis)
{
    const struct calendar_readings *readings = &time->minute.readings;
    int64_t in_minute_ms = line->second * 1000 + line->millisecond;
    int64_t early_ms = readings->early_s * 1000 + in_minute_ms;

    *basis = readings->kind == CALENDAR_NONE      ? LINETIME_ARRIVAL
             : readings->kind == CALENDAR_SKIPPED ? LINETIME_SKIPPED
                                                  : LINETIME_PLAIN;
    if (readings->kind != CALENDAR_TWICE)
        return early_ms;
    *basis = LINETIME_REPEATED;
    return choose(time, early_ms, readings->late_s * 1000 + in_minute_ms, arrival_ms, live);
}

/* A live line tells whether the zone in force is still the right one. */
static int64_t local_ms(struct linetime *time, const struct line_time *line, int64_t arrival_ms,
                        bool live, enum linetime_basis *basis)
{
    bool is_elsewhere = time->kept.zone_min != LINETIME_HOME;
    int64_t shown_ms = time->minute.shown_s * 1000 + line->second * 1000 + line->millisecond;
    enum linetime_basis home_basis;
    int64_t home = home_ms(time, line, arrival_ms, live, &home_basis);
    int64_t ms = is_elsewhere ? shown_ms - (int64_t)time->kept.zone_min * MINUTE_MS : home;

    *basis = is_elsewhere ? LINETIME_PLAIN : home_basis;
    if (!live)
        return ms;
    if (is_near(ms, arrival_ms)) {
        time->votes = 0;
    } else if (is_near(home, arrival_ms)) {
        vote(time, LINETIME_HOME, arrival_ms);
        *basis = home_basis;
        return home;
    } else {
        vote(time, zone_of(shown_ms, arrival_ms), arrival_ms);
    }
    return ms;
}

int64_t linetime_next(struct linetime *time, const struct line_time *line, int64_t arrival_ms,
                      bool live, enum linetime_basis *basis)
{
    int64_t ms = 0;

    assert(arrival_ms > 0);
    *basis = LINETIME_ARRIVAL;
    if (line->form == LINE_TIME_NONE) {
        *basis = LINETIME_UNTOLD;
        return arrival_ms;
    }
    if (line->form != LINE_TIME_LOCAL) {
        if (exact_ms(line, &ms))
            *basis = LINETIME_EXACT;
    } else if (is_possible(line) && find_minute(time, line, arrival_ms)) {
        ms = local_ms(time, line, arrival_ms, live, basis);
    }
    if (*basis == LINETIME_ARRIVAL || ms <= 0 || ms > arrival_ms + CLOCK_SKEW_MS_MAX ||
        (live && !is_near(ms, arrival_ms))) {
        *basis = LINETIME_ARRIVAL;
        return arrival_ms;
    }
    time->kept.previous_ms = ms - ms % MINUTE_MS;
    return ms;
}

#define FILE_MINUTE_BYTES 16

/* How many bytes hold date and minute: "2026-11-23 10:44", "Nov 23 10:44", or the same behind
 * colors. 0: no such line. */
static size_t minute_bytes(const char *bytes, size_t length)
{
    size_t count = 0;

    if (length == 0)
        return 0;
    if (bytes[0] >= '0' && bytes[0] <= '9')
        count = FILE_MINUTE_BYTES;
    else if (bytes[0] >= 'A' && bytes[0] <= 'Z')
        count = 12;
    else if (bytes[0] == '\033')
        count = LINETIME_PASSED_BYTES;
    return count < length ? count : 0;
}

bool linetime_is_passed(const struct linetime *time, const char *bytes, size_t length)
{
    size_t count;

    /* Nearly every line; compared without a call. */
    if (time->passed_bytes == FILE_MINUTE_BYTES && length > FILE_MINUTE_BYTES &&
        memcmp(bytes, time->passed, FILE_MINUTE_BYTES) == 0)
        return true;
    count = minute_bytes(bytes, length);
    return count == 0 || (count == time->passed_bytes && memcmp(bytes, time->passed, count) == 0);
}

void linetime_pass(struct linetime *time, const char *bytes, size_t length, int64_t arrival_ms,
                   bool live)
{
    size_t count = minute_bytes(bytes, length);
    struct line_time line;
    enum linetime_basis basis;

    if (linetime_is_passed(time, bytes, length) || !line_header_time(bytes, length, &line))
        return;
    memcpy(time->passed, bytes, count);
    time->passed_bytes = count;
    linetime_next(time, &line, arrival_ms, live, &basis);
}

struct linetime_kept linetime_keep(const struct linetime *time)
{
    return time->kept;
}

bool linetime_is_elsewhere(const struct linetime *time, int64_t now_ms, int *east_min)
{
    int64_t home_s;

    if (time->kept.zone_min == LINETIME_HOME || !time->zone(now_ms / 1000, &home_s))
        return false;
    *east_min = (int)(time->kept.zone_min - home_s / 60);
    return *east_min != 0;
}

static void add(struct linetime_doubt *doubt, uint64_t line)
{
    if (doubt->count++ == 0)
        doubt->first_line = line;
    doubt->last_line = line;
}

void linetime_doubts_add(struct linetime_doubts *doubts, enum linetime_basis basis, uint64_t line)
{
    if (basis == LINETIME_REPEATED)
        add(&doubts->repeated, line);
    else if (basis == LINETIME_SKIPPED)
        add(&doubts->skipped, line);
    else if (basis == LINETIME_UNTOLD)
        add(&doubts->untold, line);
    else if (basis == LINETIME_ARRIVAL)
        add(&doubts->impossible, line);
}

/* A leap second is told as 60 by some programs, and read as the next second. */
static bool is_possible(const struct line_time *line)
{
    return line->hour >= 0 && line->hour <= 23 && line->minute >= 0 && line->minute <= 59 &&
           line->second >= 0 && line->second <= 60 && line->millisecond >= 0 &&
           line->millisecond <= 999;
}

static bool exact_ms(const struct line_time *line, int64_t *ms)
{
    if (line->form == LINE_TIME_EPOCH) {
        *ms = line->epoch_ms;
        return true;
    }
    if (!is_possible(line) || !calendar_is_day(line->year, line->month, line->day) ||
        line->offset_min < -OFFSET_MIN_MAX || line->offset_min > OFFSET_MIN_MAX)
        return false;
    int64_t shown_s =
        calendar_utc_s(line->year, line->month, line->day, line->hour, line->minute) + line->second;
    *ms = (shown_s - (int64_t)line->offset_min * 60) * 1000 + line->millisecond;
    return true;
}

/* Nearly every line finds the minute that was looked up for the line before it. */
static bool find_minute(struct linetime *time, const struct line_time *line, int64_t arrival_ms)
{
    struct linetime_minute *minute = &time->minute;
    int64_t arrival_day = line->year == -1 ? arrival_ms / DAY_MS : 0;

    if (minute->known && minute->minute == line->minute && minute->hour == line->hour &&
        minute->day == line->day && minute->month == line->month && minute->year == line->year &&
        minute->arrival_day == arrival_day)
        return true;
    int year = line->year == -1 ? find_year(line, arrival_ms) : line->year;
    if (!calendar_is_day(year, line->month, line->day))
        return false;
    int64_t shown_s = calendar_utc_s(year, line->month, line->day, line->hour, line->minute);
    *minute = (struct linetime_minute){
        .known = true,
        .year = line->year,
        .month = line->month,
        .day = line->day,
        .hour = line->hour,
        .minute = line->minute,
        .arrival_day = arrival_day,
        .shown_s = shown_s,
        .readings = calendar_read(shown_s, time->zone),
    };
    return true;
}

/* The newest year in which the line does not lie in the future of any zone. 0: there is none. */
static int find_year(const struct line_time *line, int64_t arrival_ms)
{
    int64_t last_s = (arrival_ms + EAST_MIN * MINUTE_MS + CLOCK_SKEW_MS_MAX) / 1000;
    int newest = calendar_year(last_s);

    for (int year = newest; year >= newest - YEARS_BACK; year--)
        if (calendar_is_day(year, line->month, line->day) &&
            calendar_utc_s(year, line->month, line->day, line->hour, line->minute) <= last_s)
            return year;
    return 0;
}

/* Of the two readings of a repeated hour. One that would lie in the future is none. */
static int64_t choose(const struct linetime *time, int64_t early_ms, int64_t late_ms,
                      int64_t arrival_ms, bool live)
{
    int64_t previous_ms = time->kept.previous_ms;

    if (late_ms > arrival_ms + CLOCK_SKEW_MS_MAX)
        return early_ms;
    if (live && is_near(late_ms, arrival_ms))
        return late_ms;
    if (previous_ms == 0 || early_ms >= previous_ms - LINETIME_DISORDER_MS)
        return early_ms;
    /* Back by more than the hour and the disorder of buffered lines: an older file is read. */
    return late_ms >= previous_ms - (late_ms - early_ms) ? late_ms : early_ms;
}

static void vote(struct linetime *time, int32_t zone_min, int64_t arrival_ms)
{
    if (time->votes == 0 || time->candidate_min != zone_min) {
        time->candidate_min = zone_min;
        time->votes = 0;
    } else if (arrival_ms >= time->voted_ms && arrival_ms - time->voted_ms < LINETIME_VOTE_MS) {
        return;
    }
    time->votes++;
    time->voted_ms = arrival_ms;
    if (time->votes < LINETIME_VOTES)
        return;
    time->votes = 0;
    time->kept.zone_min = zone_min == NO_ZONE ? LINETIME_HOME : zone_min;
}

/* The zone in which a clock shows this now, or NO_ZONE. */
static int32_t zone_of(int64_t shown_ms, int64_t arrival_ms)
{
    int64_t east_ms = shown_ms - arrival_ms;

    if (east_ms < WEST_MIN * MINUTE_MS - CLOCK_SKEW_MS_MAX ||
        east_ms > EAST_MIN * MINUTE_MS + CLOCK_SKEW_MS_MAX)
        return NO_ZONE;
    int64_t shifted_ms = east_ms - WEST_MIN * MINUTE_MS + QUARTER_MS / 2; /* not negative */
    int32_t zone_min = (int32_t)(shifted_ms / QUARTER_MS) * QUARTER_MIN + WEST_MIN;
    return is_near((int64_t)zone_min * MINUTE_MS, east_ms) ? zone_min : NO_ZONE;
}
