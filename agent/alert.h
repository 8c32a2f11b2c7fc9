/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is worth a mail to the admin: each ban by facts, told once, by the node of the deciding
 * strike.
 *
 * A ban that only comes back (restart, repair, a node that lost its database) is not told, nor one
 * by an operator. Over MAILS_A_MINUTE_MAX bans a minute are counted only.
 * Does not: send (see mailer.h), write the text (mailtext.h).
 */
#ifndef BANSYNC_ALERT_H
#define BANSYNC_ALERT_H

#include "agent.h"

/* Starts the process that sends mails: before there are threads or a database. */
void alert_start(struct agent *agent);

/* Tells the BANNED effects of the turn, and takes the reports of earlier mails. */
void alert_turn(struct agent *agent);

/* The configuration was read again: what failed before may work now. Mails that wait go to the
 * server that it names. */
void alert_reloaded(struct agent *agent);

/* What is wrong with the mails, written to text: true; or false. */
bool alert_problem(const struct agent *agent, char *text, size_t size);

/* Lets the process end by itself, with what it still holds. */
void alert_close(struct agent *agent);

#endif
