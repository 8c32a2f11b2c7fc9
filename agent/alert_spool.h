/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the agent puts alerts: into the spool in state_dir, and while its disk takes none, for
 * whatever reason, into the second one beside the control socket. What is beyond a bound is lost
 * in either.
 */
#ifndef BANSYNC_ALERT_SPOOL_H
#define BANSYNC_ALERT_SPOOL_H

#include "agent.h"

/* Directory of the control socket, which has the second spool unless it is state_dir by another
 * name; "": there is no second one. */
void alert_spool_run_dir(const struct config *config, char out[PATH_BYTES_MAX]);

/* Opens both. One that cannot be opened is tried again when an alert is to be put there. */
void alert_spool_open(struct agent *agent);
void alert_spool_close(struct agent *agent);

/* Puts it there, and has it delivered. 0; or -1: it is lost, which is counted, and logged once
 * (agent->alert.spool_error). */
int alert_spool_put(struct agent *agent, const struct spool_file *file, enum alertkind kind);

/* Lists both, as alert_spool_cancel needs it. The number of alerts there. */
int64_t alert_spool_list(struct agent *agent);

/* True if one with that id is among those that were listed last. */
bool alert_spool_has(const struct agent *agent, const char id[SPOOL_ID_SIZE]);

/* Removes those with that id, of those that were listed last. */
void alert_spool_cancel(struct agent *agent, const char id[SPOOL_ID_SIZE]);

/* A small file beside the alerts, see spool_save; of two the second one is the newer. save logs
 * that it failed; true: it is in the first spool. append: only there; false: it failed, or there
 * is no such file. */
bool alert_spool_save(struct agent *agent, const char *name, const char *bytes, size_t size);
bool alert_spool_append(struct agent *agent, const char *name, const char *bytes, size_t size);
ssize_t alert_spool_load(struct agent *agent, const char *name, char *bytes, size_t size);

#endif
