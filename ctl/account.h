/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of accounts as text, in requests and in lists: "\\" is a backslash, "\xNN" with
 * upper-case digits any byte. What is read back is the same bytes, whatever they are.
 */
#ifndef BANSYNC_CTL_ACCOUNT_H
#define BANSYNC_CTL_ACCOUNT_H

#include <stddef.h>

#include "addr.h"

#define ACCOUNT_TEXT_SIZE (4 * ACCOUNT_BYTES_MAX + 1)

/* Writes the name with NUL as a request has it: ASCII. */
void account_print_request(const struct addr *account, char text[ACCOUNT_TEXT_SIZE]);

/* As lists in columns and JSON have it: UTF-8 without what a terminal obeys. Returns its length. */
size_t account_print(const struct addr *account, char text[ACCOUNT_TEXT_SIZE]);

/* Reads either. A backslash before anything else is itself, as people write DOMAIN\user; so
 * is a byte that is no UTF-8. 0, or -1: it is no account. */
int account_parse(const char *text, size_t length, struct addr *account);

#endif
