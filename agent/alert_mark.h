/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One alert a cluster: who has told a ban makes a mark of it on every node, and who sees a ban of
 * another node without a mark tells it in its place.
 *
 * The first to do so is the node that is up and whose id follows that of the node of the deciding
 * strike, after ALERT_TAKEOVER_MS; then, after as long again, the next one. The id of an alert is
 * the same on every node. What several nodes see of a peer each of them tells at its turn, unless
 * one was before it: the first half of the id says what, the second when.
 */
#ifndef BANSYNC_ALERT_MARK_H
#define BANSYNC_ALERT_MARK_H

#include "agent.h"
#include "mark.h"

/* Called for an alert that nobody has told, to tell it. */
typedef void alert_mark_tell_fn(struct agent *agent, const struct alert_pending *pending);

/* The alert with that id has been told by this node, or is one of its own count: others are told
 * so with the next turn. Alerts that are this node's alone make no mark. */
void alert_mark_told(struct agent *agent, const char id[SPOOL_ID_SIZE]);

/* Likewise by its bytes. False: there is no room in this turn. */
bool alert_mark_add(struct agent *agent, const uint8_t id[MARK_ID_BYTES]);

/* Another node is to tell this ban: it is watched. */
void alert_mark_watch(struct agent *agent, const struct effect *effect,
                      const char id[SPOOL_ID_SIZE]);

/* Makes the marks of the former turn: while the present one still takes things in. */
void alert_mark_input(struct agent *agent);

/* Takes the marks that came in this turn, so that nobody is told twice, and tells what is due. */
void alert_mark_turn(struct agent *agent, alert_mark_tell_fn *tell);

/* How long this node lets others tell what they see of the node with that id, too: 0 for the one
 * whose id follows it among those that are up, ALERT_TAKEOVER_MS for the next one, twice that for
 * the others, as those before may not see it at all. */
int64_t alert_mark_turn_ms(const struct agent *agent, uint64_t about);

/* True if another node has told of that since, in cluster time. */
bool alert_mark_is_told(const struct agent *agent, uint64_t what, int64_t since_ms);

/* What lies in the spool, and was told by another node while this one was down, is not told again.
 */
void alert_mark_clean(struct agent *agent);

/* True if what other nodes told meanwhile is known by now. */
bool alert_mark_is_settled(const struct agent *agent);

#endif
