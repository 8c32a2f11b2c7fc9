/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linetime: hours that come twice or not at all, years that are not told, zones that differ.
 */
#include "linetime.h"

#include <bansync/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "zone.h"

#define S 1000
#define MINUTE (60 * S)
#define HOUR (60 * MINUTE)
#define DAY (24 * (int64_t)HOUR)

/* 2026-10-25 in Berlin: at 03:00 summer time (01:00 UTC) the clock goes back to 02:00. */
#define AUTUMN 1792890000000
/* 2026-03-29: at 02:00 (01:00 UTC) it goes forward to 03:00. */
#define SPRING 1774746000000
#define NEW_YEAR 1798758000000 /* 2027-01-01 00:00 in Berlin */

static struct linetime lines;
static enum linetime_basis basis;

static int begin(void **state)
{
    (void)state;
    zone_set("Europe/Berlin");
    linetime_open(&lines, zone_east, NULL);
    return 0;
}

/* "2026-10-25 02:40:00.500"; without a year "10-25 02:40:00". */
static struct line_time local(const char *text)
{
    struct line_time time = {.form = LINE_TIME_LOCAL, .year = -1};
    int *const fields[] = {&time.year,   &time.month,  &time.day,        &time.hour,
                           &time.minute, &time.second, &time.millisecond};
    const char *dash = strchr(text, '-');
    char *end;

    for (size_t i = dash - text == 4 ? 0 : 1; i < 7; i++) {
        *fields[i] = (int)strtol(text, &end, 10);
        assert_true(end != text);
        if (*end == '\0')
            break;
        text = *end == ' ' ? end : end + 1;
    }
    return time;
}

/* A line read long after it was written. */
static int64_t later(const char *text)
{
    struct line_time time = local(text);

    return linetime_next(&lines, &time, NEW_YEAR + 30 * DAY, false, &basis);
}

static int64_t at(const char *text, int64_t arrival_ms)
{
    struct line_time time = local(text);

    return linetime_next(&lines, &time, arrival_ms, false, &basis);
}

static int64_t live(const char *text, int64_t arrival_ms)
{
    struct line_time time = local(text);

    return linetime_next(&lines, &time, arrival_ms, true, &basis);
}

#define EXPECT(call, ms, on)              \
    do {                                  \
        assert_int_equal(call, ms);       \
        assert_int_equal(basis, (int)on); \
    } while (0)

static void test_plain(void **state)
{
    (void)state;
    EXPECT(later("2026-11-23 10:44:00.999"), 1795427040999, LINETIME_PLAIN);
    EXPECT(later("2026-07-01 12:00:00"), 1782900000000, LINETIME_PLAIN);
    EXPECT(later("2026-07-01 12:00:59"), 1782900059000, LINETIME_PLAIN); /* same minute */
    EXPECT(later("2026-07-01 11:00:00"), 1782896400000, LINETIME_PLAIN);
    EXPECT(later("2026-06-01 11:00:00"), 1780304400000, LINETIME_PLAIN);
    EXPECT(later("2026-06-02 11:00:00"), 1780304400000 + DAY, LINETIME_PLAIN);
    EXPECT(later("2025-06-02 11:00:00"), 1780304400000 - 364 * DAY, LINETIME_PLAIN);
    EXPECT(later("2026-07-01 11:01:00"), 1782896460000, LINETIME_PLAIN);
}

static void test_exact(void **state)
{
    struct line_time epoch = {.form = LINE_TIME_EPOCH, .epoch_ms = AUTUMN + 123};
    struct line_time offset = local("2026-10-25 02:40:00.250");

    (void)state;
    offset.form = LINE_TIME_OFFSET;
    EXPECT(linetime_next(&lines, &epoch, NEW_YEAR, false, &basis), AUTUMN + 123, LINETIME_EXACT);
    offset.offset_min = 120;
    EXPECT(linetime_next(&lines, &offset, NEW_YEAR, false, &basis), AUTUMN - 20 * MINUTE + 250,
           LINETIME_EXACT);
    offset.offset_min = -345;
    EXPECT(linetime_next(&lines, &offset, NEW_YEAR, false, &basis),
           AUTUMN + 100 * MINUTE + 345 * (int64_t)MINUTE + 250, LINETIME_EXACT);
    /* It decides the hour of the next line, too. */
    epoch.epoch_ms = AUTUMN + MINUTE;
    EXPECT(linetime_next(&lines, &epoch, NEW_YEAR, false, &basis), AUTUMN + MINUTE, LINETIME_EXACT);
    EXPECT(later("2026-10-25 02:40:00"), AUTUMN + 40 * MINUTE, LINETIME_REPEATED);
    /* Live, the clock has to be right all the same. */
    epoch.epoch_ms = AUTUMN;
    EXPECT(linetime_next(&lines, &epoch, AUTUMN + MINUTE, true, &basis), AUTUMN, LINETIME_EXACT);
    EXPECT(linetime_next(&lines, &epoch, AUTUMN + MINUTE + 1, true, &basis), AUTUMN + MINUTE + 1,
           LINETIME_ARRIVAL);
    EXPECT(linetime_next(&lines, &epoch, AUTUMN - MINUTE - 1, false, &basis), AUTUMN - MINUTE - 1,
           LINETIME_ARRIVAL);
}

