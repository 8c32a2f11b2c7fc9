/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One conversation with the agent: connect, one request line, reply lines (bansync-protocol(7)).
 */
#ifndef BANSYNC_CTL_CLIENT_H
#define BANSYNC_CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

struct client_options {
    const char *socket_path;
    int64_t timeout_s; /* for all of it: connection, request and the whole answer */
    bool stream;       /* the answer has no end: timeout_s is for its first line */
    int stop_fd;       /* of a stream: when it can be read, there is enough */
};

/* Called for each line of the answer, without LF. Returns true if it was the last one. */
typedef bool client_line_fn(void *context, const char *line, size_t length);

/* Sends request (with LF) and hands out lines until one is the last, or there is enough of a
 * stream. Returns 0, or -1 with *failure: EXIT_UNREACHABLE, EXIT_PERMISSION or EXIT_INTERNAL. Lines
 * may have been handed out before a failure. */
int client_ask(const struct client_options *options, const char *request, size_t request_size,
               client_line_fn *line, void *context, struct failure *failure);

#endif
