/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One open SQLite file: its rows and its transaction. The only file that uses SQLite.
 *
 * A struct database that is all zero is closed: changes of it fail, everything else answers -1. So
 * a database that was lost needs no special case in its caller. Every failure writes its text to
 * `error`.
 * Does not: choose, lock, move or replace files (see store.c), or judge what is in them (see
 * store_check.c).
 */
#ifndef BANSYNC_ADAPTER_DATABASE_H
#define BANSYNC_ADAPTER_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "row.h"
#include "statement.h"

#define DATABASE_ERROR_SIZE 512
#define DATABASE_ANSWER_SIZE 128

struct sqlite3;
struct sqlite3_stmt;

struct database {
    struct sqlite3 *handle; /* NULL: closed */
    struct sqlite3_stmt *statements[STORE_SQL_COUNT];
    bool begun;  /* a transaction is open */
    bool failed; /* one of its changes failed: it can only be rolled back */
    char error[DATABASE_ERROR_SIZE];
    int reason; /* errno of the last failure; 0: not known */
};

enum database_verdict {
    DATABASE_GOOD,
    DATABASE_DAMAGED, /* the content of the file is to blame: another one would do */
    DATABASE_FOREIGN, /* another program's file, or a newer schema */
    DATABASE_REFUSED  /* anything else: I/O errors */
};

/* Opens the existing file path. Nothing is read yet. To be closed by database_close, also after a
 * failure. */
enum database_verdict database_open(struct database *database, const char *path);

/* Runs settings, then schema unless it is NULL, then prepares the statements. A missing table is
 * damage. */
enum database_verdict database_prepare(struct database *database, const char *settings,
                                       const char *schema);

/* Asks one question in SQL: answer gets the first column of the first row as text, "" if there is
 * none. */
enum database_verdict database_ask(struct database *database, const char *sql,
                                   char answer[DATABASE_ANSWER_SIZE]);

/* Runs statements without parameters; after a failure no transaction is left open. */
enum database_verdict database_run(struct database *database, const char *sql);

/* Writes the content, that of the WAL included, into path: absent or empty so far; not synced. */
enum database_verdict database_copy(struct database *database, const char *path);

/* Closes without committing; keeps the error text. keep_wal: file and WAL stay exactly as they are,
 * else the WAL is written back and removed. */
void database_close(struct database *database, bool keep_wal);

/* As the functions of store.h. */
int database_load(struct database *database, store_row_fn *row, void *context);
int database_meta_get(struct database *database, const char *name, void *value, size_t value_size);
void database_put(struct database *database, const struct store_row *row);
void database_delete(struct database *database, enum store_table table, const void *key,
                     size_t key_size);
void database_expire_strikes(struct database *database, int64_t at_or_before_ms);
void database_meta_put(struct database *database, const char *name, const void *value, size_t size);
int database_commit(struct database *database);

/* Forgets the open transaction and that it failed. */
void database_rollback(struct database *database);

#endif
