/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One datagram from rspamd: a message that exceeded a ratelimit, as conf/rspamd/bansync.lua tells
 * it.
 *
 * "bansync1" NUL, then fields "key=value" NUL: ip, time, uid, 1 to DATAGRAM_BUCKETS_MAX bucket, in
 * this order; behind them any others. A value holds no control byte, so no text that a sender
 * controls can begin a field. Read left to right; what is not as written in bansync-protocol(7) is
 * malformed as a whole. Does not: know who sent it, when it came, what counts.
 */
#ifndef BANSYNC_CORE_DATAGRAM_H
#define BANSYNC_CORE_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "addr.h"
#include "line.h"

enum datagram_result {
    DATAGRAM_HIT,
    DATAGRAM_UNATTRIBUTABLE, /* a hit whose client address rspamd does not know */
    DATAGRAM_MALFORMED,      /* no hit: reason */
};

/* Texts point into the datagram. */
struct datagram_hit {
    struct addr addr; /* DATAGRAM_HIT: the client, a host */
    int64_t t_ms;     /* when rspamd took the message in, since 1970, UTC */
    struct line_text buckets[DATAGRAM_BUCKETS_MAX];
    size_t bucket_count;         /* at least one */
    struct line_text uid;        /* of rspamd's task: not twice in one rspamd */
    struct line_text qid;        /* absent: none; likewise below */
    struct line_text account;    /* SASL user, control bytes escaped as in rspamd's log */
    struct line_text message_id; /* cut at DATAGRAM_MESSAGE_ID_BYTES_MAX */
    const char *reason;          /* DATAGRAM_MALFORMED: constant text; else NULL */
};

/* When a hit that was told to be of t_ms counts. The datagram may have waited since read_ms, when
 * there was none ; one that was told over CLOCK_SKEW_MS_MAX before that,
 * or in the future, counts at its arrival, and *told is false. */
int64_t datagram_time_ms(int64_t t_ms, int64_t read_ms, int64_t arrival_ms, bool *told);

/* Reads a datagram of any size into *hit. Linear in size. */
enum datagram_result datagram_read(const char *bytes, size_t size, struct datagram_hit *hit);

#endif
