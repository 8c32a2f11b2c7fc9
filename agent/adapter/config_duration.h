/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole numbers and durations as the configuration writes them. The parser of durations is in
 * config.h.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_DURATION_H
#define BANSYNC_ADAPTER_CONFIG_DURATION_H

#include <stddef.h>
#include <stdint.h>

/* Room for the text of a duration, with NUL. */
#define CONFIG_DURATION_SIZE 32

/* The first length bytes of text as a number: at most 15 digits, no sign, no leading zero. Returns
 * 0 or -1. */
int config_number_parse(const char *text, size_t length, int64_t *number);

/* Writes ms as config_duration_parse reads it, in the largest unit that is exact up to hours.
 * Returns text. */
const char *config_duration_print(int64_t ms, char text[CONFIG_DURATION_SIZE]);

#endif
