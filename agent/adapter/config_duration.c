/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole numbers and durations as the configuration writes them.
 *
 * One number and one unit: a sum of units would only be a second way to write the same.
 */
#include "config_duration.h"

#include <stdio.h>
#include <string.h>

#include "config.h"

#define DIGITS "0123456789"
#define NUMBER_DIGITS_MAX 15
#define DURATION_MS_MAX 3153600000000 /* 36500 d: a time that far ahead does not overflow */

static const struct {
    const char *name;
    int64_t ms;
} units[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000},
};

int config_duration_parse(const char *text, int64_t *ms)
{
    if (strcmp(text, "permanent") == 0) {
        *ms = TIME_NEVER_MS;
        return 0;
    }
    size_t digits = strspn(text, DIGITS);
    int64_t number;
    if (config_number_parse(text, digits, &number))
        return -1;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits, units[i].name) != 0)
            continue;
        if (number > DURATION_MS_MAX / units[i].ms)
            return -1;
        *ms = number * units[i].ms;
        return 0;
    }
    return -1;
}

int config_number_parse(const char *text, size_t length, int64_t *number)
{
    if (length < 1 || length > NUMBER_DIGITS_MAX || strspn(text, DIGITS) < length ||
        (length > 1 && text[0] == '0'))
        return -1;
    *number = 0;
    for (size_t i = 0; i < length; i++)
        *number = *number * 10 + (text[i] - '0');
    return 0;
}

const char *config_duration_print(int64_t ms, char text[CONFIG_DURATION_SIZE])
{
    if (ms == TIME_NEVER_MS)
        snprintf(text, CONFIG_DURATION_SIZE, "permanent");
    else if (ms % 3600000 == 0 && ms > 0)
        snprintf(text, CONFIG_DURATION_SIZE, "%lldh", (long long)(ms / 3600000));
    else if (ms % 1000 == 0 && ms > 0)
        snprintf(text, CONFIG_DURATION_SIZE, "%llds", (long long)(ms / 1000));
    else
        snprintf(text, CONFIG_DURATION_SIZE, "%lldms", (long long)ms);
    return text;
}
