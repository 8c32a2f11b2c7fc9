/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hybrid logical clock, see stamp.h.
 */
#include "stamp.h"

#include <bansync/limits.h>

int stamp_compare(const struct stamp *a, const struct stamp *b)
{
    if (a->hlc != b->hlc)
        return a->hlc < b->hlc ? -1 : 1;
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return 0;
}

int64_t stamp_ms(uint64_t hlc)
{
    return (int64_t)(hlc >> 16);
}

uint64_t stamp_tick(uint64_t hlc)
{
    return (hlc >> 16) / TICK_MS;
}

uint64_t stamp_next(uint64_t hlc, int64_t wall_ms)
{
    uint64_t wall = wall_ms > 0 ? (uint64_t)wall_ms << 16 : 0;

    return wall > hlc ? wall : hlc + 1;
}
