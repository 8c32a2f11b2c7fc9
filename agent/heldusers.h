/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts of the user map that stay in force beside the state, as its database was lost: what
 * heldmap is to the map, whose beginning and end they share.
 */
#ifndef BANSYNC_HELDUSERS_H
#define BANSYNC_HELDUSERS_H

#include "agent.h"

/* At start, after the state was loaded: those that an earlier run kept; or, if blank, all of the
 * user map's text. 0 or -1. */
int heldusers_open(struct agent *agent, bool blank, const char *bytes, size_t size);

/* No more are kept. */
void heldusers_clear(struct agent *agent);

/* Adds to the turn's transaction which are kept; none once that is ending. */
void heldusers_persist(struct agent *agent, bool ending);

/* Appends those that are in force: not unbanned since, and not on the allowlist. 0, or -1 without
 * memory. */
int heldusers_append(const struct agent *agent, struct addrs *accounts);

/* Copies those that are kept to USERS_FILE.before-bansync; *copy is its name, which the caller
 * frees, NULL if none are kept. 0 or -1 and text in error. */
int heldusers_copy(const struct agent *agent, char **copy, char *error, size_t error_size);

/* True if that account is kept in force. */
bool heldusers_has(const struct agent *agent, const struct addr *account);

/* True if the state has a record of each: banned, ended or unbanned. */
bool heldusers_are_recorded(const struct agent *agent);

#endif
