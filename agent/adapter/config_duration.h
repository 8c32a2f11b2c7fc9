/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole numbers, durations and lists of these as the configuration writes them. The parser of one
 * duration is in config.h.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_DURATION_H
#define BANSYNC_ADAPTER_CONFIG_DURATION_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "config_mistake.h"

/* Room for the text of a duration, with NUL. */
#define CONFIG_DURATION_SIZE 32

/* The first length bytes of text as a number: at most 15 digits, no sign, no leading zero. Returns
 * 0 or -1. */
int config_number_parse(const char *text, size_t length, int64_t *number);

/* Writes ms as config_duration_parse reads it, in the largest unit that is exact up to days.
 * Returns text. */
const char *config_duration_print(int64_t ms, char text[CONFIG_DURATION_SIZE]);

/* Reads the durations of the first, second ... ban: 1 to DURATIONS_MAX of at least least_ms with
 * blanks between them, permanent only as the last one. 0, or -1 and "what; what to do" in mistake,
 * with *durations as it was. */
int config_durations_parse(const char *text, int64_t least_ms, struct config_durations *durations,
                           char mistake[CONFIG_MISTAKE_SIZE]);

/* Writes count durations (at most DURATIONS_MAX, of any value) with blanks between them. Returns
 * text. */
#define CONFIG_DURATIONS_SIZE (DURATIONS_MAX * CONFIG_DURATION_SIZE)
const char *config_durations_print(const int64_t *ms, size_t count,
                                   char text[CONFIG_DURATIONS_SIZE]);

#endif
