/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the agent writes to the process that sends mails: one packet a message. Both ends are the
 * same program, so structures travel as they are. Other kinds of messages get types of their own.
 */
#ifndef BANSYNC_ADAPTER_MAILER_MESSAGE_H
#define BANSYNC_ADAPTER_MAILER_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

enum mailer_type {
    MAILER_MAIL = 1,
    MAILER_SERVER, /* server and from are now those; no to, no text */
};

struct mailer_message {
    uint32_t type;
    uint32_t text_size;
    char server[ENDPOINT_BYTES_MAX + 1];
    char from[MAIL_ADDRESS_BYTES_MAX + 1];
    char to[MAIL_ADDRESS_BYTES_MAX + 1];
    char text[MAIL_BYTES_MAX]; /* text_size bytes of it travel */
};

#define MAILER_HEAD_BYTES offsetof(struct mailer_message, text)

#endif
