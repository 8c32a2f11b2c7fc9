/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl export: all bans, in a format that import reads.
 */
#ifndef BANSYNC_CTL_EXPORT_H
#define BANSYNC_CTL_EXPORT_H

#include "args.h"

/* Prints them as they come, however many there are, and returns an exit code; what was printed is
 * whole only if that is 0. */
int export_run(const struct args *args);

#endif
