/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single bans in maps that are drawn already: their lines are put in or taken out, and the rest is
 * copied. It comes to the same bytes as drawing all of it (docs/DESIGN.md section 9).
 */
#ifndef BANSYNC_CORE_PATCH_H
#define BANSYNC_CORE_PATCH_H

#include "addrs.h"
#include "map.h"
#include "state.h"

enum patch_result {
    PATCH_DONE,
    PATCH_MEMORY, /* there was none */
    PATCH_DRAW,   /* cannot be told by lines: draw them */
};

/* Brings map and usermap up to date, where since they were drawn nothing changed but whether the
 * subjects in changed (any order, any number of times each) are banned. Whatever it returns but
 * PATCH_DONE, both are as they were. A subject costs a few halvings of the text. */
enum patch_result patch_maps(const struct state *state, const struct addrs *changed,
                             struct map_text *map, struct map_text *usermap);

#endif
