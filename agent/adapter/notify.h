/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells the service manager how we are: one datagram to $NOTIFY_SOCKET (sd_notify(3), without
 * libsystemd).
 * Does not: retry, wait for an answer, support other kinds of socket than AF_UNIX.
 */
#ifndef BANSYNC_ADAPTER_NOTIFY_H
#define BANSYNC_ADAPTER_NOTIFY_H

/* Sends state ("READY=1", "WATCHDOG=1", "STATUS=...", several separated by LF). Harmless without
 * $NOTIFY_SOCKET and on every failure; waits at most 100 ms for a full receiver; errno is
 * preserved. */
void notify_send(const char *state);

#endif
