/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One number for each row of counter.def.
 */
#ifndef BANSYNC_CORE_COUNTERS_H
#define BANSYNC_CORE_COUNTERS_H

#include <stdint.h>

struct counters {
#define COUNTER(name, alarm, meaning) uint64_t name;
#include <bansync/counter.def>
#undef COUNTER
};

#endif
