/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks msgpack bytes without allocating, before msgpack-c may see them.
 *
 * msgpack-c reserves what a header declares: five hostile bytes ask it for gigabytes. The fence
 * refuses that.
 */
#ifndef BANSYNC_WIRE_FENCE_H
#define BANSYNC_WIRE_FENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Deepest nesting of arrays and maps that a frame may have. */
#define FENCE_DEPTH_MAX 4

/* True if bytes are exactly one well-formed msgpack object: every declared count and length fits in
 * the bytes left, nesting <= FENCE_DEPTH_MAX, nothing behind the object, no ext types, no map. No
 * allocation, no recursion, linear. */
bool fence_check(const uint8_t *bytes, size_t size);

#endif
