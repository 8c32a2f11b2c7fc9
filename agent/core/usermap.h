/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user map: the banned accounts, as rspamd's multimap of type "user" reads them. Like the map a
 * pure function of (state, tick), with the same first line (docs/DESIGN.md section 9).
 */
#ifndef BANSYNC_CORE_USERMAP_H
#define BANSYNC_CORE_USERMAP_H

#include "map.h"
#include "map_read.h"

/* Sorts the accounts and makes them a map, one a line. Those that no line can name are left out:
 * their number, if untold is not NULL, to *untold. 0, or -1 without memory. Free with map_free. */
int usermap_print(struct addrs *accounts, struct map_text *map, size_t *untold);

/* True if the account belongs there: it is banned, and not on the allowlist. */
bool usermap_has(const struct state *state, const struct addr *account);

/* Writes the line, with line feed and NUL, that rspamd reads as just that account, and returns its
 * length without NUL; 0 if there is none: rspamd takes blanks off both ends, and knows no way to
 * write a quotation mark where it needs some. */
#define USERMAP_LINE_SIZE (ACCOUNT_BYTES_MAX + 4)
size_t usermap_write_line(const struct addr *account, char line[USERMAP_LINE_SIZE]);

/* Reads a line (without line feed) of a user map of ours: 0, or -1 if it names no account. */
int usermap_read_line(const char *line, size_t size, struct addr *account);

/* Reads a line (without line feed) of a user map that somebody else may have written. 0; 1: it is
 * empty or a comment; -1: rspamd does not read it as just one account. */
int usermap_read_foreign(const char *line, size_t size, struct addr *account);

/* The next line of one that names an account; others are passed over. False at the end. */
bool usermap_lines_next(struct map_lines *lines, struct addr *account);

/* Takes out of the map what the former text does not hold, too, in place. 0, or -1 without memory,
 * the map as it was. */
int usermap_meet(struct map_text *map, const char *bytes, size_t size);

#endif