static void test_untold(void **state)
{
    struct line_time none = {.form = LINE_TIME_NONE};

    (void)state;
    EXPECT(linetime_next(&lines, &none, NEW_YEAR + 7, true, &basis), NEW_YEAR + 7, LINETIME_UNTOLD);
    EXPECT(linetime_next(&lines, &none, NEW_YEAR + 7, false, &basis), NEW_YEAR + 7,
           LINETIME_UNTOLD);
    assert_int_equal(linetime_keep(&lines).previous_ms, 0);
}

static void test_impossible(void **state)
{
    static const char *const texts[] = {
        "2026-00-01 00:00:00",      "2026-13-01 00:00:00",    "2026-01-00 00:00:00",
        "2026-01-32 00:00:00",      "2026-04-31 00:00:00",    "2027-02-29 00:00:00",
        "2026-01-01 24:00:00",      "2026-01-01 -1:00:00",    "2026-01-01 00:60:00",
        "2026-01-01 00:-1:00",      "2026-01-01 00:00:61",    "2026-01-01 00:00:-1",
        "2026-01-01 00:00:00.1000", "2026-01-01 00:00:00.-1", "1969-12-31 23:59:59",
        "1970-01-01 00:00:00", /* before 1970 in Berlin */
        "9999-12-31 23:59:59", /* in the future */
        "02-30 00:00:00",           "00-01 00:00:00"};
    struct line_time time = local("2026-01-01 00:00:00");

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        EXPECT(later(texts[i]), NEW_YEAR + 30 * DAY, LINETIME_ARRIVAL);
    time.form = LINE_TIME_OFFSET;
    time.offset_min = 24 * 60;
    EXPECT(linetime_next(&lines, &time, NEW_YEAR, false, &basis), NEW_YEAR, LINETIME_ARRIVAL);
    time.offset_min = -24 * 60;
    EXPECT(linetime_next(&lines, &time, NEW_YEAR, false, &basis), NEW_YEAR, LINETIME_ARRIVAL);
    time.offset_min = 0;
    time.day = 32;
    EXPECT(linetime_next(&lines, &time, NEW_YEAR, false, &basis), NEW_YEAR, LINETIME_ARRIVAL);
    time.day = 1;
    time.hour = 24;
    EXPECT(linetime_next(&lines, &time, NEW_YEAR, false, &basis), NEW_YEAR, LINETIME_ARRIVAL);
    time = (struct line_time){.form = LINE_TIME_EPOCH, .epoch_ms = INT64_MIN};
    EXPECT(linetime_next(&lines, &time, NEW_YEAR, true, &basis), NEW_YEAR, LINETIME_ARRIVAL);
    time.epoch_ms = INT64_MAX;
    EXPECT(linetime_next(&lines, &time, NEW_YEAR, true, &basis), NEW_YEAR, LINETIME_ARRIVAL);
    assert_int_equal(linetime_keep(&lines).previous_ms, 0);
}

static bool no_zone(int64_t instant_s, int64_t *east_s)
{
    (void)instant_s;
    (void)east_s;
    return false;
}

static void test_zone_that_cannot_tell(void **state)
{
    int east_min;

    (void)state;
    linetime_open(&lines, no_zone, &(struct linetime_kept){0, 60});
    EXPECT(later("2026-07-01 12:00:00"), 1782903600000, LINETIME_PLAIN);
    assert_false(linetime_is_elsewhere(&lines, AUTUMN, &east_min));
    linetime_open(&lines, no_zone, NULL);
    EXPECT(later("2026-07-01 12:00:00"), NEW_YEAR + 30 * DAY, LINETIME_ARRIVAL);
}

