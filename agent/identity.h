/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who this node is: its key pair.
 */
#ifndef BANSYNC_IDENTITY_H
#define BANSYNC_IDENTITY_H

#include <stdint.h>

#include "config.h"
#include "keyfile.h"

/* Reads the node's key. A node without key file that neither listens beyond loopback nor has peers
 * gets one of its own in state_dir. 0, or -1 (logged): no key where one is needed, or not readable.
 */
int identity_load(const struct config *config, struct keyfile_pair *pair);

/* Says what identity_load would refuse, without making anything, and what peer lines say of this
 * node: the line with its key names it; a line with its address and another key is a mistake. 0, or
 * -1 and a text. */
int identity_check(const struct config *config, char *error, size_t error_size);

/* Takes name and listen from the peer line with the own key where [node] does not set them. */
void identity_adopt(struct config *config, const struct keyfile_pair *pair);

/* A random number that is not 0. */
uint64_t identity_random(void);

#endif
