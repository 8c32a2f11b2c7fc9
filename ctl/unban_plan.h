/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl unban --all and --by-node: what comes before them, as nobody has named what they lift.
 */
#ifndef BANSYNC_CTL_UNBAN_PLAN_H
#define BANSYNC_CTL_UNBAN_PLAN_H

#include "args.h"
#include "failure.h"

/* Asks the agent by a dry run how many bans it would lift, and the user whether these are meant:
 * always with --all; with --by-node if there are more than CONFIRM_ENTRIES_MAX, or if the node is
 * the one that is asked; args->at_most becomes then how many the user knows of, as there may be
 * more until it is done, unless --yes was given. Whatever else the command is, a dry run too, it is
 * 0 at once. ssh as in request_build. 0, or -1 with *failure. */
int unban_plan_confirm(struct args *args, const char *ssh, struct failure *failure);

#endif
