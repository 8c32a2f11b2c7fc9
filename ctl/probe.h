/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a server answer? Connects, says one thing, takes what comes first.
 */
#ifndef BANSYNC_CTL_PROBE_H
#define BANSYNC_CTL_PROBE_H

#include <stddef.h>

/* Connects to address, "HOST", "HOST:PORT", "[IPV6]:PORT" or the path of a socket, sends say (""
 * or NULL: nothing) and puts the beginning of the answer into reply, with NUL. All within
 * timeout_ms, but for the look-up of a name. Returns NULL, or why not, as a constant text. */
const char *probe_ask(const char *address, const char *default_port, const char *say,
                      int timeout_ms, char *reply, size_t size);

#endif
