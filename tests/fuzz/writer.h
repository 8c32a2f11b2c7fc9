/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines as rspamd writes them: its cut, its escapes, its headers.
 *
 * A message is put together, cut at 8,191 bytes, its control bytes become \xNN, and one of the
 * forms of header comes before it. Does not: decide what a sender may write.
 */
#ifndef BANSYNC_FUZZ_WRITER_H
#define BANSYNC_FUZZ_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WRITER_MESSAGE_BYTES_MAX 8191
#define WRITER_BYTES_MAX 66000       /* a message of control bytes in log_json takes 41 kB */
#define WRITER_SYSLOG_BYTES_MAX 1024 /* of a line: more is cut by an old syslog daemon */
#define WRITER_ADDRESS "203.0.113.5"
#define WRITER_VERDICT "soft reject \"Ratelimit \"user\" exceeded\"; score=nan (set by ratelimit)"

struct writer {
    char bytes[WRITER_BYTES_MAX];
    size_t length;
};

enum writer_form {
    WRITER_FILE,
    WRITER_SEVERITY, /* with log_usec */
    WRITER_COLOUR,
    WRITER_SYSTEMD,
    WRITER_SYSLOG,
    WRITER_RFC3339,
    WRITER_JSON,
    WRITER_JSON_SYSLOG,
    WRITER_FORMS,
};

struct writer_header {
    enum writer_form form;
    unsigned pid;
    const char *tag;
    const char *module;
    const char *function;
};

/* What bytes of a field can be; others become what rspamd makes of them. */
enum writer_filter { WRITER_ANY, WRITER_ID, WRITER_QID, WRITER_NO_QUOTE, WRITER_NO_BRACKET };

struct writer_field {
    const uint8_t *bytes;
    size_t length;
};

/* The fields of a rspamd_task_write_log message, of which a sender chooses most. */
struct writer_message {
    bool limited;
    bool has_rcpts;
    const char *address;  /* NULL: none */
    const char *settings; /* NULL: none */
    struct writer_field id, qid, user, from, symbols, rcpts, mime_rcpts;
    bool has_qid, has_user;
    /* So many bytes before the end of the field of recipients the cut comes, which is at cut_at of
     * the message; the message id is lengthened for it. Negative: no. */
    size_t cut_at;
    int cut_before_end;
};

void writer_put(struct writer *out, const char *text);

/* A byte from 0xc0 on stands for a text that a sender might try. */
void writer_put_field(struct writer *out, struct writer_field field, enum writer_filter filter);

/* Writes the message, not yet cut or escaped. */
void writer_message(const struct writer_message *message, struct writer *out);

/* Appends what stands before the message of a line to out. */
void writer_header(const struct writer_header *header, struct writer *out);

/* Appends the message behind the header, cut and escaped, and what ends the line before its LF. Of
 * WRITER_SYSLOG the line is cut as well. */
void writer_text(enum writer_form form, const struct writer *message, struct writer *out);

/* True if the end of a message may have been cut off, or looks as if: header is the length of what
 * is before it in the line. */
bool writer_may_be_cut(enum writer_form form, const struct writer *message, size_t header);

/* Where a message is cut: see writer_may_be_cut. */
size_t writer_cut_at(enum writer_form form, size_t header);

#endif
