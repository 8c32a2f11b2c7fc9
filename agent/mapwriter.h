/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written to the map file, and when: the first change after quiet at once, the next not
 * before max(coalesce, 100 us x entries), as rspamd reads all of it again each time.
 *
 * In mode enforce the file holds the map, and beside it what heldmap keeps. In mode observe
 * FILE.would holds the map, nothing is added to the file, and what was lifted or has ended leaves
 * it; a file that is not ours is left alone.
 */
#ifndef BANSYNC_MAPWRITER_H
#define BANSYNC_MAPWRITER_H

#include "agent.h"

#define MAPWRITER_BYTES_MAX 268435456 /* of a map file that is read */

/* At start: opens the files. 0 or -1 (logged). After the state was loaded. */
int mapwriter_open(struct agent *agent);

void mapwriter_close(struct agent *agent);

/* Writes if it is due. */
void mapwriter_turn(struct agent *agent);

/* The file is compared with the map, and written if it differs, at the next turn. */
void mapwriter_now(struct agent *agent);

/* ms until it wants to write, at most wait_ms. */
int64_t mapwriter_wait_ms(const struct agent *agent, int64_t wait_ms);

/* ms from one writing to the next, of a map like this node's. */
int64_t mapwriter_pause_ms(const struct agent *agent);

/* Reads the file that holds the map and tells the node its hash (PINGs that asked for it are
 * answered). */
void mapwriter_tell(struct agent *agent);

/* The file that is to hold the map: FILE, in mode observe FILE.would. */
struct mapfile *mapwriter_target(const struct agent *agent);

/* After a reload that may have changed the mode: text becomes what that means for the map, "" if it
 * did not. would: mapwriter_would_count before the reload. */
void mapwriter_switch(struct agent *agent, bool observed, size_t would, char *text,
                      size_t text_size);

/* Reads the file, ours or not. 0, and the caller frees *bytes; or -1, also if it is not ours and
 * too large to be taken over. */
int mapwriter_file(const struct agent *agent, char **bytes, size_t *size);

/* Reads the prefixes of the file, as they are in force. 0; or -1, as mapwriter_file. The caller
 * clears them. */
int mapwriter_prefixes(const struct agent *agent, struct prefixes *prefixes);

/* Entries of map(state) that are not in FILE now and would be if the mode were enforce; all of them
 * if FILE cannot be read. */
size_t mapwriter_would_count(struct agent *agent);

/* SHA-256 of what the file holds, in hexadecimal: computed when it is asked for the first time
 * after a change. "" if the file cannot be read. Valid until the next turn. */
const char *mapwriter_sha256(struct agent *agent);

#endif
