/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address or network of a [never-ban] line, checked and kept as text.
 *
 * Does not: compare or combine networks; that is core's.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_NET_H
#define BANSYNC_ADAPTER_CONFIG_NET_H

#include "config_mistake.h"

/* Room for the longest canonical text, "xxxx:...:255.255.255.255/128", and NUL. */
#define CONFIG_NET_SIZE 64

/* Checks "ADDRESS" or "ADDRESS/LENGTH": as inet_pton reads it, host bits zero, no v4-mapped
 * address, not wider than /8 or /32 (wider ones have no effect, docs/DESIGN.md section 4). Returns
 * 0 and the canonical text in net, or -1 and "what; what to do" in mistake. */
int config_net_parse(const char *text, char net[CONFIG_NET_SIZE],
                     char mistake[CONFIG_MISTAKE_SIZE]);

#endif
