/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl completion values: words that only the agent knows, for the scripts of completion.h.
 */
#ifndef BANSYNC_CTL_COMPLETION_VALUES_H
#define BANSYNC_CTL_COMPLETION_VALUES_H

#include "args.h"

/* Prints them, one a line, at most COMPLETION_VALUES_MAX. Nothing, and no error, if the agent is
 * not there or refuses: who presses TAB does not want to read why. Returns EXIT_USAGE for a kind
 * that is none. */
int completion_values_run(const struct args *args);

#define COMPLETION_VALUES_MAX 200

#endif
