/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C library's zones.
 */
#include "zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* A zone that is not there would be UTC, without a word. */
void zone_set(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
    if (strchr(name, ',') == NULL && access(path, R_OK) != 0)
        fail_msg("no %s: the package tzdata is needed", path);
    assert_int_equal(setenv("TZ", name, 1), 0);
    tzset();
}

bool zone_east(int64_t instant_s, int64_t *east_s)
{
    struct tm local;
    time_t instant = (time_t)instant_s;

    if (localtime_r(&instant, &local) == NULL)
        return false;
    *east_s = local.tm_gmtoff;
    return true;
}
