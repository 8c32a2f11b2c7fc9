/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one alert to its file in the spool: who is told, and with what words by which channel.
 */
#ifndef BANSYNC_ALERT_POST_H
#define BANSYNC_ALERT_POST_H

#include "agent.h"
#include "mailtext.h"

/* True if there is anybody to tell by any channel. */
bool alert_is_wanted(const struct config *config);

/* Tells it, or gathers it for the digest, if [alert] on has its kind and somebody is to be told.
 * True: it is in the digest, and that is all that will be told. Members of mail that are the same
 * for all are filled in: from, to, cluster, node, now_ms; and id if it is NULL. */
bool alert_tell(struct agent *agent, struct mailtext *mail);

/* Tells what is gathered if it is time, and keeps on disk what is not told yet. */
void alert_digest_turn(struct agent *agent);

/* Reads what a former run had gathered. */
void alert_digest_load(struct agent *agent);

/* Tells it by these channels (one bit each), and only once. Returns how many targets that are, 0:
 * none; -1: it could not be put into the spool (agent->alert.spool_error). id gets its own. */
int alert_post_test(struct agent *agent, unsigned channels, char id[SPOOL_ID_SIZE]);

#endif
