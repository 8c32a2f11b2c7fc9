/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a list to be imported comes from: a file, one that gzip(1) made, standard input, or a
 * database of fail2ban.
 */
#ifndef BANSYNC_CTL_IMPORT_SOURCE_H
#define BANSYNC_CTL_IMPORT_SOURCE_H

#include "failure.h"
#include "import_format.h"

/* Room for a name, with NUL. */
#define IMPORT_SOURCE_NAME_SIZE 129

/* Reads path ("-": standard input) into the list; *format is what is wanted, and becomes what it
 * is. jail: of a database of fail2ban only the bans of that one; NULL: all. 0, or -1 with *failure:
 * it cannot be read, is too large, or has no such jail. Ends the process without memory. */
int import_source_read(const char *path, const char *jail, enum import_format *format,
                       struct import_list *list, struct failure *failure);

/* Writes where it came from, for the history: the name of the file without its folder, harmless and
 * cut to the room, and of which jail, "fail2ban.sqlite3 (jail sshd)"; of standard input its format,
 * "standard input (csv)". */
void import_source_name(const char *path, const char *jail, enum import_format format,
                        char name[IMPORT_SOURCE_NAME_SIZE]);

#endif