static void test_leap_second(void **state)
{
    (void)state;
    EXPECT(later("2017-01-01 00:59:60"), 1483228800000, LINETIME_PLAIN);
    EXPECT(later("2017-01-01 01:00:00"), 1483228800000, LINETIME_PLAIN);
}

static void test_midnight(void **state)
{
    (void)state;
    EXPECT(later("2026-12-31 23:59:59.999"), NEW_YEAR - 1, LINETIME_PLAIN);
    EXPECT(later("2027-01-01 00:00:00"), NEW_YEAR, LINETIME_PLAIN);
}

/* A whole night, line by line, in zones whose clock goes back: the order of the lines tells each
 * its time, whatever the lines' distance, and also from a stop in between on. */
static void follow_a_night(const char *zone, int64_t first_s, int step_s, int stop_every)
{
    struct linetime_kept kept;
    int count = 0;

    zone_set(zone);
    linetime_open(&lines, zone_east, NULL);
    for (int64_t s = first_s; s < first_s + 8 * 3600; s += step_s) {
        int64_t east_s;
        char text[64];

        assert_true(zone_east(s, &east_s));
        int64_t shown_s = (s + east_s) % 86400; /* the day does not matter: it is the same */
        int year = calendar_year(s + east_s);
        int64_t day = (s + east_s - calendar_utc_s(year, 1, 1, 0, 0)) / 86400;
        int month = 1;
        while (month < 12 && calendar_utc_s(year, month + 1, 1, 0, 0) <=
                                 calendar_utc_s(year, 1, 1, 0, 0) + day * 86400)
            month++;
        day -= (calendar_utc_s(year, month, 1, 0, 0) - calendar_utc_s(year, 1, 1, 0, 0)) / 86400;
        snprintf(text, sizeof(text), "%d-%d %d:%d:%d", month, (int)day + 1, (int)(shown_s / 3600),
                 (int)(shown_s / 60 % 60), (int)(shown_s % 60));
        if (count++ % stop_every == 0) {
            kept = linetime_keep(&lines);
            linetime_open(&lines, zone_east, &kept);
        }
        assert_int_equal(later(text), s * 1000);
    }
}

static void test_nights(void **state)
{
    (void)state;
    for (int step_s = 1; step_s < 50 * 60; step_s = step_s * 3 + 1) {
        follow_a_night("Europe/Berlin", AUTUMN / 1000 - 4 * 3600, step_s, 7);
        follow_a_night("Europe/Berlin", SPRING / 1000 - 4 * 3600, step_s, 7);
        follow_a_night("America/New_York", 1793512800 - 4 * 3600, step_s, 11); /* 1 November */
        follow_a_night("America/Santiago", 1775358000 - 4 * 3600, step_s,
                       1); /* 5 April, at midnight */
        follow_a_night("Asia/Kathmandu", AUTUMN / 1000, step_s, 5);
        follow_a_night("UTC", AUTUMN / 1000 - 4 * 3600, step_s, 5);
        if (step_s < 25 * 60) /* the hour is half an hour there */
            follow_a_night("Australia/Lord_Howe", 1775314800 - 4 * 3600, step_s, 3);
    }
}

static void test_hour_repeated(void **state)
{
    const int64_t first = AUTUMN - 20 * MINUTE; /* 02:40 in summer time */

    (void)state;
    /* Nothing known: the first, and from its lines on forward. */
    EXPECT(later("2026-10-25 02:40:00"), first, LINETIME_REPEATED);
    EXPECT(later("2026-10-25 02:40:00"), first, LINETIME_REPEATED);
    EXPECT(later("2026-10-25 02:59:59"), AUTUMN - S, LINETIME_REPEATED);
    /* Back by more than disorder: the second. */
    EXPECT(later("2026-10-25 02:40:00"), first + HOUR, LINETIME_REPEATED);
    EXPECT(later("2026-10-25 02:40:00"), first + HOUR, LINETIME_REPEATED);
    /* Around it there is one reading whatever came before. */
    EXPECT(later("2026-10-25 01:59:00"), AUTUMN - 61 * MINUTE, LINETIME_PLAIN);
    EXPECT(later("2026-10-25 03:00:00"), AUTUMN + HOUR, LINETIME_PLAIN);
    EXPECT(later("2026-10-25 02:59:59"), AUTUMN + HOUR - S, LINETIME_REPEATED);
    /* An older file is read from its beginning: what came before says nothing. */
    EXPECT(later("2026-10-25 12:00:00"), AUTUMN + 10 * (int64_t)HOUR, LINETIME_PLAIN);
    EXPECT(later("2026-10-25 02:40:00"), first, LINETIME_REPEATED);
}

