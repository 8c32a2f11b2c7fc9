/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question to the agent whose answer is looked at, not printed.
 */
#ifndef BANSYNC_CTL_INQUIRY_H
#define BANSYNC_CTL_INQUIRY_H

#include <stddef.h>

#include "client.h"
#include "failure.h"
#include "json.h"

struct inquiry {
    struct ctl_json **items; /* each {"item":...} as it came */
    size_t count;
    struct ctl_json *result; /* {"result":...}; NULL: there is none */
    struct failure *failure;
};

/* Sends the command with these targets (count may be 0) and takes the answer. Returns 0, or -1 with
 * *failure, also if the agent answers with an error. inquiry_free it in either case. */
int inquiry_ask(struct inquiry *inquiry, const struct client_options *options, const char *command,
                const char *const *targets, size_t count, struct failure *failure);

void inquiry_free(struct inquiry *inquiry);

/* The item of that index, and the result; NULL if there is none. */
const struct ctl_json *inquiry_item(const struct inquiry *inquiry, size_t index);
const struct ctl_json *inquiry_result(const struct inquiry *inquiry);

#endif
