/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl unban --all: what comes before it.
 */
#ifndef BANSYNC_CTL_UNBAN_ALL_H
#define BANSYNC_CTL_UNBAN_ALL_H

#include "args.h"
#include "failure.h"

/* Asks the agent how many bans there are and the user whether all are meant. Whatever else the
 * command is, it is 0 at once. 0, or -1 with *failure. */
int unban_all_confirm(const struct args *args, struct failure *failure);

#endif
