/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations as operators write them: one number, one unit from a table.
 *
 * Does not: add several ("1h30m"), know signs, blanks, fractions or leading zeros.
 */
#include "duration.h"

#include <stddef.h>
#include <string.h>

#include <bansync/limits.h>

#define DIGITS_MAX 15
#define DURATION_MS_MAX 3153600000000 /* 36500 d: a time that far ahead does not overflow */

struct duration_unit {
    const char *name;
    int64_t ms;
};

static const struct duration_unit units[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000},
};

static int64_t unit_ms(const char *name);

int duration_parse(const char *text, int64_t *ms)
{
    if (strcmp(text, "perm") == 0 || strcmp(text, "permanent") == 0) {
        *ms = TIME_NEVER_MS;
        return 0;
    }
    size_t digits = strspn(text, "0123456789");
    int64_t unit = unit_ms(text + digits);
    if (digits < 1 || digits > DIGITS_MAX || (digits > 1 && text[0] == '0') || unit == 0)
        return -1;
    int64_t number = 0;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    if (number > DURATION_MS_MAX / unit)
        return -1;
    *ms = number * unit;
    return 0;
}

static int64_t unit_ms(const char *name)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(name, units[i].name) == 0)
            return units[i].ms;
    }
    return 0;
}
