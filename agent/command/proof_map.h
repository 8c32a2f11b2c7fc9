/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which entries two maps differ, for verify.
 */
#ifndef BANSYNC_PROOF_MAP_H
#define BANSYNC_PROOF_MAP_H

#include "json.h"
#include "map.h"

/* A map with the user map behind it, or one of both. */
struct proof_lines {
    const char *bytes;
    size_t left;
    const struct map_text *next; /* the user map, if it does not lie behind; or NULL */
    unsigned headers;            /* seen so far: behind the second one there are accounts */
};

struct proof_lines proof_lines_of(const struct map_text *map, const struct map_text *users);

/* Adds each entry that only one of them has to list, at most PROOF_DIFFERENCES_MAX. */
void proof_compare(struct json *list, struct proof_lines here, struct proof_lines there);

#endif