static void test_disorder(void **state)
{
    const int64_t first = AUTUMN - 20 * MINUTE;

    (void)state;
    linetime_open(&lines, zone_east, &(struct linetime_kept){first + MINUTE, LINETIME_HOME});
    EXPECT(later("2026-10-25 02:40:00"), first, LINETIME_REPEATED);
    linetime_open(&lines, zone_east, &(struct linetime_kept){first + MINUTE + 1, LINETIME_HOME});
    EXPECT(later("2026-10-25 02:40:00"), first + HOUR, LINETIME_REPEATED);
    /* Late lines of the first hour among those of the second. */
    linetime_open(&lines, zone_east, &(struct linetime_kept){AUTUMN - S, LINETIME_HOME});
    EXPECT(later("2026-10-25 02:00:01"), AUTUMN + S, LINETIME_REPEATED);
    EXPECT(later("2026-10-25 02:59:59"), AUTUMN - S, LINETIME_REPEATED);
    EXPECT(later("2026-10-25 02:00:02"), AUTUMN + 2 * S, LINETIME_REPEATED);
}

/* What was kept before a line, not after it, makes it be read as it was. */
static void test_read_again(void **state)
{
    static const char *const texts[] = {
        "2026-10-25 02:10:00", "2026-10-25 02:58:00", "2026-10-25 02:59:50", "2026-10-25 02:00:10",
        "2026-10-25 02:59:58", "2026-10-25 02:10:00", "2026-10-25 02:58:00", "2026-10-25 03:00:00"};
    enum { COUNT = sizeof(texts) / sizeof(texts[0]) };
    struct linetime_kept kept[COUNT];
    int64_t first_ms[COUNT];

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        kept[i] = linetime_keep(&lines);
        first_ms[i] = later(texts[i]);
    }
    for (size_t from = 0; from < COUNT; from++) {
        linetime_open(&lines, zone_east, &kept[from]);
        for (size_t i = from; i < COUNT; i++)
            assert_int_equal(later(texts[i]), first_ms[i]);
    }
    assert_int_equal(first_ms[2], AUTUMN - 10 * S);
    assert_int_equal(first_ms[3], AUTUMN + 10 * S);
    assert_int_equal(first_ms[4], AUTUMN - 2 * S);
    assert_int_equal(first_ms[5], AUTUMN + 10 * MINUTE);
}

/* The reading that would lie in the future is none. */
static void test_hour_repeated_is_not_over(void **state)
{
    const int64_t first = AUTUMN - 20 * MINUTE;

    (void)state;
    linetime_open(&lines, zone_east, &(struct linetime_kept){first + 5 * MINUTE, LINETIME_HOME});
    EXPECT(at("2026-10-25 02:40:00", first + 50 * MINUTE), first, LINETIME_REPEATED);
}

/* Live, the arrival knows better than lines far before. */
static void test_hour_repeated_live(void **state)
{
    const int64_t first = AUTUMN - 20 * MINUTE;

    (void)state;
    EXPECT(live("2026-10-25 02:40:00", first + 900), first, LINETIME_REPEATED);
    EXPECT(live("2026-10-25 02:50:00", first + 70 * MINUTE + 900), first + 70 * MINUTE,
           LINETIME_REPEATED);
    EXPECT(live("2026-10-25 02:50:00", first + 71 * MINUTE), first + 70 * MINUTE,
           LINETIME_REPEATED);
    EXPECT(live("2026-10-25 02:50:00", first + 71 * MINUTE + 1), first + 71 * MINUTE + 1,
           LINETIME_ARRIVAL);
    /* The lines of the first hour that came so late are not carried over. */
    EXPECT(live("2026-10-25 02:40:00", first + 61 * MINUTE), first + HOUR, LINETIME_REPEATED);
}

static void test_hour_left_out(void **state)
{
    (void)state;
    EXPECT(later("2026-03-29 01:59:59"), SPRING - S, LINETIME_PLAIN);
    EXPECT(later("2026-03-29 03:00:00"), SPRING, LINETIME_PLAIN);
    EXPECT(later("2026-03-29 02:30:00"), SPRING + 30 * MINUTE, LINETIME_SKIPPED);
    EXPECT(live("2026-03-29 02:30:00", SPRING + 30 * MINUTE), SPRING + 30 * MINUTE,
           LINETIME_SKIPPED);
}

