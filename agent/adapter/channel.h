/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways by which an alert can reach the admin.
 */
#ifndef BANSYNC_ADAPTER_CHANNEL_H
#define BANSYNC_ADAPTER_CHANNEL_H

#include <stddef.h>

enum channel { CHANNEL_MAIL, CHANNEL_WEBHOOK, CHANNEL_EXEC, CHANNEL_COUNT };

/* "mail", "webhook" or "exec". */
const char *channel_name(enum channel channel);

/* The channel whose name these bytes are; CHANNEL_COUNT: none. */
enum channel channel_parse(const char *name, size_t length);

#endif
