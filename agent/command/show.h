/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What show tells of a sender and explain, too.
 */
#ifndef BANSYNC_SHOW_H
#define BANSYNC_SHOW_H

#include "command.h"

/* Member manual: the last command of an operator, or null. */
void show_manual(struct json *item, const struct manual *manual);

/* Member strikes: the newest of count, the newest first. */
void show_strikes(struct agent *agent, struct json *item, const struct addr *addr,
                  const struct strike *strikes, size_t count);

/* Members covered_by and allowed_by: wider bans, entries of the allowlist. */
void show_covers(struct agent *agent, struct json *item, const struct addr *addr);

#endif