static void test_without_year(void **state)
{
    (void)state;
    EXPECT(at("12-31 23:59:59", NEW_YEAR), NEW_YEAR - S, LINETIME_PLAIN);
    EXPECT(at("1-1 0:0:0", NEW_YEAR + 150 * DAY), NEW_YEAR, LINETIME_PLAIN);
    EXPECT(at("1-1 0:0:0", NEW_YEAR - 1), NEW_YEAR, LINETIME_PLAIN); /* a clock a bit ahead */
    EXPECT(at("10-25 03:00:00", AUTUMN + 364 * DAY), AUTUMN + HOUR, LINETIME_PLAIN);
    /* A file that spans the end of a year, read weeks later. */
    EXPECT(later("12-31 23:59:59"), NEW_YEAR - S, LINETIME_PLAIN);
    EXPECT(later("1-1 0:0:0"), NEW_YEAR, LINETIME_PLAIN);
    /* The same minute a year later is another one. */
    EXPECT(at("1-1 0:0:0", NEW_YEAR + 365 * DAY), NEW_YEAR + 365 * DAY, LINETIME_PLAIN);
}

static void test_leap_day_without_year(void **state)
{
    const int64_t leap = 1835438400000; /* 2028-02-29 12:00 UTC */

    (void)state;
    EXPECT(at("2-29 13:00:00", leap + DAY), leap, LINETIME_PLAIN);
    EXPECT(at("2-29 13:00:00", leap + 3 * 365 * DAY), leap, LINETIME_PLAIN);
    EXPECT(at("2-29 13:00:00", leap - DAY), leap - 1461 * DAY, LINETIME_PLAIN);
    /* 2100 has none. */
    EXPECT(at("2-29 13:00:00", 4233636000000), 3981355200000,
           LINETIME_PLAIN); /* in 2104, of 2096 */
}

/* Before 1970 there is nothing. */
static void test_without_year_or_clock(void **state)
{
    (void)state;
    EXPECT(at("7-1 12:00:00", 1000), 1000, LINETIME_ARRIVAL);
}

/* Lines of rspamd in UTC, one each 10 s, read as they are written by an agent in Berlin. */
static int64_t utc_line(int64_t second, bool is_live)
{
    struct line_time time = local("2026-10-24 00:00:00");
    int64_t of_day = 12 * 3600 + second;

    time.hour = (int)(of_day / 3600);
    time.minute = (int)(of_day / 60 % 60);
    time.second = (int)(of_day % 60);
    return linetime_next(&lines, &time, AUTUMN - 13 * (int64_t)HOUR + second * S + 400, is_live,
                         &basis);
}

static void learn_utc(int64_t second)
{
    for (int i = 0; i < LINETIME_VOTES; i++)
        assert_int_equal(utc_line(second + 10 * i, true),
                         AUTUMN - 13 * (int64_t)HOUR + (second + 10 * i) * S + 400);
    assert_int_equal(linetime_keep(&lines).zone_min, 0);
}

static void test_zone_is_learned(void **state)
{
    const int64_t noon = AUTUMN - 13 * (int64_t)HOUR;
    int east_min = 99;

    (void)state;
    for (int i = 0; i < LINETIME_VOTES; i++) {
        assert_int_equal(linetime_keep(&lines).zone_min, LINETIME_HOME);
        assert_false(linetime_is_elsewhere(&lines, noon, &east_min));
        EXPECT(utc_line(10 * i, true), noon + 10 * i * S + 400, LINETIME_ARRIVAL);
    }
    assert_int_equal(linetime_keep(&lines).zone_min, 0);
    assert_true(linetime_is_elsewhere(&lines, noon, &east_min));
    assert_int_equal(east_min, -120);
    /* From now on by what the line tells, also if it is read late. */
    EXPECT(utc_line(100, true), noon + 100 * S, LINETIME_PLAIN);
    EXPECT(at("2026-10-24 08:00:00", noon), noon - 4 * (int64_t)HOUR, LINETIME_PLAIN);
    /* And over the night in which the reader's clock goes back and that of the log does not. */
    EXPECT(later("2026-10-25 00:30:00"), AUTUMN - 30 * MINUTE, LINETIME_PLAIN);
    EXPECT(later("2026-10-25 02:30:00"), AUTUMN + 90 * MINUTE, LINETIME_PLAIN);
    assert_true(linetime_is_elsewhere(&lines, AUTUMN, &east_min));
    assert_int_equal(east_min, -60);
    /* Kept. */
    struct linetime_kept kept = linetime_keep(&lines);
    linetime_open(&lines, zone_east, &kept);
    EXPECT(at("2026-10-24 08:00:00", noon), noon - 4 * (int64_t)HOUR, LINETIME_PLAIN);
    /* Where the reader has the same, there is nothing to tell. */
    zone_set("UTC");
    assert_false(linetime_is_elsewhere(&lines, noon, &east_min));
}

