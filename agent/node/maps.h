/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map and the user map of a node, kept drawn: single bans are put in and taken out, and all is
 * drawn again where that does not do.
 */
#ifndef BANSYNC_NODE_MAPS_H
#define BANSYNC_NODE_MAPS_H

#include "parts.h"

/* Both maps must follow what became of addr's ban; of all if its kind is 0. */
void node_map_changed(struct node *node, const struct addr *addr);

/* map(state, tick), brought up to date if needed; valid until the next turn. NULL without memory.
 */
const struct map_text *node_map(struct node *node);

/* Likewise the user map, which is drawn with it. */
const struct map_text *node_usermap(struct node *node);

/* How many accounts were banned when they were drawn last, also those that no line can name. */
size_t node_accounts(const struct node *node);

/* Hash of a map's text. */
uint64_t node_text_hash(const struct node *node, const char *bytes, size_t size);

/* Hash of the maps, as PINGs carry it. A user map without entries (users_size 0, or its first line
 * alone) adds nothing: so nodes agree that know no accounts. */
uint64_t node_map_hash(const struct node *node, const char *bytes, size_t size, const char *users,
                       size_t users_size);

/* Likewise, of a map whose node_text_hash is known. */
uint64_t node_maps_hash(const struct node *node, uint64_t text_hash, const char *users,
                        size_t users_size);

/* Frees them. */
void node_maps_close(struct node *node);

#endif
