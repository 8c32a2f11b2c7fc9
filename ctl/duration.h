/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations as operators write them: 500ms 90s 10m 1h 7d 2w, perm or permanent.
 */
#ifndef BANSYNC_CTL_DURATION_H
#define BANSYNC_CTL_DURATION_H

#include <stdint.h>

/* One number and one unit, nothing else, to ms, at most 36500 d; permanent is TIME_NEVER_MS. The
 * same texts as in bansync.conf(5), and "perm". Returns 0, or -1 and leaves *ms alone. */
int duration_parse(const char *text, int64_t *ms);

#endif
