/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing one mail to a mail server. The only file that uses libcurl is smtp.c.
 *
 * Plain SMTP: no TLS, no password, no proxy, no .netrc, nothing from the environment.
 */
#ifndef BANSYNC_ADAPTER_SMTP_H
#define BANSYNC_ADAPTER_SMTP_H

#include <stddef.h>

#define SMTP_REPLY_SIZE 200

/* Zeroed: ready for use. */
struct smtp {
    void *multi; /* libcurl's; NULL: not yet used */
    void *easy;  /* of the mail on its way; NULL: none */
    void *to;    /* its list of recipients */
    const char *text;
    size_t left;
    char error[256];             /* CURL_ERROR_SIZE */
    char reply[SMTP_REPLY_SIZE]; /* the server's last, if it was a refusal */
};

enum smtp_result {
    SMTP_BUSY,    /* on its way */
    SMTP_SENT,    /* the server took it */
    SMTP_LATER,   /* not reached, interrupted, or refused for now */
    SMTP_REFUSED, /* refused for good (5xx) */
};

/* Begins to send one mail to one address; text stays the caller's until there is a result. */
void smtp_begin(struct smtp *smtp, const char *server, const char *from, const char *to,
                const char *text, size_t size);

/* Waits until the mail has got on, fd (unless it is -1) can be read, or timeout_ms (-1: no matter
 * how long) are over. */
void smtp_wait(struct smtp *smtp, int fd, int timeout_ms);

/* How the mail that was begun fares. The result other than SMTP_BUSY is told once; reason is then
 * why it was not sent, in printable ASCII. */
enum smtp_result smtp_result(struct smtp *smtp, char *reason, size_t reason_size);

void smtp_close(struct smtp *smtp);

#endif
