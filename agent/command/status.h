/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What status and metrics both tell.
 */
#ifndef BANSYNC_STATUS_H
#define BANSYNC_STATUS_H

#include "agent.h"

/* True if nothing is wrong: status would say healthy. */
bool status_is_healthy(struct agent *agent);

/* True if the map file holds what it should. */
bool status_map_matches(const struct agent *agent);

#endif
