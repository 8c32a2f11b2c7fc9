/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists of the configuration: peers, networks, accounts, buckets. Every line adds one element.
 *
 * Each function returns 0, or -1 and "what; what to do" in mistake, with *config as it was.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_LIST_H
#define BANSYNC_ADAPTER_CONFIG_LIST_H

#include <stdbool.h>

#include "config.h"
#include "config_mistake.h"

/* "LABEL tcp://HOST:PORT PUBLICKEY". At most PEERS_MAX. */
int config_list_add_peer(struct config *config, const char *text,
                         char mistake[CONFIG_MISTAKE_SIZE]);

/* An address or network, kept in canonical form. At most NEVER_BAN_MAX. */
int config_list_add_net(struct config *config, const char *text, char mistake[CONFIG_MISTAKE_SIZE]);

/* An account, 1 to 127 bytes without control characters. At most NEVER_BAN_MAX. */
int config_list_add_account(struct config *config, const char *text,
                            char mistake[CONFIG_MISTAKE_SIZE]);

/* The name of a ratelimit bucket. At most BUCKETS_MAX. */
int config_list_add_bucket(struct config *config, const char *text,
                           char mistake[CONFIG_MISTAKE_SIZE]);

/* True if both have the same elements in the same order. */
bool config_list_same_peers(const struct config *a, const struct config *b);
bool config_list_same_nets(const struct config *a, const struct config *b);
bool config_list_same_accounts(const struct config *a, const struct config *b);
bool config_list_same_buckets(const struct config *a, const struct config *b);

#endif
