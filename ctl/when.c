/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times for people, from a table of units.
 *
 * Does not: know time zones: answers are in UTC, and lengths of time need none. What is to be local
 * goes through the adapter clock.
 */
#include "when.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"

struct when_unit {
    int64_t ms;
    char letter;
};

#define HALF_A_YEAR_MS (183 * INT64_C(86400000))

static const struct when_unit units[] = {
    {86400000, 'd'},
    {3600000, 'h'},
    {60000, 'm'},
    {1000, 's'},
};

enum { UNIT_COUNT = sizeof(units) / sizeof(units[0]) };

static int64_t clock_ms(clockid_t clock);
static size_t largest_unit(int64_t ms);
static size_t smallest_shown(size_t largest);
static bool read_digits(const char **text, size_t count, int *number);

int64_t when_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t when_monotonic_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int when_parse(const char *text, int64_t *ms)
{
    struct tm tm = {.tm_isdst = 0};
    int *const fields[] = {&tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                           &tm.tm_hour, &tm.tm_min, &tm.tm_sec};
    static const char separators[] = "--T::";
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!read_digits(&text, i == 0 ? 4 : 2, fields[i]))
            return -1;
        if (i < strlen(separators) && *text++ != separators[i])
            return -1;
    }
    if (*text == '.')
        text += 1 + strspn(text + 1, "0123456789");
    if (strcmp(text, "Z") != 0)
        return -1;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *ms = (int64_t)timegm(&tm) * 1000;
    return 0;
}

void when_local(const char *time, char day[WHEN_TEXT_SIZE], char clock[WHEN_TEXT_SIZE])
{
    char text[CLOCK_TEXT_SIZE];
    int64_t ms;
    snprintf(day, WHEN_TEXT_SIZE, "-");
    snprintf(clock, WHEN_TEXT_SIZE, "-");
    if (!time || when_parse(time, &ms) < 0)
        return;
    clock_print_local(ms, text); /* 2026-11-23T10:44:00+01:00 */
    snprintf(day, WHEN_TEXT_SIZE, "%.10s", text);
    snprintf(clock, WHEN_TEXT_SIZE, "%.8s", text + strlen("2026-11-23T"));
}

const char *when_short(const char *time, int64_t now_ms, char text[WHEN_TEXT_SIZE])
{
    int64_t ms;
    if (!time || when_parse(time, &ms) < 0)
        snprintf(text, WHEN_TEXT_SIZE, "%s", time ? time : "-");
    else if (ms - now_ms > HALF_A_YEAR_MS || now_ms - ms > HALF_A_YEAR_MS)
        snprintf(text, WHEN_TEXT_SIZE, "%.10s", time);
    else /* the rest of 2026-11-23T09:44:00Z */
        snprintf(text, WHEN_TEXT_SIZE, "%.5s %.5sZ", time + strlen("2026-"),
                 time + strlen("2026-11-23T"));
    return text;
}

/* Rounding comes first: 59.7 s is "1m", and 7 d less a second is "7d". */
void when_span(int64_t ms, char text[WHEN_TEXT_SIZE])
{
    size_t i = largest_unit(ms);
    size_t smallest = smallest_shown(i);
    int64_t over = ms % units[smallest].ms;
    ms -= over;
    if (over >= units[smallest].ms / 2 && ms <= INT64_MAX - units[smallest].ms)
        ms += units[smallest].ms;
    i = largest_unit(ms);
    smallest = smallest_shown(i);
    int64_t rest = ms % units[i].ms / units[smallest].ms;
    int length =
        snprintf(text, WHEN_TEXT_SIZE, "%lld%c", (long long)(ms / units[i].ms), units[i].letter);
    if (rest > 0)
        snprintf(text + length, WHEN_TEXT_SIZE - (size_t)length, " %lld%c", (long long)rest,
                 units[smallest].letter);
}

void when_span_long(int64_t ms, char text[WHEN_TEXT_SIZE])
{
    size_t i = largest_unit(ms);
    int length =
        snprintf(text, WHEN_TEXT_SIZE, "%lld%c", (long long)(ms / units[i].ms), units[i].letter);
    if (i + 1 < UNIT_COUNT)
        snprintf(text + length, WHEN_TEXT_SIZE - (size_t)length, " %lld%c",
                 (long long)(ms % units[i].ms / units[i + 1].ms), units[i + 1].letter);
}

const char *when_relative(const char *time, int64_t now_ms, const char *absent,
                          char text[WHEN_TEXT_SIZE])
{
    if (!time)
        return absent;
    int64_t ms;
    char span[WHEN_TEXT_SIZE];
    if (when_parse(time, &ms) < 0) {
        snprintf(text, WHEN_TEXT_SIZE, "%s", time);
    } else if (ms > now_ms) {
        when_span(ms - now_ms, span);
        snprintf(text, WHEN_TEXT_SIZE, "in %.24s", span);
    } else {
        when_span(now_ms - ms, span);
        snprintf(text, WHEN_TEXT_SIZE, "%.24s ago", span);
    }
    return text;
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Index of the largest unit that fits; the smallest if none does. */
static size_t largest_unit(int64_t ms)
{
    size_t i = 0;
    while (i + 1 < UNIT_COUNT && ms < units[i].ms)
        i++;
    return i;
}

/* Days are shown with hours, hours with minutes; what is shorter needs no second unit. */
static size_t smallest_shown(size_t largest)
{
    return units[largest].ms >= 3600000 ? largest + 1 : largest;
}

static bool read_digits(const char **text, size_t count, int *number)
{
    *number = 0;
    for (size_t i = 0; i < count; i++) {
        char digit = (*text)[i];
        if (digit < '0' || digit > '9')
            return false;
        *number = *number * 10 + (digit - '0');
    }
    *text += count;
    return true;
}
