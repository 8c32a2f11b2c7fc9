/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One part of a message: bytes that belong to somebody else.
 */
#ifndef BANSYNC_ADAPTER_BUS_PART_H
#define BANSYNC_ADAPTER_BUS_PART_H

#include <stddef.h>

struct bus_part {
    const void *bytes;
    size_t size;
};

#endif
