/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request for a view asks for: how far back, how much, which kinds (list, history,
 * stats, watch).
 */
#ifndef BANSYNC_CTL_REQUEST_VIEW_H
#define BANSYNC_CTL_REQUEST_VIEW_H

#include <stdint.h>

#include "args.h"
#include "failure.h"
#include "json.h"

/* Reads text, the value of an option, as a number from 1 to max. Returns 0, or -1 with *failure. */
int request_number(const char *text, const char *option, int64_t max, int64_t *number,
                   struct failure *failure);

/* Adds it to the request; nothing for other commands. Returns 0, or -1 with *failure. */
int request_add_view(struct ctl_json *request, const struct args *args, struct failure *failure);

#endif