/* Nobody learns from lines that were read at one moment, or late. */
static void test_zone_is_not_learned(void **state)
{
    const int64_t noon = AUTUMN - 13 * (int64_t)HOUR;

    (void)state;
    for (int i = 0; i < 50; i++)
        EXPECT(live("2026-10-24 12:00:00", noon + 400 + i), noon + 400 + i, LINETIME_ARRIVAL);
    for (int i = 0; i < 50; i++)
        utc_line(10 * i, false);
    /* Seven, and one that is right. */
    for (int i = 0; i < 50; i++)
        if (i % LINETIME_VOTES == 0)
            live("2026-10-24 14:00:00", noon + 400);
        else
            utc_line(1000 + 10 * i, true);
    /* Seven, and one of another zone. */
    linetime_open(&lines, zone_east, NULL);
    for (int i = 0; i < 50; i++)
        if (i % LINETIME_VOTES == 0)
            live("2026-10-24 13:00:00", noon + 400);
        else
            utc_line(1000 + 10 * i, true);
    assert_int_equal(linetime_keep(&lines).zone_min, LINETIME_HOME);
}

/* A clock that is wrong is in no zone. */
static void test_wrong_clock(void **state)
{
    static const char *const texts[] = {"14:07:00", "13:53:00", "2:08:00",
                                        "1:07:30",  "14:13:59", "14:16:14"};
    const int64_t noon = AUTUMN - 13 * (int64_t)HOUR;
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        for (int n = 0; n < 3 * LINETIME_VOTES; n++) {
            snprintf(text, sizeof(text), "2026-10-24 %s", texts[i]);
            EXPECT(live(text, noon + n * 2 * S % (14 * S)), noon + n * 2 * S % (14 * S),
                   LINETIME_ARRIVAL);
        }
    assert_int_equal(linetime_keep(&lines).zone_min, LINETIME_HOME);
}

static void expect_zone(const char *text, int64_t arrival_ms, int32_t zone_min)
{
    begin(NULL);
    for (int i = 0; i < LINETIME_VOTES; i++)
        live(text, arrival_ms + i * LINETIME_VOTE_MS);
    assert_int_equal(linetime_keep(&lines).zone_min, zone_min);
}

static void test_zones_of_the_world(void **state)
{
    const int64_t noon = AUTUMN - 13 * (int64_t)HOUR;

    (void)state;
    expect_zone("2026-10-24 17:45:00", noon, 345);
    expect_zone("2026-10-24 17:46:00", noon + 7 * S, 345);
    expect_zone("2026-10-24 17:44:08", noon + S, 345);
    expect_zone("2026-10-24 08:30:00", noon, -210);
    expect_zone("2026-10-24 00:00:00", noon, -720);
    expect_zone("2026-10-25 02:00:00", noon, 840);
    expect_zone("2026-10-23 23:45:00", noon, LINETIME_HOME);
    expect_zone("2026-10-25 02:15:00", noon, LINETIME_HOME);
    expect_zone("10-24 08:30:00", noon, -210);
    expect_zone("10-25 02:00:00", noon, 840);
}

static void test_zone_is_forgotten(void **state)
{
    const int64_t noon = AUTUMN - 13 * (int64_t)HOUR;

    (void)state;
    learn_utc(0);
    /* Both have the same TZ again: right at once, forgotten after a while. */
    for (int i = 0; i < LINETIME_VOTES; i++) {
        assert_int_equal(linetime_keep(&lines).zone_min, 0);
        EXPECT(live("2026-10-24 14:02:00", noon + 2 * MINUTE + i * S), noon + 2 * MINUTE,
               LINETIME_PLAIN);
    }
    assert_int_equal(linetime_keep(&lines).zone_min, LINETIME_HOME);
    EXPECT(live("2026-10-24 14:02:00", noon + 2 * MINUTE), noon + 2 * MINUTE, LINETIME_PLAIN);
    /* A clock that has become wrong. */
    learn_utc(200);
    for (int i = 0; i < LINETIME_VOTES; i++)
        EXPECT(live("2026-10-24 14:09:00", noon + 2 * MINUTE + i * S), noon + 2 * MINUTE + i * S,
               LINETIME_ARRIVAL);
    assert_int_equal(linetime_keep(&lines).zone_min, LINETIME_HOME);
    /* Another zone. */
    learn_utc(400);
    for (int i = 0; i < LINETIME_VOTES; i++)
        live("2026-10-24 13:02:00", noon + 2 * MINUTE + i * S);
    assert_int_equal(linetime_keep(&lines).zone_min, 60);
}

