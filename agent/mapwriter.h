/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the map is written: the first change after quiet at once, the next not before max(coalesce,
 * 100 us x entries), as rspamd reads all of it again each time.
 */
#ifndef BANSYNC_MAPWRITER_H
#define BANSYNC_MAPWRITER_H

#include "agent.h"

/* At start: opens the file, refuses one that is not ours. 0 or -1 (logged). After the state was
 * loaded. */
int mapwriter_open(struct agent *agent);

/* Adds to the turn's transaction that entries of a former map are kept, or are not. */
void mapwriter_persist(struct agent *agent);

void mapwriter_close(struct agent *agent);

/* Writes if it is due. */
void mapwriter_turn(struct agent *agent);

/* ms until it wants to write, at most wait_ms. */
int64_t mapwriter_wait_ms(const struct agent *agent, int64_t wait_ms);

/* Reads the file and tells the node its hash (PINGs that asked for it are answered). */
void mapwriter_tell(struct agent *agent);

#endif
