/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When was a line written? From what the line tells to ms since 1970 (docs/DESIGN.md section 8).
 *
 * Most logs tell local time without a zone. It is read in the zone of whoever reads, in which one
 * hour a year comes twice: the order of the lines decides which it is, and for that every line of
 * the log has to be passed, in the order of the file, not hits alone (one of the same minute as the
 * line before costs some nanoseconds). A traditional syslog line has no year: it is the newest in
 * which the line is not in the future. Lines read as they are written tell whether the log's clock
 * is in another zone; that is learned, and used for lines read later. Nobody but the clock of
 * rspamd's machine has a say in the time of a line. Does not: read a clock, know zones, count.
 */
#ifndef BANSYNC_CORE_LINETIME_H
#define BANSYNC_CORE_LINETIME_H

#include <stdbool.h>
#include <stdint.h>

#include "calendar.h"
#include "line.h"

#define LINETIME_DISORDER_MS 60000 /* lines of several processes are out of order by less */
#define LINETIME_VOTES 8           /* live lines in a row that must agree on another zone */
#define LINETIME_VOTE_MS 1000 /* apart, or lines late for one reason would be eight witnesses */
#define LINETIME_PASSED_BYTES 32
#define LINETIME_HOME INT32_MAX /* no zone was learned: the log has the reader's */

/* What is kept with the log position. That of a line is what linetime_keep gave before it: then
 * reading again from that line decides as before. */
struct linetime_kept {
    int64_t previous_ms; /* minute of the line before; 0: unknown */
    int32_t zone_min;    /* learned zone of the log, minutes east of UTC; LINETIME_HOME */
};

/* What a time stands on. */
enum linetime_basis {
    LINETIME_EXACT,    /* the line tells its instant */
    LINETIME_PLAIN,    /* local time with one reading */
    LINETIME_REPEATED, /* with two: the order of the lines decided, or the arrival of a live one */
    LINETIME_SKIPPED,  /* of the hour left out in spring: taken for a clock not yet put forward */
    LINETIME_UNTOLD,   /* the line tells none: its arrival */
    LINETIME_ARRIVAL,  /* nor a possible one: a live line that is over 60 s off, one in the future,
                          a date that does not exist: its arrival */
};

struct linetime {
    calendar_zone_fn *zone;
    struct linetime_kept kept;
    int32_t candidate_min; /* the zone that live lines were in of late; LINETIME_HOME, or neither */
    unsigned votes;        /* for that, in a row */
    int64_t voted_ms;      /* arrival of the last */
    char passed[LINETIME_PASSED_BYTES]; /* date and minute of the last line, as text */
    size_t passed_bytes;
    struct linetime_minute {
        bool known;
        int year, month, day, hour, minute; /* as the line had them */
        int64_t arrival_day;                /* if it had no year */
        int64_t shown_s;                    /* s since 1970 if they were UTC */
        struct calendar_readings readings;  /* as the reader's zone has them */
    } minute;                               /* looked up last */
};

/* zone: the reader's own, valid as long as time. kept: from the database, checked here; NULL: a log
 * of which nothing is known. */
void linetime_open(struct linetime *time, calendar_zone_fn *zone, const struct linetime_kept *kept);

/* Is there nothing in the line to take note of, as it tells the minute of the line passed before
 * it, or none? */
bool linetime_is_passed(const struct linetime *time, const char *bytes, size_t length);

/* Takes note of the next line, whatever it is, without its LF. */
void linetime_pass(struct linetime *time, const char *bytes, size_t length, int64_t arrival_ms,
                   bool live);

/* The time of the line that was just passed, > 0. arrival_ms (> 0): wall clock; of a log read
 * without an agent the time of its last change. live: the line was read as it was written. *basis
 * is always set. */
int64_t linetime_next(struct linetime *time, const struct line_time *line, int64_t arrival_ms,
                      bool live, enum linetime_basis *basis);

struct linetime_kept linetime_keep(const struct linetime *time);

/* True if the log's clock is known to be in another zone than the reader's is at now_ms. *east_min:
 * how far it is ahead of the reader's, negative: behind. */
bool linetime_is_elsewhere(const struct linetime *time, int64_t now_ms, int *east_min);

/* The lines of a log whose time is no certain one: how many, and between which. All 0: none yet. */
struct linetime_doubts {
    struct linetime_doubt {
        uint64_t count;
        uint64_t first_line;
        uint64_t last_line;
    } repeated, skipped, untold, impossible;
};

/* line: its number, never falling. */
void linetime_doubts_add(struct linetime_doubts *doubts, enum linetime_basis basis, uint64_t line);

#endif
