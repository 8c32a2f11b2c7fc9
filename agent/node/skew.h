/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the own clock is off from the cluster's; see also node_ref_ms and node_clock_is_off.
 */
#ifndef BANSYNC_NODE_SKEW_H
#define BANSYNC_NODE_SKEW_H

#include "node.h"

/* A saved clock that was ahead of the wall clock at start is settled when the wall clock has caught up with it (NTP), or when
 * at least two peers agree with the wall clock: then it was the saved clock that was wrong. */
void skew_settle(struct node *node, const struct now *now);

#endif
