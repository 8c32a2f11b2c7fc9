/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database: one SQLite file, WAL, synchronous=FULL. database.c alone uses SQLite.
 *
 * Tables (readable with the sqlite3 program; docs/DESIGN.md section 6):
 *   strike         append-only, by rowid   subject, at_ms, body, hash
 *   record, allow  by key                  key, subject, note, body, hash
 *   held           by key                  likewise: strikes that are not in the state
 *   audit          by key                  likewise: what operators commanded
 *   mark           by key                  likewise: alerts that were told
 *   meta           small values by name    name, value
 * body is the entry's canonical bytes, hash its 64-bit hash: the caller computes and checks it.
 * Does not: know what a row means.
 */
#ifndef BANSYNC_ADAPTER_STORE_H
#define BANSYNC_ADAPTER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "row.h"
#include "store_trouble.h"

struct store;

/* Opens or makes directory/bansync.db (directory must exist; 0700 or stricter is not demanded),
 * takes an exclusive lock on directory/lock so that a second agent is refused, checks the file
 * (quick_check) and its schema number. A file that fails the check is renamed to
 * bansync.db.corrupt-N (with its -wal and -shm) and a new one is made: *set_aside says so. An older
 * schema is migrated, after a copy bansync.db.schema-N was made (store_migrate.h). NULL and text in
 * error on failure; errno is ENOTSUP if the file is not for this version: a newer schema, or
 * another program's. It is untouched then. */
struct store *store_open(const char *directory, bool *set_aside, char *error, size_t error_size);

/* Closes and frees *store, rolls back what was not committed, sets it to NULL; NULL is harmless. */
void store_close(struct store **store);

/* The schema number from which store_open migrated; 0: it did not. */
long store_migrated_from(const struct store *store);

/* Calls row for every row of every table (strikes in rowid order). Pointers are valid during the
 * call. row returns false to stop. Returns 0 or -1. */
int store_load(struct store *store, store_row_fn *row, void *context);

/* Small values. store_meta_get returns the size, copied to value if it fits, 0 if absent, -1 on
 * error. */
int store_meta_get(struct store *store, const char *name, void *value, size_t value_size);

/* All changes belong to one transaction, begun by the first of them and ended by store_commit. A
 * failing change is remembered and makes store_commit fail. An equal key replaces the row;
 * store_delete of an absent key is no error. */
void store_put(struct store *store, const struct store_row *row);
void store_delete(struct store *store, enum store_table table, const void *key, size_t key_size);
void store_expire_strikes(struct store *store, int64_t at_or_before_ms);
void store_meta_put(struct store *store, const char *name, const void *value, size_t size);

/* Ends the transaction durably. 0: everything since the last commit is on disk (also if there was
 * nothing to do: no write happens then). -1: nothing of it is; the transaction is gone; store_error
 * tells why. */
int store_commit(struct store *store);
const char *store_error(const struct store *store);

/* Why the last failure, as far as can be told; tries a write of a page in the directory. */
enum store_trouble store_trouble(const struct store *store);

/* True if a transaction with changes is open. */
bool store_is_dirty(const struct store *store);

/* Does directory/bansync.db still lead to the database that is open? False: it, or its directory,
 * was moved, removed or replaced, and what is committed now will not be there after a restart. One
 * stat(2). During a rebuild it is asked of the old file. */
bool store_is_in_place(const struct store *store);

/* After failures: starts a new file beside the old one (bansync.db.new). The caller then puts
 * everything it holds with store_put/store_meta_put and calls store_rebuild_finish, which commits,
 * fsyncs, renames it over bansync.db, removes the old -wal and -shm and fsyncs the directory. Both
 * 0 or -1; after -1 the store is still the failed one. */
int store_rebuild_begin(struct store *store);
int store_rebuild_finish(struct store *store);

#endif
