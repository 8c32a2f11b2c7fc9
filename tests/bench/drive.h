/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the benchmarks that drive a node share: the time as a node has it, and the end of a program
 * that cannot go on.
 */
#ifndef BANSYNC_BENCH_DRIVE_H
#define BANSYNC_BENCH_DRIVE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ban.h"
#include "node.h"

static inline void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
    exit(1);
}

static inline struct now now_of(void)
{
    return (struct now){ban_now_ms(), (int64_t)(wall_s() * 1000)};
}

#endif
