/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mails that wait for the server, in the order in which they are tried.
 *
 * After a failure the next attempt, of whatever mail, waits: a second, then twice as long each
 * time, up to MAIL_RETRY_MS_MAX. The mail that failed goes to the end, so that it holds up no
 * other. Does not: read a clock: all times are the caller's, monotonic.
 */
#ifndef BANSYNC_ADAPTER_MAILER_QUEUE_H
#define BANSYNC_ADAPTER_MAILER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailer_message.h"

struct mailer_item {
    int64_t since_ms;
    struct mailer_message *mail; /* owned; allocated up to the end of its text */
};

struct mailer_queue {
    struct mailer_item list[MAIL_QUEUE_MAX]; /* the first is tried first */
    size_t count;
    int64_t next_ms;  /* not before */
    int64_t pause_ms; /* after the last failure; 0: it was none */
};

/* Adds a copy at the end. 0; or -1: it is full, or there is no memory. */
int mailer_queue_add(struct mailer_queue *queue, const struct mailer_message *mail, int64_t now_ms);

/* The first mail if it may be tried now, else NULL. It is valid until one of the next three. */
const struct mailer_message *mailer_queue_due(const struct mailer_queue *queue, int64_t now_ms);

/* The first mail is done with; the server works. */
void mailer_queue_remove(struct mailer_queue *queue);

/* The first mail could not be sent. */
void mailer_queue_delay(struct mailer_queue *queue, int64_t now_ms);

/* Removes one mail that has waited for MAIL_KEEP_MS; false: there is none. */
bool mailer_queue_expire(struct mailer_queue *queue, int64_t now_ms);

/* Time until one may be tried; -1: none waits. */
int mailer_queue_wait_ms(const struct mailer_queue *queue, int64_t now_ms);

/* All mails go to this server, as from that sender; ends the pause. */
void mailer_queue_redirect(struct mailer_queue *queue, const char *server, const char *from);

/* Ends the pause. */
void mailer_queue_hurry(struct mailer_queue *queue);

void mailer_queue_clear(struct mailer_queue *queue);

#endif
