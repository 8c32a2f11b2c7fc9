/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the agent starts the process that delivers alerts, and what it writes to it: one packet a
 * message. Both ends are of one version, so structures travel as they are.
 */
#ifndef BANSYNC_ADAPTER_COURIER_MESSAGE_H
#define BANSYNC_ADAPTER_COURIER_MESSAGE_H

#include <stdint.h>

#include <bansync/limits.h>

/* The only argument: an agent that is older than the program, as while a package is upgraded, would
 * not understand it. */
#define COURIER_CHILD_WORD BANSYNC_VERSION
#define COURIER_CHILD_FD 3 /* its end of the socket */

enum courier_type {
    COURIER_SETTINGS = 1, /* from now on it is done so; what failed is tried anew */
    COURIER_LOOK,         /* there are new files; the settings do not travel */
};

/* What is "" is not configured. */
struct courier_settings {
    char state_dir[PATH_BYTES_MAX];
    char run_dir[PATH_BYTES_MAX];        /* of the second spool */
    char server[ENDPOINT_BYTES_MAX + 1]; /* HOST:PORT */
    char from[MAIL_ADDRESS_BYTES_MAX + 1];
    char webhook[WEBHOOK_URL_BYTES_MAX + 1];
    int32_t webhook_format; /* enum webhook_format of webhook.h */
    char exec[PATH_BYTES_MAX];
    int32_t log_level; /* enum log_level of log.h */
};

struct courier_message {
    uint32_t type;
    struct courier_settings settings;
};

#endif
