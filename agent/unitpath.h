/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service unit keeps the agent from: conf/bansyncd.service lets it write below two
 * directories and see no home directories. A configuration that names other places is no mistake;
 * it needs a drop-in, which --check-config prints.
 * Does not: read units or drop-ins; what is already allowed is not known to one who asks by hand.
 */
#ifndef BANSYNC_UNITPATH_H
#define BANSYNC_UNITPATH_H

#include <stdbool.h>
#include <stdio.h>

#include "config.h"

/* What the unit's command lines read. */
#define UNITPATH_CONFIG "/etc/bansync/bansync.conf"

/* StateDirectory= and RuntimeDirectory= of the unit; a test compares them. */
#define UNITPATH_STATE "/var/lib/bansync"
#define UNITPATH_RUNTIME "/run/bansync"

/* Prints to out what has to be added to the unit for this configuration, and who must be let in;
 * nothing if all lies where the unit allows it. Asked by the unit itself (ExecStartPre=), what can
 * be written and read is allowed, and is not mentioned. of_unit: it is the configuration that the
 * unit reads; of another one, as of a trial, one line has to do. */
void unitpath_print(const struct config *config, bool of_unit, FILE *out);

#endif
