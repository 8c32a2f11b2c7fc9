/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl top: who approaches a ban, once or every second until somebody has seen enough.
 */
#ifndef BANSYNC_CTL_TOP_H
#define BANSYNC_CTL_TOP_H

#include "args.h"

/* Once with --once, --json, or without a terminal that can be written anywhere; else on the whole
 * screen, anew every second, when the size of the window changes and after a stop. An error ends
 * it. Returns the exit code. */
int top_run(const struct args *args);

#endif
