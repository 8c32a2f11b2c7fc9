/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the writer of the map share.
 */
#ifndef BANSYNC_MAPWRITER_PART_H
#define BANSYNC_MAPWRITER_PART_H

#include "mapwriter.h"

#define MAPWRITER_WOULD ".would"

/* Notes that a file could not be written, and has it tried again in a second. */
void mapwriter_fail(struct agent *agent, const char *error);

/* Notes what the file that is in force holds. */
void mapwriter_describe(struct mapwriter *writer, const struct map_text *map);

/* Makes file hold the map. 0: it does now; 1: it did already; -1: failed, and noted. */
int mapwriter_put(struct agent *agent, struct mapfile *file, const struct map_text *map);

/* Makes the files that are to hold the maps do so. hash: node_text_hash of map. 0, or -1: failed,
 * and noted. */
int mapwriter_write(struct agent *agent, const struct map_text *map, uint64_t hash);

/* The map with what is kept beside it, in new memory. 0, or -1 without memory. */
int mapwriter_join(const struct agent *agent, const struct map_text *map, struct map_text *out);

/* Writes all that is to be written in that mode. 0 or -1. */
int mapwriter_enforce(struct agent *agent, const struct map_text *map);
int mapwriter_observe(struct agent *agent, const struct map_text *map);

#endif
