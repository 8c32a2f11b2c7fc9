/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the own log and the state: strikes that the brake holds, their rows, and what becomes of
 * them when an operator has spoken.
 *
 * A row of the store is the strike's entry and one byte behind it that tells if it was dropped; its
 * key is subject and id, most significant byte first. Nothing else of a held strike leaves this
 * node.
 */
#ifndef BANSYNC_NODE_HOLD_H
#define BANSYNC_NODE_HOLD_H

#include "parts.h"

/* True if the strike, whose origin is this node, must not enter the state: it is held, was dropped,
 * or there is no room for it. */
bool hold_take(struct node *node, const struct addr *addr, const struct strike *strike);

/* Strikes that are let go in a turn: each dirties pages of its own in the database. */
#define HOLD_SLICE_MAX 100

/* Key and bytes of a row. */
#define HOLD_ROW_BYTES_MAX 512
size_t hold_write_key(const struct addr *addr, const struct strike *strike,
                      uint8_t key[ENTRY_KEY_BYTES_MAX]);
size_t hold_write_row(const struct addr *addr, const struct strike *strike, bool dropped,
                      uint8_t bytes[HOLD_ROW_BYTES_MAX]);

/* A row of the store; false: malformed, or no memory. */
bool hold_load(struct node *node, const uint8_t *bytes, size_t size);

/* Once a turn: releases and drops the next slice, and forgets what is beyond the horizon or has
 * come into the state by other ways, with no earlier time than is held. */
void hold_tick(struct node *node, const struct now *now);

#endif
