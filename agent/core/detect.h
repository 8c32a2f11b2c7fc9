/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From lines to ratelimit hits: joins the lines of one message, so that each message over a limit
 * is one hit, whatever the configuration of rspamd says about its reply.
 *
 * A hit is a message line whose end is the ratelimit module's own soft reject, or one whose task
 * (pid and tag) was named by ratelimit.lua shortly before: no sender can write such a line. Its
 * address is that of the message line. If that holds none it is told as such, never guessed: the
 * milter connection of the same task may be that of a relay which rspamd looks through. Bounded:
 * DETECT_OPEN_MAX messages at once, DETECT_WAIT_BYTES and DETECT_WAIT_MS each. Does not: read a
 * clock, know files, count senders.
 */
#ifndef BANSYNC_CORE_DETECT_H
#define BANSYNC_CORE_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "line.h"

#define DETECT_OPEN_MAX 4096      /* messages over a limit in flight: more than all workers have */
#define DETECT_BUCKETS_MAX 4      /* of one message; more are not told */
#define DETECT_WAIT_BYTES 4194304 /* of log between the two lines of a message */
#define DETECT_WAIT_MS 30000      /* more than a task may take (task_timeout is 8 s) */

enum detect_result {
    DETECT_NOTHING,
    DETECT_HIT,
    DETECT_UNATTRIBUTABLE, /* a hit whose client address cannot be told: hit.reason */
    DETECT_REFUSED,        /* looks like a hit and breaks a rule; never counted: hit.reason */
};

/* How a hit was recognised, or what hides its address. Texts point into the line, the scratch or
 * the detector and are valid until its next call. */
struct detect_hit {
    struct addr addr; /* DETECT_HIT: the client, a host */
    struct line_time time;
    struct line_text buckets[DETECT_BUCKETS_MAX]; /* at least one */
    size_t bucket_count;
    struct line_text account; /* as in struct line */
    struct line_text qid;
    struct line_text message_id; /* absent: unknown */
    struct line_text message;    /* the message line behind its header */
    bool by_evidence;            /* the message line alone would not have shown it */
    const char *reason;          /* constant text; NULL for DETECT_HIT */
};

struct detect_stats {
    uint64_t expired; /* evidence whose message line did not come in time: hits that were lost */
    uint64_t pushed;  /* likewise, for lack of room */
};

struct detect;

/* NULL without memory. */
struct detect *detect_open(void);
void detect_close(struct detect **detect);

/* Takes the next line without its LF. place: bytes of log before it, ever growing within one log,
 * over rotations too; now_ms: a clock that never goes back, or 0 throughout. */
enum detect_result detect_line(struct detect *detect, const char *bytes, size_t length,
                               uint64_t place, int64_t now_ms, struct detect_hit *hit);

/* Time has passed without a line, or with lines that were skimmed (skim.h): their place is not
 * known here. */
void detect_expire(struct detect *detect, int64_t now_ms);

/* Is any evidence waiting for its message line? */
bool detect_is_waiting(const struct detect *detect);

/* Place of the first line that still waits for its message line, or UINT64_MAX: reading again from
 * there loses nothing. */
uint64_t detect_place(const struct detect *detect);

void detect_statistics(const struct detect *detect, struct detect_stats *stats);

#endif
