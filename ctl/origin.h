/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Since when and by whom an imported ban was in force before: the end of its reason, as in
 * "stolen account [since 2026-11-20T07:44:00Z by alice]".
 *
 * To the agents an imported ban is one of who imported it, now. So nothing is lost, and an export
 * of what was imported is what was exported.
 */
#ifndef BANSYNC_CTL_ORIGIN_H
#define BANSYNC_CTL_ORIGIN_H

#include <bansync/limits.h>

#define ORIGIN_SINCE_SIZE 21 /* "2026-11-20T07:44:00Z" and NUL */

/* What a reason says; "": nothing. */
struct origin {
    char reason[REASON_BYTES_MAX + 1]; /* without that end */
    char since[ORIGIN_SINCE_SIZE];
    char actor[ACTOR_BYTES_MAX + 1];
};

/* The reason of a ban that nobody gave one: cut behind the last whole part of "part, part, part"
 * that an import keeps beside since. */
void origin_explain(struct origin *origin, const char *parts);

/* Takes a reason apart; NULL: "". Longer ones than there may be are cut. */
void origin_split(const char *reason, struct origin *origin);

/* Puts it together; a reason that leaves no room for the end is cut. What is no time, or no name
 * that can be told from the rest, is left out. */
void origin_join(const struct origin *origin, char text[REASON_BYTES_MAX + 1]);

#endif
