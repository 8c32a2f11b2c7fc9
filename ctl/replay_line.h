/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a log, explained: what each part of it is, and which rule takes or refuses it where.
 */
#ifndef BANSYNC_CTL_REPLAY_LINE_H
#define BANSYNC_CTL_REPLAY_LINE_H

#include <stdbool.h>

/* Explains text (up to LINE_BYTES_MAX bytes) on stdout. Returns EXIT_DONE. */
int replay_line(const char *text, bool json);

#endif
