/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Noting for all nodes what a client of the control socket commanded.
 */
#ifndef BANSYNC_AUDITING_H
#define BANSYNC_AUDITING_H

#include <sys/types.h>

#include "agent.h"
#include "command.h"

/* An entry of who is asking, without a subject yet; reason may be NULL. */
struct audit auditing_begin(uid_t uid, const char *actor, enum audit_action action,
                            const char *reason);

/* Of one subject: with the request of the command that it goes with, which must be of this turn. */
void auditing_subject(struct agent *agent, const struct audit *audit, uint64_t request,
                      const struct addr *addr, int64_t until_ms);

/* Of many at once: their number, and the node or file it is about (NULL: none). */
void auditing_many(struct agent *agent, const struct audit *audit, size_t count,
                   const char *object);

#endif
