/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the own clock is off from the cluster's; see also node_ref_ms and node_clock_is_off.
 */
#ifndef BANSYNC_NODE_SKEW_H
#define BANSYNC_NODE_SKEW_H

#include "parts.h"

/* Median of the known wall clocks; of an even number the own one decides between the two in the
 * middle (docs/DESIGN.md section 4). With fewer than three: what it was when three were last known,
 * carried on by the monotonic clock, if that is at most 7 d ago; else the own one. */
int64_t node_ref_ms(const struct node *node, const struct now *now);

/* A PING came in: remembers the time of the cluster if three clocks are known. */
void skew_listen(struct node *node, const struct now *now);

/* True if this node's clock must not be trusted for stamps: then *off_ms says how far it is off (0:
 * saved clock ahead). */
bool node_clock_is_off(const struct node *node, const struct now *now, int64_t *off_ms);

/* At start: takes up the clock of the last commit (0: there is none), or holds it: if it is ahead
 * of the wall clock, or so far behind that the clocks of two peers are waited for, 10 s at most. */
void skew_begin(struct node *node, const struct now *now, uint64_t saved_hlc);

/* True while the peers' clocks are waited for. */
bool skew_is_waiting(const struct node *node, const struct now *now);

/* A saved clock that was ahead of the wall clock at start is settled when the wall clock has caught
 * up with it (NTP), or when more than half of at least three clocks agree with it: then it was the
 * saved clock that was wrong. */
void skew_settle(struct node *node, const struct now *now);

#endif
