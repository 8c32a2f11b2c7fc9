/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From arguments to the request line, with every check that needs no agent: a typing error is told
 * without one.
 */
#ifndef BANSYNC_CTL_REQUEST_H
#define BANSYNC_CTL_REQUEST_H

#include <stddef.h>

#include "args.h"
#include "failure.h"

/* Builds the line with LF in *line (*size without NUL; free() it). ssh: value of SSH_CLIENT or
 * SSH_CONNECTION or NULL; its first word is sent with a ban, so that the agent can refuse to ban
 * whoever types. Returns 0, or -1 with *failure (EXIT_USAGE). */
int request_build(const struct args *args, const char *ssh, char **line, size_t *size,
                  struct failure *failure);

#endif
