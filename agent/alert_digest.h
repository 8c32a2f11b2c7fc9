/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is too much to be told one by one, and the digest that tells it: one a cluster.
 *
 * Every node gathers the bans of all. The one with the lowest id among those that are up tells them
 * when it is time, and when that has been delivered makes a mark of each, which takes them away
 * from all others. Who waits in vain tells them itself: the second one ALERT_TAKEOVER_MS later, and
 * so on. So a node that ends at any moment, is cut off or cannot deliver leaves no ban untold; the
 * same may be told twice. What this node alone knows of it tells itself.
 */
#ifndef BANSYNC_ALERT_DIGEST_H
#define BANSYNC_ALERT_DIGEST_H

#include "agent.h"

/* One more ban, of whatever node. False: there is no room. */
bool alert_digest_gather(struct agent *agent, const char id[SPOOL_ID_SIZE], enum alertkind kind,
                         const char *name);

/* Somebody has told it. */
void alert_digest_marked(struct agent *agent, const uint8_t id[MARK_ID_BYTES]);

/* The alert with that id has been delivered: perhaps it is the digest. */
void alert_digest_delivered(struct agent *agent, const char id[SPOOL_ID_SIZE]);

/* Tells what is gathered if it is time, marks what was told, and keeps the rest on disk. */
void alert_digest_turn(struct agent *agent);

/* Reads what a former run had gathered. */
void alert_digest_load(struct agent *agent);

/* How much is gathered or counted, and not told yet. */
uint64_t alert_digest_waiting(const struct agent *agent);

#endif
