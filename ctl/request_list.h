/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request for list asks for: which bans, in what order, how many.
 */
#ifndef BANSYNC_CTL_REQUEST_LIST_H
#define BANSYNC_CTL_REQUEST_LIST_H

#include "args.h"
#include "failure.h"
#include "json.h"

/* The words of --source and --sort, a blank behind each. */
extern const char request_list_sources[], request_list_orders[];

/* Adds it to the request. On a terminal, and not with --json, LIST_TERMINAL_MAX bans are asked for
 * unless told otherwise. Returns 0, or -1 with *failure (EXIT_USAGE). */
int request_add_list(struct ctl_json *request, const struct args *args, struct failure *failure);

#endif
