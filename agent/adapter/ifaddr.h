/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This host's own addresses: they must never be banned (docs/DESIGN.md section 4, "Never-ban").
 * Does not: watch for changes, know interfaces or prefixes.
 */
#ifndef BANSYNC_ADAPTER_IFADDR_H
#define BANSYNC_ADAPTER_IFADDR_H

#include <stddef.h>

/* Room for one address and NUL. */
#define IFADDR_TEXT_SIZE 64

/* Writes at most max addresses of this host's interfaces as inet_ntop(3) prints them, without
 * scope, each once, in no particular order. Loopback (127.0.0.0/8, ::1), link-local and unspecified
 * addresses are left out; a public address on the loopback interface is not. Returns how many; 0
 * also if the system cannot tell (errno). */
size_t ifaddr_list(char (*texts)[IFADDR_TEXT_SIZE], size_t max);

#endif