/* Seven against it, and one for it. */
static void test_zone_stays(void **state)
{
    const int64_t noon = AUTUMN - 13 * (int64_t)HOUR;

    (void)state;
    learn_utc(0);
    for (int i = 0; i < 50; i++)
        if (i % LINETIME_VOTES == 0)
            utc_line(200, true);
        else
            live("2026-10-24 14:02:00", noon + 2 * MINUTE + i * S);
    assert_int_equal(linetime_keep(&lines).zone_min, 0);
}

/* In winter London has UTC: a log of UTC is no reason to forget what summer taught. */
static void test_zone_that_agrees_in_winter(void **state)
{
    (void)state;
    zone_set("Europe/London");
    linetime_open(&lines, zone_east, &(struct linetime_kept){0, 0});
    for (int i = 0; i < 3 * LINETIME_VOTES; i++)
        EXPECT(live("2026-12-24 12:00:00", 1798113600000 + i * 2 * S), 1798113600000,
               LINETIME_PLAIN);
    assert_int_equal(linetime_keep(&lines).zone_min, 0);
}

/* A clock set back must not stop the learning. */
static void test_arrival_goes_back(void **state)
{
    const int64_t noon = AUTUMN - 13 * (int64_t)HOUR;

    (void)state;
    for (int i = 0; i < LINETIME_VOTES; i++)
        live("2026-10-24 12:00:00", noon - i * S);
    assert_int_equal(linetime_keep(&lines).zone_min, 0);
}

/* What a damaged database may hold. */
static void test_odd_kept(void **state)
{
    static const int32_t zones[] = {-721, -735, 855, 1, -1, INT32_MIN, INT32_MAX - 1, 1000000};

    (void)state;
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        linetime_open(&lines, zone_east, &(struct linetime_kept){-5, zones[i]});
        assert_int_equal(linetime_keep(&lines).zone_min, LINETIME_HOME);
        assert_int_equal(linetime_keep(&lines).previous_ms, 0);
    }
    linetime_open(&lines, zone_east, &(struct linetime_kept){INT64_MAX, 840});
    assert_int_equal(linetime_keep(&lines).zone_min, 840);
    linetime_open(&lines, zone_east, &(struct linetime_kept){INT64_MAX, LINETIME_HOME});
    EXPECT(later("2026-10-25 02:40:00"), AUTUMN - 20 * MINUTE, LINETIME_REPEATED);
}

static void test_doubts(void **state)
{
    struct linetime_doubts doubts = {0};

    (void)state;
    linetime_doubts_add(&doubts, LINETIME_PLAIN, 1);
    linetime_doubts_add(&doubts, LINETIME_EXACT, 2);
    linetime_doubts_add(&doubts, LINETIME_REPEATED, 3);
    linetime_doubts_add(&doubts, LINETIME_SKIPPED, 4);
    linetime_doubts_add(&doubts, LINETIME_UNTOLD, 5);
    linetime_doubts_add(&doubts, LINETIME_ARRIVAL, 6);
    linetime_doubts_add(&doubts, LINETIME_REPEATED, 7);
    linetime_doubts_add(&doubts, LINETIME_REPEATED, 9);
    assert_int_equal(doubts.repeated.count, 3);
    assert_int_equal(doubts.repeated.first_line, 3);
    assert_int_equal(doubts.repeated.last_line, 9);
    assert_int_equal(doubts.skipped.count, 1);
    assert_int_equal(doubts.skipped.first_line, 4);
    assert_int_equal(doubts.skipped.last_line, 4);
    assert_int_equal(doubts.untold.first_line, 5);
    assert_int_equal(doubts.impossible.first_line, 6);
}

