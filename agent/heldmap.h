/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of a former map that stay in force beside the state: those of a file that was not ours,
 * until the operator adopts or discards them; those of our own map when the database was lost,
 * until a peer knows them.
 *
 * They lie in the database, so that a restart keeps exactly them. Both their beginning and their
 * end count once they are committed: a crash in between repeats the step.
 */
#ifndef BANSYNC_HELDMAP_H
#define BANSYNC_HELDMAP_H

#include "agent.h"

/* At start, after the state was loaded: what an earlier run kept; or all entries of the maps of
 * ours (their texts in bytes and users), if they have some and the state is blank. 0 or -1
 * (logged). */
int heldmap_open(struct agent *agent, const char *bytes, size_t size, const char *users,
                 size_t users_size);

void heldmap_close(struct agent *agent);

/* Takes over a file that is not ours: its text is copied to FILE.before-bansync, its entries are
 * kept. 0; or -1 and text in error: then the file must be left alone. */
int heldmap_take(struct agent *agent, const char *bytes, size_t size, char *error,
                 size_t error_size);

/* Adds to the turn's transaction what is kept. */
void heldmap_persist(struct agent *agent);

/* The transaction is durable. */
void heldmap_committed(struct agent *agent);

/* Ends it with the commit of the next transaction. */
void heldmap_end(struct agent *agent);

/* Takes heldmap_end back while the database fails: all is kept on. */
void heldmap_go_on(struct agent *agent);

/* Ends it if the database was lost, a peer agrees with what this node knows now, and that says of
 * each entry what became of it. Looks once a second. */
void heldmap_compare(struct agent *agent);

/* Copies the kept entries to FILE.before-bansync, unless there are none or the copy that is there
 * holds all of them; those of the user map: heldusers_copy. 0 or -1 and text in error. */
int heldmap_copy(struct agent *agent, char *error, size_t error_size);

/* The widest entry that is kept in force and covers addr, to *cover; false if there is none. */
bool heldmap_covers(const struct agent *agent, const struct addr *addr, struct addr *cover);

/* Counts, for each of the sorted prefixes, the entries in force that lie inside it: counts has room
 * for them, and begins with zeros. Reads all entries, once. */
void heldmap_count_inside(const struct agent *agent, const struct prefixes *prefixes,
                          size_t *counts);

/* "foreign" or "lost". */
const char *heldmap_kind_name(enum heldmap_kind kind);

#endif
