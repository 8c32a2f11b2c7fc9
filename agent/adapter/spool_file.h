/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One alert as a file of the spool: for whom it is, what each channel is to be given, and who has
 * it already.
 *
 *   bansync-alert 1
 *   id 32HEX
 *   once                       (only in a test)
 *   mail BYTES                 the four parts, in this order
 *   json BYTES
 *   text BYTES
 *   env BYTES
 *   to mail ADDRESS            one line a target, 1 to ALERT_TARGETS_MAX of them
 *   to webhook
 *   to exec
 *                              an empty line, then the parts, one after the other
 *   done INDEX                 appended when that target has it; what is no such line is passed
 * over
 *
 * Does not: touch the file system (see spool.h).
 */
#ifndef BANSYNC_ADAPTER_SPOOL_FILE_H
#define BANSYNC_ADAPTER_SPOOL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <bansync/limits.h>

#include "channel.h"

#define SPOOL_ID_SIZE 33 /* 32 hex digits and NUL */
#define SPOOL_HEAD_BYTES_MAX 4096
#define SPOOL_DONE_BYTES_MAX 1024 /* of "done" lines; more are not ours */
#define SPOOL_FILE_BYTES_MAX                                                               \
    (SPOOL_HEAD_BYTES_MAX + MAIL_BYTES_MAX + ALERT_JSON_BYTES_MAX + ALERT_TEXT_BYTES_MAX + \
     ALERT_ENV_BYTES_MAX + SPOOL_DONE_BYTES_MAX)

enum spool_part {
    SPOOL_MAIL, /* with headers, lines with CRLF; empty without a mail target */
    SPOOL_JSON, /* the document banctl.alert/1, one line */
    SPOOL_TEXT, /* for people, lines with LF */
    SPOOL_ENV,  /* NAME=VALUE lines */
    SPOOL_PARTS
};

struct spool_bytes {
    const char *bytes;
    size_t size;
};

struct spool_target {
    enum channel channel;
    char address[MAIL_ADDRESS_BYTES_MAX + 1]; /* of a mail, else "" */
    bool done;
};

struct spool_file {
    char id[SPOOL_ID_SIZE];
    bool once; /* a test: not tried again */
    struct spool_target targets[ALERT_TARGETS_MAX];
    size_t target_count;
    struct spool_bytes parts[SPOOL_PARTS];
};

/* Writes the file as it is when nobody has it yet. Returns its length; 0: it is beyond the bounds.
 */
size_t spool_file_print(const struct spool_file *file, char out[SPOOL_FILE_BYTES_MAX]);

/* Reads it; the parts then point into bytes. -1: it is none of ours, or damaged. */
int spool_file_parse(struct spool_file *file, const char *bytes, size_t size);

#endif
