/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is refused between this node and a peer, in words, with what to do about it.
 */
#ifndef BANSYNC_REFUSAL_H
#define BANSYNC_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

#include "parts.h"

/* True if none of the peer's frames are taken here, and one came within the last minute. */
bool refusal_is_total(const struct node_peer *peer, const struct now *now);

/* Writes what of the peer is refused here, what of this node it refuses, or both; false if neither
 * happened within the last minute. */
bool refusal_print(const struct node_peer *peer, const struct now *now, char *out, size_t size);

#endif
