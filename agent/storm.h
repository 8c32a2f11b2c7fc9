/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When alerts are told one by one, and those of this node alone that are counted for a digest when
 * they are too many.
 *
 * Within ALERT_WINDOW_MS so many are told as [alert] digest_after says, those counted in that other
 * nodes tell; of each further one its kind is counted here, unless it is a ban that all nodes
 * gather (see gathered.h). What is counted is a small text, which the caller keeps on disk. Does
 * not: read a clock, send.
 */
#ifndef BANSYNC_STORM_H
#define BANSYNC_STORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "addr.h"
#include "alertkind.h"

/* Room for what storm_print writes. */
#define STORM_TEXT_SIZE (512 + ALERT_DIGEST_NAMES_MAX * (ADDR_TEXT_SIZE + 8))

struct storm {
    int64_t told_ms[ALERT_DIGEST_AFTER_MAX]; /* mono times of the last ones, a ring */
    uint64_t told;
    uint64_t kinds[ALERTKIND_CHOICES];                  /* gathered */
    uint64_t count;                                     /* of all kinds */
    char names[ALERT_DIGEST_NAMES_MAX][ADDR_TEXT_SIZE]; /* the first senders of them */
    size_t name_count;
    int64_t since_ms; /* wall time of the first that was gathered */
    bool dirty;       /* it is not as it was when last printed or read */
};

/* One more event: true if it is to be told by itself, by whatever node. */
bool storm_allows(struct storm *storm, int64_t after, int64_t mono_ms);

/* It is not, and is counted; name: the sender's, or NULL. */
void storm_count(struct storm *storm, enum alertkind kind, const char *name, int64_t wall_ms);

/* Nothing is gathered. */
void storm_clear(struct storm *storm);

/* What is gathered, as text; returns its length. */
size_t storm_print(const struct storm *storm, char out[STORM_TEXT_SIZE]);

/* Takes what was printed once; what is not so is passed over. */
void storm_parse(struct storm *storm, const char *text, size_t size);

#endif
