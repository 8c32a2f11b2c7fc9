/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to repair: compares the roots of every PING with the own ones.
 */
#ifndef BANSYNC_NODE_COMPARE_H
#define BANSYNC_NODE_COMPARE_H

#include "parts.h"

/* Number of descents with one peer that may follow each other before the next has to wait. */
#define COMPARE_DESCENTS_MAX 3

/* Compares with the PING just taken from peer and starts a descent if it calls for one. */
void compare_ping(struct node *node, const struct now *now, size_t peer);

/* If no descent is under way: begins one, of the peers whose PINGs called for it with that whose
 * last one is the longest ago, so that none keeps the others waiting. */
void compare_begin(struct node *node, const struct now *now);

/* Behind a descent of one kind: goes on with the next kind that differed, then with another peer.
 */
void compare_next(struct node *node, const struct now *now, size_t peer, enum entry_kind kind);

/* An operator does not want to wait: all peers that differ now are descended into without a pause,
 * and greeted so that they look, too; the map is drawn anew, the own state checked as a whole. */
void compare_now(struct node *node, const struct now *now);

#endif