static void pass(const char *line)
{
    linetime_pass(&lines, line, strlen(line), NEW_YEAR + 30 * DAY, false);
}

static int64_t previous(void)
{
    return linetime_keep(&lines).previous_ms;
}

#define FILE_REST " #77(rspamd_proxy) <aa0001>; proxy; rspamd_worker_term: text"
#define SYSLOG_REST " mx1 rspamd[77]: <aa0001>; proxy; rspamd_worker_term: text"

/* Lines that are no hits tell the hours apart. */
static void test_every_line_counts(void **state)
{
    (void)state;
    EXPECT(later("2026-10-25 02:50:00"), AUTUMN - 10 * MINUTE, LINETIME_REPEATED);
    pass("2026-10-25 02:10:59" FILE_REST);
    EXPECT(later("2026-10-25 02:55:00"), AUTUMN + 55 * MINUTE, LINETIME_REPEATED);
}

static void test_every_form_passes(void **state)
{
    static const char *const texts[] = {
        "2026-11-23 10:44:59" FILE_REST,
        "2026-11-23 10:44:59.123456 [notice]" FILE_REST,
        "\033[0;37m2026-11-23 10:44:59" FILE_REST,
        "\033[0m\033[0;37m2026-11-23 10:44:59" FILE_REST,
        "Nov 23 10:44:59" SYSLOG_REST,
        "2026-11-23T10:44:59.123+01:00" SYSLOG_REST,
    };
    static const char *const others[] = {
        "",
        "2",
        "2026-11-23 10:44",
        "Nov 23 10:44",
        "\033[0;37m",
        "\033[0;37m2026-11-23 10:44:59 #77(",
        "2026-11-23 10:44:59 #x(rspamd_proxy) <aa0001>; proxy; f: text",
        "2026-11-32 10:44:59" FILE_REST,
        "Nov 23 10:44:59 mx1 postfix/smtpd[77]: text",
        "(rspamd_proxy) <aa0001>; proxy; rspamd_worker_term: text",
        "{\"ts\": 1795427040.1, \"pid\": 77, \"severity\": \"info\"}",
        " 2026-11-23 10:44:59" FILE_REST,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        begin(NULL);
        pass(texts[i]);
        assert_int_equal(previous(), 1795427040000);
    }
    begin(NULL);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        pass(others[i]);
    assert_int_equal(previous(), 0);
    /* They do not hide those between them. */
    pass(others[8]);
    pass(texts[4]);
    assert_int_equal(previous(), 1795427040000);
    pass("Nov 23 10:45:00" SYSLOG_REST);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        pass(others[i]);
    assert_int_equal(previous(), 1795427100000);
}

static int looks;

static bool counted_zone(int64_t instant_s, int64_t *east_s)
{
    looks++;
    return zone_east(instant_s, east_s);
}

/* One look for each minute at most: four questions. */
static void test_lines_of_a_minute_are_cheap(void **state)
{
    (void)state;
    looks = 0;
    linetime_open(&lines, counted_zone, NULL);
    for (int i = 0; i < 1000; i++) {
        pass("2026-10-25 02:44:59" FILE_REST);
        later("2026-10-25 02:44:30");
    }
    assert_int_equal(looks, 4);
    pass("2026-11-23 10:44:59" FILE_REST);
    pass("2026-11-23 10:44:00" FILE_REST);
    assert_int_equal(looks, 6);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_plain),
        TEST(test_exact),
        TEST(test_untold),
        TEST(test_impossible),
        TEST(test_zone_that_cannot_tell),
        TEST(test_leap_second),
        TEST(test_midnight),
        TEST(test_nights),
        TEST(test_hour_repeated),
        TEST(test_disorder),
        TEST(test_read_again),
        TEST(test_hour_repeated_is_not_over),
        TEST(test_hour_repeated_live),
        TEST(test_hour_left_out),
        TEST(test_without_year),
        TEST(test_leap_day_without_year),
        TEST(test_without_year_or_clock),
        TEST(test_zone_is_learned),
        TEST(test_zone_is_not_learned),
        TEST(test_wrong_clock),
        TEST(test_zones_of_the_world),
        TEST(test_zone_is_forgotten),
        TEST(test_zone_stays),
        TEST(test_zone_that_agrees_in_winter),
        TEST(test_arrival_goes_back),
        TEST(test_odd_kept),
        TEST(test_doubts),
        TEST(test_every_line_counts),
        TEST(test_every_form_passes),
        TEST(test_lines_of_a_minute_are_cheap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
