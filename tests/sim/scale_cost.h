/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the nodes of a cluster cost in a phase, a row for those of each role.
 */
#ifndef BANSYNC_SIM_SCALE_COST_H
#define BANSYNC_SIM_SCALE_COST_H

#include "cluster.h"

/* Prints the names of the columns. */
void scale_cost_head(void);

/* Prints a row for the hubs, if there are any, and one for the others: what they cost, a node and
 * second, since their meters were reset ms ago. */
void scale_cost_print(const struct sim *sim, const struct cluster *cluster, const char *phase,
                      int64_t ms);

#endif
