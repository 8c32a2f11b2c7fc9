/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One hit as a row of a table, or as JSON.
 */
#ifndef BANSYNC_CTL_REPLAY_HIT_H
#define BANSYNC_CTL_REPLAY_HIT_H

#include <stdbool.h>
#include <stdint.h>

#include "detect.h"

/* Writes it to stdout. line: its number; t_ms: its time. A table's titles come before its first
 * row. */
void replay_hit_json(const struct detect_hit *hit, uint64_t line, int64_t t_ms);
void replay_hit_row(const struct detect_hit *hit, uint64_t line, int64_t t_ms, bool is_first);

#endif
