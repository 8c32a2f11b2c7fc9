/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks, the zone of this process, and times as text.
 *
 * Does not: notice a change of the zone while running (neither does rspamd).
 */
#include "clock.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS_PER_S 1000

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;
    int failed = clock_gettime(clock, &now);

    assert(failed == 0);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / 1000000;
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

bool clock_zone(int64_t instant_s, int64_t *east_s)
{
    struct tm local;
    time_t instant = (time_t)instant_s;

    if (localtime_r(&instant, &local) == NULL)
        return false;
    *east_s = local.tm_gmtoff;
    return true;
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
