/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the next version of the program will speak: more fields behind those of today, types of
 * messages and kinds of entries that nobody knows yet.
 */
#ifndef BANSYNC_SIM_VERSION_H
#define BANSYNC_SIM_VERSION_H

#include "sim.h"

/* Changes a frame to what the next version would send instead; *bytes is on the heap. */
void version_extend(struct sim *sim, uint8_t **bytes, size_t *size);

/* A message of a type to come, made of any frame and as long as that; on the heap. */
uint8_t *version_unknown(const uint8_t *bytes, size_t size);

#endif
