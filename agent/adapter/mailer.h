/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that sends mails, seen from the agent.
 *
 * It is forked before the agent has threads, a database or keys, and lives until the agent's end of
 * the socket is closed, by whatever end the agent comes to; then it has MAIL_FINISH_MS for what it
 * still holds. It cannot be started again. Nothing here ever waits for it: what finds the socket
 * full is handed over later. Does not: decide what is worth a mail (see alert.h), write one
 * (mailtext.h).
 */
#ifndef BANSYNC_ADAPTER_MAILER_H
#define BANSYNC_ADAPTER_MAILER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "mailer_queue.h"

#define MAILER_REASON_SIZE 256

struct mailer {
    int fd;                      /* -1: the process is gone */
    pid_t pid;                   /* 0: it has been collected */
    struct mailer_queue waiting; /* for room in the socket */
};

/* One mail to one address. */
struct mailer_mail {
    const char *server; /* HOST:PORT */
    const char *from;
    const char *to;
    const char *text; /* with headers, lines with CRLF */
    size_t size;      /* up to MAIL_BYTES_MAX */
};

enum mailer_outcome {
    MAILER_SENT,    /* the server took it */
    MAILER_DELAYED, /* not this time; it will be tried again */
    MAILER_FAILED,  /* refused for good, or tried for MAIL_KEEP_MS */
    MAILER_DROPPED, /* MAIL_QUEUE_MAX wait already, or the process has ended */
};

struct mailer_report {
    enum mailer_outcome outcome;
    char reason[MAILER_REASON_SIZE]; /* of all but MAILER_SENT; printable ASCII */
};

/* Starts the process. 0, or -1 with errno: then the mailer is gone. */
int mailer_start(struct mailer *mailer);

/* Hands over one mail, now or in one of the next calls of mailer_take. False: it is lost, as the
 * process is gone, or as MAIL_QUEUE_MAX wait to be handed over. */
bool mailer_send(struct mailer *mailer, const struct mailer_mail *mail);

/* The mails that wait for a server go to this one, as from that sender, and are tried at once. */
void mailer_redirect(struct mailer *mailer, const char *server, const char *from);

/* The next report; false if there is none now. Call it often: it hands over what waits. */
bool mailer_take(struct mailer *mailer, struct mailer_report *report);

bool mailer_is_gone(const struct mailer *mailer);

/* Lets it finish by itself; does not wait. Harmless for one that is gone. */
void mailer_close(struct mailer *mailer);

#endif
