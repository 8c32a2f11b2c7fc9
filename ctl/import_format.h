/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formats of lists that can be imported: what a text is, and its readers.
 *
 * A reader takes any bytes; what it cannot use it puts into the list as bad, with its line.
 */
#ifndef BANSYNC_CTL_IMPORT_FORMAT_H
#define BANSYNC_CTL_IMPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "account.h"
#include "failure.h"
#include "import_list.h"

enum import_format {
    IMPORT_AUTO,
    IMPORT_PLAIN,
    IMPORT_MAP,
    IMPORT_CSV,
    IMPORT_JSON,
    IMPORT_FAIL2BAN,
    IMPORT_FORMATS,
};

/* "auto", "plain" ... */
extern const char *const import_format_names[IMPORT_FORMATS];

/* Reads such a name. False if it is none. */
bool import_format_parse(const char *name, enum import_format *format);

/* What the text looks like; never IMPORT_AUTO. A text that could be anything is plain. */
enum import_format import_format_of(const char *bytes, size_t size);

/* Writes the name of an account as a line of a plain list: no part of it is taken for a comment,
 * nor the line for the first one of another format. Returns its length without NUL. */
size_t import_format_print_account(const struct addr *account, char text[ACCOUNT_TEXT_SIZE]);

/* Of what the readers find see list->accounts_only (import_list.h). */

/* One address, network or account a line; "#" and ";" begin a comment. */
void import_read_plain(const char *bytes, size_t size, struct import_list *list);

/* A map as rspamd reads it: see map_read_foreign; a user map: see usermap_read_foreign. */
void import_read_map(const char *bytes, size_t size, struct import_list *list);

/* Rows of fields with a comma, semicolon or tab between them, the first one with their names; a
 * quote around what holds such a sign. 0, or -1 with *failure if no column has addresses or
 * accounts. */
int import_read_csv(const char *bytes, size_t size, struct import_list *list,
                    struct failure *failure);

/* An array of objects and texts, or an object with one as its member "bans". 0, or -1 with *failure
 * if it is no JSON, or none of these. */
int import_read_json(const char *bytes, size_t size, struct import_list *list,
                     struct failure *failure);

#endif
