/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the configuration again, and what of it the node judges by.
 */
#ifndef BANSYNC_RELOAD_H
#define BANSYNC_RELOAD_H

#include "agent.h"

/* Reads the configuration again. 0; or -1, then *message is what is wrong and the running one stays
 * in force. *restart: options that differ and need a restart; NULL: none. The caller frees both. */
int reload_config(struct agent *agent, char **message, char **restart);

/* The policy of the configuration, and a hash of its buckets that does not depend on their order.
 */
struct policy reload_policy(const struct config *config);
uint64_t reload_buckets_hash(const struct agent *agent);

#endif
