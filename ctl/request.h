/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From arguments to the request line, with every check that needs no agent: a typing error is told
 * without one.
 */
#ifndef BANSYNC_CTL_REQUEST_H
#define BANSYNC_CTL_REQUEST_H

#include <stddef.h>

#include <stdint.h>

#include "addr.h"
#include "args.h"
#include "failure.h"

/* Builds the line with LF in *line (*size without NUL; free() it). ssh: value of SSH_CLIENT or
 * SSH_CONNECTION or NULL; its first word is sent with a ban, so that the agent can refuse to ban
 * whoever types. Returns 0, or -1 with *failure (EXIT_USAGE). */
int request_build(const struct args *args, const char *ssh, char **line, size_t *size,
                  struct failure *failure);

/* The parts that other requests have, too. Each 0, or -1 with *failure (EXIT_USAGE). */

/* One operand: an address or, where it may be one, a network. */
int request_target(const char *text, bool networks, struct failure *failure);

/* --for and --permanent; *for_ms 0: not given. */
int request_duration(const struct args *args, bool *permanent, int64_t *for_ms,
                     struct failure *failure);

/* A duration that is not zero; the failure names the option. */
int request_span(const char *text, const char *option, int64_t *ms, struct failure *failure);

/* --reason is not too long. */
int request_reason(const struct args *args, struct failure *failure);

/* The address in ssh, in text; NULL if there is none. */
const char *request_ssh_client(const char *ssh, char text[ADDR_TEXT_SIZE]);

#endif
