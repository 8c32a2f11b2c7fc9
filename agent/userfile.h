/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written to the file of the user map. When is up to the writer of the map: both are
 * written at once.
 *
 * In mode enforce the file holds the user map and the accounts that are kept beside the state. In
 * mode observe FILE.would holds it, and what was lifted or has ended leaves the file. There is no
 * file as long as no account is banned and [detect] accounts is off. A file that is not ours is
 * left alone, and the status says so.
 */
#ifndef BANSYNC_USERFILE_H
#define BANSYNC_USERFILE_H

#include "agent.h"

/* At start: opens the files, and reads what FILE holds to *bytes (NULL: nothing; the caller frees
 * it). 0, or -1 (logged). */
int userfile_open(struct agent *agent, char **bytes, size_t *size);

void userfile_close(struct agent *agent);

/* Writes what is due. 0; or -1, and text in error. */
int userfile_write(struct agent *agent, char *error, size_t error_size);

/* Reads the file that is to hold the user map: FILE, in mode observe FILE.would. *bytes is NULL if
 * it holds none of ours; the caller frees it. */
void userfile_read(struct agent *agent, char **bytes, size_t *size);

/* How many of the accounts of the user map FILE does not hold. 0 without memory. */
size_t userfile_count_new(const struct agent *agent, const struct map_text *map);

/* Appends the accounts in FILE, and sorts them. 0, or -1 without memory; a file that cannot be read
 * has none. */
int userfile_accounts(struct agent *agent, struct addrs *accounts);

#endif
