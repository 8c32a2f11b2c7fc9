/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of rspamd's log: is it a ratelimit hit, and whose?
 *
 * A hand-written one-pass scanner, anchored at byte 0 and read left to right; the verdict is read
 * from the end. No text that a sender controls can choose an address (docs/DESIGN.md section 8).
 * Does not: join lines, keep state, convert time zones.
 */
#ifndef BANSYNC_CORE_LINE_H
#define BANSYNC_CORE_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"

/* A piece of the scanned line; not NUL-terminated; bytes == NULL: absent. */
struct line_text {
    const char *bytes;
    size_t length;
};

/* Time as the line tells it. */
struct line_time {
    enum line_time_form {
        LINE_TIME_NONE, /* the line has none (rspamd's flag systemd, without a journal before it) */
        LINE_TIME_LOCAL,  /* local, without zone */
        LINE_TIME_OFFSET, /* with an offset from UTC (RFC 3339) */
        LINE_TIME_EPOCH,  /* epoch_ms (log_json) */
    } form;
    int year;  /* -1: not in the line (traditional syslog) */
    int month; /* 1..12 */
    int day;   /* 1..31 */
    int hour, minute, second;
    int millisecond;
    int offset_min; /* LINE_TIME_OFFSET: minutes east of UTC */
    int64_t epoch_ms;
};

struct line_hit {
    struct addr addr; /* the client, a host */
    struct line_time time;
    struct line_text bucket;  /* name of the ratelimit bucket */
    struct line_text account; /* SASL user, bytes as rspamd logged them */
    struct line_text qid;
    struct line_text
        message; /* the write_log line behind the header: what the strike id is made of */
};

enum line_verdict {
    LINE_OTHER,          /* not a ratelimit hit */
    LINE_HIT,            /* a hit with a client address */
    LINE_UNATTRIBUTABLE, /* a hit without a client address */
    LINE_REFUSED,        /* looks like a hit and breaks a rule; never counted */
};

/* Scans one line without its LF (one trailing CR is dropped here). Fills *hit for LINE_HIT, all but
 * addr for LINE_UNATTRIBUTABLE; the texts point into line. *reason, if not NULL, is set to a
 * constant text that names the rule which refused the line (LINE_REFUSED), else to NULL. Linear in
 * length; length up to LINE_BYTES_MAX. */
enum line_verdict line_scan(const char *line, size_t length, struct line_hit *hit,
                            const char **reason);

#endif
