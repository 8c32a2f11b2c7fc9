/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came by the hundred: an operator's import, the bans of others after an absence, the ends of
 * many bans. One NOTICE line for all of a turn. A line for each would crowd out everything else, as
 * journald drops what comes too fast, and a million of them take longer than to fetch the bans;
 * what each is about is known to "list" and "history", and to the log at level debug.
 */
#ifndef BANSYNC_NOTICE_MANY_H
#define BANSYNC_NOTICE_MANY_H

#include <bansync/limits.h>

#include "agent.h"

/* So many of one kind in a turn have a line each. */
#define NOTICE_LINES_MAX 50

enum notice_kind {
    NOTICE_BANS,    /* by operators */
    NOTICE_LEARNED, /* by hits, and not by a hit of this node: those have a line each */
    NOTICE_LIFTED,  /* by command */
    NOTICE_ENDED,   /* by themselves */
    NOTICE_KINDS
};

struct notice_sum {
    size_t count;
    size_t accounts;                      /* of these */
    uint64_t node;                        /* of one of them */
    char actor[ACTOR_BYTES_MAX + 1];      /* likewise */
    char reason[REASON_BYTES_MAX + 1];    /* likewise */
    bool one_node, one_actor, one_reason; /* all have that one's */
};

struct notice_many {
    struct notice_sum sums[NOTICE_KINDS];
};

/* Counts those of the turn. */
void notice_many_count(const struct agent *agent, struct notice_many *many);

/* True if the effect, BANNED or UNBANNED, is one of so many that they have one line. */
bool notice_many_has(const struct agent *agent, const struct notice_many *many,
                     const struct effect *effect);

/* Logs these lines. */
void notice_many_log(const struct agent *agent, const struct notice_many *many);

#endif
