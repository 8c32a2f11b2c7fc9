/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every reason why this node is not healthy, in words for people.
 */
#ifndef BANSYNC_JUDGE_H
#define BANSYNC_JUDGE_H

#include "agent.h"
#include "json.h"

/* Appends them to the array, and returns how many they are; 0: it is healthy. */
size_t judge_reasons(struct agent *agent, struct json *list);

#endif
