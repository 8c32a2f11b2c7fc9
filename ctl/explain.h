/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of the sentences that banctl explain writes: when, by whom, how many.
 *
 * Does not: decide which sentences there are (page_explain.c).
 */
#ifndef BANSYNC_CTL_EXPLAIN_H
#define BANSYNC_CTL_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "phrase.h"

/* What the sentences are about. */
struct explain {
    const struct ctl_json *item; /* of the schema banctl.explain/1 */
    int64_t now_ms;
    bool banned;
    const char *decider; /* "" if nothing decides */
};

/* A member that is a number; 0 if it is absent or none. */
int64_t explain_number(const struct ctl_json *object, const char *name);

/* Adds what the threshold is: "10 hits within 10m". */
void explain_add_quota(struct phrase *text, const struct explain *explain);

/* Adds who or what made a ban, that of the item or of a network around it, and until when. is_own:
 * "it reached the threshold ...", else "reached ...", for what goes on behind a name. */
void explain_add_order(struct phrase *text, const struct explain *explain,
                       const struct ctl_json *ban, bool is_own);

/* Adds a time of the object: "2026-11-23T09:42:00Z (2m ago)". */
void explain_add_time(struct phrase *text, const struct explain *explain,
                      const struct ctl_json *object, const char *name);

#endif
