/* SPDX-License-Identifier: Apache-2.0 */
/*
 * [never-ban] file: networks that are never in the map, from a file that others keep up to date.
 *
 * It is read again when it changes. While it cannot be read, or has a mistake, what it held last
 * stays in force; if nothing is known yet, what this node published before.
 */
#ifndef BANSYNC_NEVERBAN_H
#define BANSYNC_NEVERBAN_H

#include "agent.h"

#define NEVERBAN_LOOK_MS 1000

/* Reads the file of the configuration; "": there is none. Trouble is logged, and told by
 * neverban_problem. */
void neverban_open(struct agent *agent);
void neverban_close(struct agent *agent);

/* Looks whether the file changed or an entry ended, once a second: then all is published anew. */
void neverban_turn(struct agent *agent);

/* Another configuration is in force: its file, read before. What list holds becomes the agent's. */
void neverban_replace(struct agent *agent, struct netlist *list, const struct netlist_mark *mark);

/* Why the file is not in force as it is; NULL if it is, or there is none. */
const char *neverban_problem(const struct agent *agent);

#endif
