/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can only be judged when the whole configuration has been read: options against each other.
 *
 * Does not: look at the file system (key, log and map are opened by those who use them).
 */
#ifndef BANSYNC_ADAPTER_CONFIG_CHECK_H
#define BANSYNC_ADAPTER_CONFIG_CHECK_H

#include <bansync/limits.h>

#include "config.h"
#include "config_mistake.h"
#include "config_option.h"

/* Where each option was last set ({NULL, 0}: the default stands), and each peer. */
struct config_places {
    struct config_place options[CONFIG_OPTION_COUNT];
    struct config_place peers[PEERS_MAX];
};

/* Adds what contradicts itself to mistakes: a label, key or endpoint of two peers, one path for two
 * things, a socket path that the system cannot take. */
void config_check(const struct config *config, const struct config_places *places,
                  struct config_mistakes *mistakes);

#endif
