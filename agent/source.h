/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where hits come from: the log or rspamd's socket, one of them ([detect] source).
 *
 * A source that was off starts at its end: while the socket is the source, the stored position in
 * the log is taken out, and what was logged meanwhile is never read. Does not: judge hits
 * (ingest.h, receive.h).
 */
#ifndef BANSYNC_SOURCE_H
#define BANSYNC_SOURCE_H

#include "agent.h"

/* Opens the source of the configuration. 0, or -1 and it has been logged why not. */
int source_open(struct agent *agent);
void source_close(struct agent *agent);

/* Descriptor that becomes readable when source_read should be called. */
int source_fd(const struct agent *agent);

/* Takes what waits, at most one budget of it. */
void source_read(struct agent *agent);

/* True if there is more, now. */
bool source_has_more(const struct agent *agent);

/* Puts into the store's transaction where reading stands, if that is due or forced. True: *position
 * was put, and source_put_done is to be called when it is durable. */
bool source_put(struct agent *agent, bool forced, struct logposition *position);
void source_put_done(struct agent *agent, const struct logposition *position);

#endif
