/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between core's rows and the database: loads them at start, commits one transaction a turn,
 * rebuilds the file from memory after a failure.
 */
#ifndef BANSYNC_PERSIST_H
#define BANSYNC_PERSIST_H

#include "agent.h"

/* Loads every row into the node. 0; or -1 (logged) with errno, ENOTSUP: the database is another
 * cluster's. */
int persist_load(struct agent *agent);

/* First thing in a turn: the node's self-check. What it finds damaged is loaded again; while the
 * database fails it stays as it is, since without rows all bans of that leaf would be lost. */
void persist_check(struct agent *agent);

/* Commits the rows among the node's effects, the log position and the clock. Returns false if that
 * is not durable. */
bool persist_turn(struct agent *agent);

/* What an operator does about a database that fails, in words; NULL: it does not. */
const char *persist_hint(const struct agent *agent);

#endif
