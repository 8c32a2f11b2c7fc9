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
 * True: it is counted for the digest of this node alone: nobody else may tell it. Members of mail
 * that are the same for all are filled in: from, to, cluster, node, now_ms; and id if it is NULL.
 */
bool alert_tell(struct agent *agent, struct mailtext *mail);

/* As alert_tell, a ban that was left to another node, which did not tell it: that one had its place
 * among those that are told one by one. It is gathered only where others are: nodes may differ by a
 * few in what they leave to whom. */
bool alert_tell_left(struct agent *agent, struct mailtext *mail);

/* True if somebody is to be told of that kind. */
bool alert_is_chosen(const struct config *config, enum alertkind kind);

/* One more is told by itself, by whatever node, if there are not too many: true. */
bool alert_is_allowed(struct agent *agent);

/* Tells the digest, by all channels. As alert_post_test. */
int alert_post_digest(struct agent *agent, struct mailtext *mail, char id[SPOOL_ID_SIZE]);

/* Tells it by these channels (one bit each), and only once. Returns how many targets that are, 0:
 * none; -1: it could not be put into the spool (agent->alert.spool_error). id gets its own. */
int alert_post_test(struct agent *agent, unsigned channels, char id[SPOOL_ID_SIZE]);

#endif
