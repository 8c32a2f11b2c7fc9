/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of the configuration: from text, by the type that option.def gives, to its member of
 * struct config.
 *
 * Does not: look at two options together (see config_check.h).
 */
#ifndef BANSYNC_ADAPTER_CONFIG_VALUE_H
#define BANSYNC_ADAPTER_CONFIG_VALUE_H

#include <stdbool.h>

#include "config.h"
#include "config_mistake.h"
#include "config_option.h"

#define CONFIG_NAME_RULE "1 to 63 letters, digits, '.', '_' or '-'"
#define CONFIG_NODE_ADVICE \
    "write a name that is neither \"-\" nor 16 hexadecimal digits, as a node's id has"

/* Sets the option's member to what text says; for a list, adds it. text has no blanks around it.
 * Returns 0, or -1 and "what; what to do" in mistake, with *config as it was. */
int config_value_set(struct config *config, const struct config_option *option, const char *text,
                     char mistake[CONFIG_MISTAKE_SIZE]);

/* True if both have the same value, in a list also in the same order. */
bool config_value_same(const struct config_option *option, const struct config *a,
                       const struct config *b);

/* True if text may be the name of a node, peer, cluster or group: [A-Za-z0-9._-]{1,63}. */
bool config_name_is_valid(const char *text);

/* True if it may be that of a node or peer: neither "-" nor what looks like a node's id. */
bool config_name_is_node(const char *text);

/* "off", "count" or "ban", by the number that [detect] accounts has (core's policy_accounts); NULL:
 * no such number. */
const char *config_accounts_name(int number);

#endif
