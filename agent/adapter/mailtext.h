/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of an alert: of a ban, of the brake or of something else; and the mail with it, headers
 * and body as RFC 5322 wants it.
 *
 * ASCII with CRLF, no line over 998 bytes; a body with other characters is quoted-printable. What
 * senders chose (accounts, buckets) stands in the body alone, escaped as in the log, and indented,
 * so that it can neither begin a header nor end the mail. Does not: send (see courier.h), check
 * addresses (config_mail.h does).
 */
#ifndef BANSYNC_ADAPTER_MAILTEXT_H
#define BANSYNC_ADAPTER_MAILTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "alertkind.h"

#define MAILTEXT_TEXTS_MAX 8
#define MAILTEXT_SUBJECT_SIZE 1024
#define MAILTEXT_BODY_SIZE (ALERT_TEXT_BYTES_MAX + 1)
#define MAILTEXT_LINE_SIZE (4 * ALERT_LINE_BYTES_MAX + 8)

/* Bytes from outside; not NUL-terminated. */
struct mailtext_bytes {
    const void *bytes;
    size_t size;
};

struct mailtext_count {
    const char *node;
    unsigned strikes;
};

/* All text is the caller's; names are config_name_is_valid, addresses config_mail_check. */
struct mailtext {
    const char *from;
    const char *to; /* addresses with commas between them */
    const char *cluster;
    const char *node;    /* that sends */
    const char *sender;  /* who is banned: "203.0.113.7", "2001:db8:0:1::/64", "account bob" */
    const char *operand; /* the same as banctl takes it; NULL: as sender */
    bool is_account;     /* who is banned is one, and accounts are the addresses it came from */
    const char *id;      /* the same for the same ban on every node: hex digits */
    int64_t now_ms;
    int64_t until_ms;                    /* TIME_NEVER_MS: permanent */
    unsigned level;                      /* how often the sender was banned, this time too */
    bool allowed;                        /* an allow entry keeps it out of the map */
    bool observed;                       /* node is in mode observe */
    size_t hits, messages;               /* distinct ones, at most hits */
    const struct mailtext_count *counts; /* by node, up to FACT_NODES_MAX */
    size_t count_count;
    int64_t first_ms, last_ms; /* of the hits that proved it */
    int64_t decided_ms;        /* the deciding one */
    const char *decider;       /* the node that read it; NULL: node */
    struct mailtext_bytes accounts[MAILTEXT_TEXTS_MAX];
    size_t account_count;
    struct mailtext_bytes buckets[MAILTEXT_TEXTS_MAX];
    size_t bucket_count;
    struct mailtext_bytes lines[ALERT_LINES_MAX]; /* of node's log, the newest last */
    size_t line_count;
    int64_t brake_max; /* not 0: it tells that the brake has engaged, at so many; and of no ban */
    enum alertkind kind;
    bool over;             /* what it tells of has ended */
    const char *peer;      /* NULL: it tells of none */
    const uint64_t *kinds; /* of a digest: how many of each of ALERTKIND_CHOICES; else NULL */
    const char *title; /* not NULL: it tells of something else, with these words: printable ASCII */
    const char *story; /* with LF, no line over 900 bytes */
};

/* What it tells, in one line, without cluster and node; and all of it, lines with LF. */
void mailtext_subject(const struct mailtext *mail, char text[MAILTEXT_SUBJECT_SIZE]);
void mailtext_body(const struct mailtext *mail, char text[MAILTEXT_BODY_SIZE]);

/* A line of a log as it is shown: cut, and what is not printable ASCII as \\xNN. Returns out. */
const char *mailtext_line(const struct mailtext_bytes *bytes, char out[MAILTEXT_LINE_SIZE]);

/* Writes the mail and a NUL to out; returns its length. What is too long, which is only possible
 * if bounds were not kept, is left out. */
size_t mailtext_write(const struct mailtext *mail, char out[MAIL_BYTES_MAX + 1]);

#endif
