/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of rspamd's log: what it says about a message or an exceeded ratelimit.
 *
 * A hand-written one-pass scanner, anchored at byte 0 and read left to right; the verdict is read
 * from the end. No text that a sender controls can choose an address (docs/DESIGN.md section 8).
 * Does not: join lines (detect.h), keep state, convert time zones.
 */
#ifndef BANSYNC_CORE_LINE_H
#define BANSYNC_CORE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "addr.h"

/* A piece of the scanned line; not NUL-terminated; bytes == NULL: absent. */
struct line_text {
    const char *bytes;
    size_t length;
};

static inline bool line_text_is(struct line_text text, const char *expected)
{
    return text.length == strlen(expected) && memcmp(text.bytes, expected, text.length) == 0;
}

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

/* Digits of a process id; what is larger than 32 bits is none of Linux's. */
#define LINE_PID_DIGITS_MAX 10

/* Which task of which process a line belongs to: what joins the lines of one message. */
struct line_task {
    uint32_t pid;         /* 0: not in the line */
    struct line_text tag; /* never absent; may be empty, then it names nothing */
};

enum line_kind {
    LINE_OTHER,    /* nothing to detect */
    LINE_EVIDENCE, /* ratelimit.lua: the message of this task exceeds bucket; it has no address */
    LINE_MESSAGE,  /* rspamd_task_write_log: a message was scanned */
};

/* What the end of a LINE_MESSAGE says. */
enum line_verdict {
    LINE_NOT_LIMITED,
    LINE_LIMITED, /* soft rejected by the ratelimit module because of bucket */
    LINE_UNSURE,  /* looks like LINE_LIMITED, and breaks a rule: verdict_broken */
};

struct line {
    enum line_kind kind;
    bool has_header;       /* it begins as lines of rspamd do, up to the tag or, of log_json, to the
                              message; LINE_OTHER: then it is another function's, or says it otherwise */
    const char *broken_at; /* what is wrong begins here, in what the texts point into; NULL: nothing
                              is. LINE_OTHER: where header or message are no more as they must be */
    struct line_time time;
    struct line_task task;
    struct line_text message; /* all behind the header; of log_json: decoded */
    bool may_be_cut;          /* by a syslog daemon: the message may have lost its end */
    enum line_verdict verdict;
    const char *verdict_broken; /* LINE_UNSURE: constant text, the rule that the end breaks */
    const char *fields_broken;  /* LINE_MESSAGE: likewise for its fields; NULL: they are as written
                                   by rspamd, and those below are set */
    bool has_addr;
    struct addr addr;            /* the client, a host */
    struct line_text bucket;     /* name of the ratelimit bucket */
    struct line_text message_id; /* "undef" if there was none; not absent in a sound LINE_MESSAGE */
    struct line_text qid;
    struct line_text
        account; /* SASL user, bytes as rspamd logged them, ACCOUNT_BYTES_MAX at most */
};

/* Reads one line without its LF (one trailing CR is dropped here) into *line, whose texts point
 * into bytes or, if it is log_json, into scratch (LINE_BYTES_MAX bytes), and live as long as these.
 * The fields of a LINE_MESSAGE that is LINE_NOT_LIMITED are left to line_fields. Linear in length;
 * length up to LINE_BYTES_MAX. Returns line->kind. */
enum line_kind line_read(const char *bytes, size_t length, char *scratch, struct line *line);

/* A guess, never wrong in saying no, that costs a tenth of line_read: is it worth reading? Yes for
 * LINE_EVIDENCE and for a LINE_MESSAGE that is not LINE_NOT_LIMITED; for other LINE_MESSAGEs if
 * any_message. */
bool line_may_matter(const char *bytes, size_t length, bool any_message);

/* Reads the fields of a LINE_MESSAGE, whatever its end says: fields_broken and what stands behind
 * it. */
void line_fields(struct line *line);

#endif
