/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the configuration again, and what of it the node judges by.
 */
#ifndef BANSYNC_RELOAD_H
#define BANSYNC_RELOAD_H

#include "agent.h"

enum reload_outcome {
    RELOAD_DONE,
    RELOAD_MISTAKE, /* the configuration is wrong */
    RELOAD_REFUSED, /* it would ban more than [ban] max_new_per_minute subjects at once */
};

/* What a reload did, or why it did nothing. */
struct reload {
    char *message; /* one mistake a line, or what would be banned; NULL if done or no memory */
    char *restart; /* options that differ and need a restart; NULL: none */
    char *map;     /* what another mode means for the map; NULL: it is the same */
    size_t bans;   /* subjects that it bans or, refused, would ban */
};

/* Reads the configuration again and logs what came of it. Unless it is done, nothing of it is
 * applied. yes: however many it bans. Whatever the outcome, *reload is to be freed by reload_free.
 */
enum reload_outcome reload_config(struct agent *agent, bool yes, struct reload *reload);
void reload_free(struct reload *reload);

/* The policy of the configuration, and a hash of its buckets that does not depend on their order.
 */
struct policy reload_policy(const struct config *config);
uint64_t reload_buckets_hash(const struct agent *agent);

#endif
