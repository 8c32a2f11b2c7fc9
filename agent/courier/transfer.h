/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing one mail to a mail server, or one document to a web server. The only file that uses
 * libcurl is transfer.c.
 *
 * SMTP is plain: no TLS, no password. HTTP follows no redirect, reads a bounded answer, and HTTPS
 * verifies the certificate. No proxy, no .netrc, nothing from the environment. Each call blocks
 * until there is a result, minutes if need be: it is for a process of its own (see sender.h).
 */
#ifndef BANSYNC_COURIER_TRANSFER_H
#define BANSYNC_COURIER_TRANSFER_H

#include <stddef.h>

#define TRANSFER_REASON_SIZE 256

enum transfer_result {
    TRANSFER_DONE,    /* the server took it */
    TRANSFER_LATER,   /* not reached, interrupted, or refused for now */
    TRANSFER_REFUSED, /* refused for good */
};

struct transfer_mail {
    const char *server; /* HOST:PORT */
    const char *from;
    const char *to;
    const char *text; /* with headers, lines with CRLF */
    size_t size;
};

struct transfer_post {
    const char *url;
    const char *type; /* of the content */
    const char *body;
    size_t size;
};

/* reason: why it was not taken, in printable ASCII, without anything of the URL but its host. */
enum transfer_result transfer_mail(const struct transfer_mail *mail,
                                   char reason[TRANSFER_REASON_SIZE]);
enum transfer_result transfer_post(const struct transfer_post *post,
                                   char reason[TRANSFER_REASON_SIZE]);

#endif
