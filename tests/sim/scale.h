/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node costs in a cluster of a size and shape: messages, bytes, CPU and memory; how soon a
 * ban is everywhere; what a node costs that was away, or comes without a database.
 */
#ifndef BANSYNC_SIM_SCALE_H
#define BANSYNC_SIM_SCALE_H

#include "cluster.h"

/* Measures and prints a table. nodes 0: the sizes of docs/SCALE.md, each with its shapes. Returns
 * an exit code: 1 if a cluster did not come to agree. */
int scale_run(size_t nodes, enum cluster_shape shape);

#endif
