/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out when a test wants it to: malloc, calloc, realloc, strdup and strndup of the
 * rings and of the test, not of libraries.
 *
 * A sweep lets each allocation of an action fail in turn:
 *
 *     for (size_t spared = 0, refused = 1; refused > 0; spared++) {
 *         scarce_begin(spared, 1);
 *         ...
 *         refused = scarce_end();
 *     }
 */
#ifndef BANSYNC_TESTS_SCARCE_H
#define BANSYNC_TESTS_SCARCE_H

#include <stdbool.h>
#include <stddef.h>

/* From now on spared allocations are granted, then refused ones are not (SIZE_MAX: none is granted
 * any more), then all are again. */
void scarce_begin(size_t spared, size_t refused);

/* Ends that; returns how many were refused. */
size_t scarce_end(void);

/* While held, allocations are granted and not counted: those of the test itself. */
void scarce_hold(bool held);

#endif
