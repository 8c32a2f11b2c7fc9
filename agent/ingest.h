/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From log lines to hits: scans what tail hands out, gives it a time and counts it.
 */
#ifndef BANSYNC_INGEST_H
#define BANSYNC_INGEST_H

#include "agent.h"

/* Reads at most one budget of lines. */
void ingest_read(struct agent *agent);

/* Where reading stands: all lines before it were taken. */
void ingest_position(const struct agent *agent, struct logposition *position);

/* Likewise. True if the position should be stored with this turn: there are rows to write anyway,
 * or it has been a second. */
bool ingest_position_is_due(const struct agent *agent, struct logposition *position);

/* Text of why the log is not read; NULL if it is, or is not the source. */
const char *ingest_problem(const struct agent *agent);

#endif
