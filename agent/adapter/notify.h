/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells the service manager how we are: one datagram to $NOTIFY_SOCKET (sd_notify(3), without
 * libsystemd), and learns how often it wants to hear (sd_watchdog_enabled(3)).
 * Does not: retry, wait for an answer, support other kinds of socket than AF_UNIX.
 */
#ifndef BANSYNC_ADAPTER_NOTIFY_H
#define BANSYNC_ADAPTER_NOTIFY_H

#include <stdint.h>

/* Sends state ("READY=1", "WATCHDOG=1", "STATUS=...", several separated by LF). Harmless without
 * $NOTIFY_SOCKET and on every failure; waits at most 100 ms for a full receiver; errno is
 * preserved. */
void notify_send(const char *state);

/* Longest time between two "WATCHDOG=1", ms: half of $WATCHDOG_USEC, at least 1. 0: none is wanted,
 * or of another process ($WATCHDOG_PID), or the variables are no numbers. */
int64_t notify_watchdog_ms(void);

#endif
