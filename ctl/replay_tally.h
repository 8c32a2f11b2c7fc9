/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was counted over a log, apart from its senders (senders.h).
 */
#ifndef BANSYNC_CTL_REPLAY_TALLY_H
#define BANSYNC_CTL_REPLAY_TALLY_H

#include <bansync/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect.h"
#include "linetime.h"

#define TALLY_BUCKETS_MAX 64
#define TALLY_REASONS_MAX 32 /* more than core has */

/* Lines that were not counted for the same reason. */
struct tally_reason {
    enum detect_result result; /* DETECT_UNATTRIBUTABLE or DETECT_REFUSED */
    const char *text;          /* constant */
    uint64_t count;
    uint64_t first_line;
};

/* A ratelimit bucket: how many hits name it. */
struct tally_bucket {
    char name[BUCKET_BYTES_MAX];
    size_t name_length;
    uint64_t hits;
    uint64_t first_line;
};

/* All zero at the beginning. */
struct replay_tally {
    uint64_t lines;
    uint64_t bytes;
    uint64_t too_long;
    uint64_t hits;        /* of addresses that count */
    uint64_t by_evidence; /* of these, those that the message line alone would not have shown */
    uint64_t unnamed;     /* hits of accounts with names that may have been cut */
    uint64_t uncounted;   /* hits of addresses that never count */
    uint64_t unattributable;
    uint64_t refused;
    uint64_t unjoined;  /* messages over a limit whose message line did not come */
    bool is_unfinished; /* the last line has no end */
    struct tally_reason reasons[TALLY_REASONS_MAX];
    size_t reason_count;
    struct tally_bucket buckets[TALLY_BUCKETS_MAX];
    size_t bucket_count;
    uint64_t bucket_rest; /* namings of further buckets */
    struct linetime_doubts doubts;
    int64_t first_ms, last_ms; /* of hits; 0: there is none */
};

/* Takes a line that the detector did not pass over; line: its number. */
void tally_reason(struct replay_tally *tally, enum detect_result result, const char *text,
                  uint64_t line);
void tally_buckets(struct replay_tally *tally, const struct detect_hit *hit, uint64_t line);

/* Puts the buckets in order, most hits first, and the reasons, most lines first. */
void tally_sort(struct replay_tally *tally);

#endif
