/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The zone of the test program, which core does not know.
 */
#ifndef BANSYNC_TEST_ZONE_H
#define BANSYNC_TEST_ZONE_H

#include <stdbool.h>
#include <stdint.h>

/* A name of the zone database, or a POSIX rule. Fails the test if it is not there. */
void zone_set(const char *name);

/* A calendar_zone_fn. */
bool zone_east(int64_t instant_s, int64_t *east_s);

#endif
