/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail addresses and a mail server as the configuration writes them.
 *
 * Addresses go into SMTP commands and headers, so only a plain and harmless part of what RFC 5321
 * allows is taken: no quotes, blanks, brackets, controls, or bytes beyond ASCII.
 * Does not: resolve names, know whether anybody is there.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_MAIL_H
#define BANSYNC_ADAPTER_CONFIG_MAIL_H

#include <bansync/limits.h>

/* NULL if text is one address, else what it should be ("write ..."). */
const char *config_mail_check(const char *text);

/* NULL if text is a list of addresses with commas between them, which is then written to list
 * without blanks; else what it should be. */
const char *config_mail_list(const char *text, char list[MAIL_TO_BYTES_MAX + 1]);

/* NULL if text is HOST:PORT, else what it should be. */
const char *config_mail_server(const char *text);

#endif
