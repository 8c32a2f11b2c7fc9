/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one node's maps have that another's have not, or what a map has that its file has not.
 */
#ifndef BANSYNC_MAPDIFF_H
#define BANSYNC_MAPDIFF_H

#include "command.h"

#define MAPDIFF_MAX 1000 /* that are told */

/* A map with the user map behind it, or one of both. */
struct mapdiff_lines {
    const char *bytes;
    size_t left;
    const struct map_text *next; /* the user map, if it does not lie behind; or NULL */
    unsigned headers;            /* seen so far: behind the second one there are accounts */
};

/* Those of two texts, which must stay as they are. */
struct mapdiff_lines mapdiff_lines(const struct map_text *map, const struct map_text *users);

/* Adds an object for each entry that only one of both has, the first MAPDIFF_MAX; returns how many
 * there are. */
size_t mapdiff_add(struct json *list, struct mapdiff_lines here, struct mapdiff_lines there);

#endif
