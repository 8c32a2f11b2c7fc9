/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line once more, for a hint that can be copied.
 */
#ifndef BANSYNC_CTL_AGAIN_H
#define BANSYNC_CTL_AGAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "args.h"

#define AGAIN_SIZE 1024

/* Writes the command with all operands and options that were typed, quoted for a shell where they
 * need it, and --flag behind them. False, and nothing is written: it is too long to be read. */
bool again_print(const struct args *args, const char *flag, char text[AGAIN_SIZE]);

#endif
