/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prefixes that this node keeps out of every map: own and peers' addresses, and [never-ban].
 */
#ifndef BANSYNC_PROTECT_H
#define BANSYNC_PROTECT_H

#include "agent.h"

/* Those of a configuration and of its [never-ban] file, own addresses included, at now_ms: a new
 * array of *count, which the caller frees. NULL without memory. */
struct addr *protect_list(const struct config *config, const struct netlist *file, int64_t now_ms,
                          size_t *count);

/* Collects them into agent->protected and publishes them as leases: at start, after a reload and
 * once an hour. */
void protect_publish(struct agent *agent);

#endif
