/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One NOTICE line for each ban and unban, key=value, with counts by node and accounts (but see
 * notice_many.h); and one for each operators' allow entry that begins, changes or ends.
 */
#ifndef BANSYNC_NOTICE_H
#define BANSYNC_NOTICE_H

#include <bansync/control.h>

#include "agent.h"

/* Logs the BANNED, UNBANNED and ALLOW effects of the turn. */
void notice_turn(struct agent *agent);

/* Name of a node id: the own name, a peer's label, the name of a node that was known once if no
 * other bears it now, else 16 hex digits written to text. Valid until the next turn. */
const char *notice_node_name(const struct agent *agent, uint64_t id, char text[17]);

/* The same for a sentence, written to text and returned: of a key whose name another node bears now
 * that name with CONTROL_OLD_KEY behind it, "mx3 (old key)", in place of digits. */
#define NODE_LABEL_SIZE (NAME_BYTES_MAX + sizeof(CONTROL_OLD_KEY))
const char *notice_node_label(const struct agent *agent, uint64_t id, char text[NODE_LABEL_SIZE]);

#endif
