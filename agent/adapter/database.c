/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One open SQLite file: its rows and its transaction. The only file that uses SQLite.
 */
#include "database.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define BUSY_MS_MAX 50 /* only another writer makes us wait; a turn must not stand still for it */

static sqlite3_stmt *change_begin(struct database *database, enum store_sql which);
static void change_end(struct database *database, sqlite3_stmt *statement, int bound);
static int load_table(struct database *database, enum store_table table, store_row_fn *row,
                      void *context, bool *stopped);
static int bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, size_t size);
static int bind_text(sqlite3_stmt *statement, int index, const char *text);
static enum database_verdict judge(struct database *database, int code, const char *what);
static int errno_of(struct sqlite3 *handle);
static int fail(struct database *database, const char *what);

enum database_verdict database_open(struct database *database, const char *path)
{
    assert(database->handle == NULL);
    int code =
        sqlite3_open_v2(path, &database->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

    if (code != SQLITE_OK)
        return judge(database, code, "opening");
    sqlite3_extended_result_codes(database->handle, 1);
    sqlite3_busy_timeout(database->handle, BUSY_MS_MAX);
    /* The file is input: what it may define must not run. */
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    return DATABASE_GOOD;
}

enum database_verdict database_prepare(struct database *database, const char *settings,
                                       const char *schema)
{
    int code = sqlite3_exec(database->handle, settings, NULL, NULL, NULL);

    if (code == SQLITE_OK && schema != NULL)
        code = sqlite3_exec(database->handle, schema, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return judge(database, code, "preparing");
    for (int i = 0; i < STORE_SQL_COUNT && code == SQLITE_OK; i++)
        code = sqlite3_prepare_v3(database->handle, store_sql_text[i], -1,
                                  SQLITE_PREPARE_PERSISTENT, &database->statements[i], NULL);
    enum database_verdict verdict = judge(database, code, "preparing");
    /* The statements are right, so a table or a column must be missing. */
    return code == SQLITE_ERROR ? DATABASE_DAMAGED : verdict;
}

enum database_verdict database_ask(struct database *database, const char *sql,
                                   char answer[DATABASE_ANSWER_SIZE])
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL);

    answer[0] = '\0';
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        const unsigned char *text = code == SQLITE_ROW ? sqlite3_column_text(statement, 0) : NULL;
        if (text != NULL)
            snprintf(answer, DATABASE_ANSWER_SIZE, "%s", (const char *)text);
        if (code == SQLITE_ROW || code == SQLITE_DONE)
            code = SQLITE_OK;
    }
    enum database_verdict verdict = judge(database, code, "reading");
    sqlite3_finalize(statement);
    return verdict;
}

enum database_verdict database_run(struct database *database, const char *sql)
{
    enum database_verdict verdict =
        judge(database, sqlite3_exec(database->handle, sql, NULL, NULL, NULL), "changing");

    database_rollback(database);
    return verdict;
}

enum database_verdict database_copy(struct database *database, const char *path)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database->handle, "VACUUM INTO ?1", -1, &statement, NULL);

    if (code == SQLITE_OK)
        code = bind_text(statement, 1, path);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    enum database_verdict verdict =
        judge(database, code == SQLITE_DONE ? SQLITE_OK : code, "copying");
    sqlite3_finalize(statement);
    return verdict;
}

void database_close(struct database *database, bool keep_wal)
{
    for (int i = 0; i < STORE_SQL_COUNT; i++) {
        sqlite3_finalize(database->statements[i]);
        database->statements[i] = NULL;
    }
    if (keep_wal && database->handle != NULL)
        sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    int code = sqlite3_close(database->handle);
    assert(code == SQLITE_OK); /* no statement is left, so it cannot be busy */
    database->handle = NULL;
    database->begun = false;
    database->failed = false;
}

int database_load(struct database *database, store_row_fn *row, void *context)
{
    bool stopped = false;

    for (int table = STORE_STRIKE; table <= STORE_MARK && !stopped; table++)
        if (load_table(database, (enum store_table)table, row, context, &stopped) != 0)
            return -1;
    sqlite3_db_release_memory(database->handle); /* the pages are not needed again soon */
    return 0;
}

int database_meta_get(struct database *database, const char *name, void *value, size_t value_size)
{
    sqlite3_stmt *statement = database->statements[STORE_SQL_META_GET];
    int size = -1;

    if (statement == NULL)
        return fail(database, "reading a value");
    if (bind_text(statement, 1, name) == SQLITE_OK) {
        int code = sqlite3_step(statement);
        const void *bytes = code == SQLITE_ROW ? sqlite3_column_blob(statement, 0) : NULL;
        if (code == SQLITE_ROW || code == SQLITE_DONE)
            size = bytes != NULL ? sqlite3_column_bytes(statement, 0) : 0;
        if (size > 0 && (size_t)size <= value_size)
            memcpy(value, bytes, (size_t)size);
    }
    if (size < 0)
        fail(database, "reading a value");
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return size;
}

void database_put(struct database *database, const struct store_row *row)
{
    assert(row->table >= STORE_STRIKE && row->table <= STORE_MARK && row->subject != NULL);
    bool is_strike = row->table == STORE_STRIKE;
    sqlite3_stmt *statement =
        change_begin(database, STORE_SQL_PUT_STRIKE + (row->table - STORE_STRIKE));
    int bound = SQLITE_OK;

    if (statement == NULL)
        return;
    bound |= bind_text(statement, 1, row->subject);
    bound |= bind_bytes(statement, 2, row->body, row->body_size);
    bound |= sqlite3_bind_int64(statement, 3, (sqlite3_int64)row->hash);
    if (is_strike)
        bound |= sqlite3_bind_int64(statement, 4, row->at_ms);
    else
        bound |= bind_bytes(statement, 4, row->key, row->key_size);
    if (!is_strike && row->note != NULL)
        bound |= bind_text(statement, 5, row->note);
    change_end(database, statement, bound);
}

void database_delete(struct database *database, enum store_table table, const void *key,
                     size_t key_size)
{
    assert(table >= STORE_RECORD && table <= STORE_MARK);
    sqlite3_stmt *statement =
        change_begin(database, STORE_SQL_DELETE_RECORD + (table - STORE_RECORD));

    if (statement != NULL)
        change_end(database, statement, bind_bytes(statement, 1, key, key_size));
}

void database_expire_strikes(struct database *database, int64_t at_or_before_ms)
{
    sqlite3_stmt *find = database->statements[STORE_SQL_EXPIRE_FIND];
    int64_t first = 0;
    int64_t stays = 0;

    if (find == NULL || database->failed)
        return;
    /* Asked first: nothing due must not begin a transaction. */
    sqlite3_bind_int64(find, 1, at_or_before_ms);
    if (sqlite3_step(find) == SQLITE_ROW) {
        first = sqlite3_column_int64(find, 0);
        stays = sqlite3_column_int64(find, 1);
    } else {
        database->failed = true;
        fail(database, "looking for old strikes");
    }
    sqlite3_reset(find);
    if (first >= stays)
        return;
    sqlite3_stmt *statement = change_begin(database, STORE_SQL_EXPIRE_STRIKE);
    if (statement != NULL)
        change_end(database, statement, sqlite3_bind_int64(statement, 1, stays));
}

void database_meta_put(struct database *database, const char *name, const void *value, size_t size)
{
    sqlite3_stmt *statement = change_begin(database, STORE_SQL_META_PUT);
    int bound = SQLITE_OK;

    if (statement == NULL)
        return;
    bound |= bind_text(statement, 1, name);
    bound |= bind_bytes(statement, 2, value, size);
    change_end(database, statement, bound);
}

int database_commit(struct database *database)
{
    sqlite3_stmt *commit = database->statements[STORE_SQL_COMMIT];

    if (database->begun && !database->failed) {
        database->failed = sqlite3_step(commit) != SQLITE_DONE;
        if (database->failed)
            fail(database, "committing");
        sqlite3_reset(commit);
    }
    int result = database->failed ? -1 : 0;
    database_rollback(database);
    return result;
}

void database_rollback(struct database *database)
{
    /* After some errors SQLite has rolled back itself. */
    if (database->handle != NULL && !sqlite3_get_autocommit(database->handle))
        sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
    database->begun = false;
    database->failed = false;
}

/* Begins the transaction if none is open. Returns the statement, or NULL if the transaction has
 * failed. */
static sqlite3_stmt *change_begin(struct database *database, enum store_sql which)
{
    sqlite3_stmt *begin = database->statements[STORE_SQL_BEGIN];

    if (!database->begun && !database->failed) {
        database->begun = begin != NULL && sqlite3_step(begin) == SQLITE_DONE;
        database->failed = !database->begun;
        if (database->failed)
            fail(database, "beginning a transaction");
        sqlite3_reset(begin);
    }
    return database->failed ? NULL : database->statements[which];
}

/* Runs a statement of change_begin; bound is the result of binding. A failure is remembered for the
 * commit. */
static void change_end(struct database *database, sqlite3_stmt *statement, int bound)
{
    if (bound != SQLITE_OK || sqlite3_step(statement) != SQLITE_DONE) {
        database->failed = true;
        fail(database, "changing a row");
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static int load_table(struct database *database, enum store_table table, store_row_fn *row,
                      void *context, bool *stopped)
{
    sqlite3_stmt *statement = database->statements[STORE_SQL_LOAD_STRIKE + (table - STORE_STRIKE)];
    int code = SQLITE_MISUSE;

    while (!*stopped && statement != NULL && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct store_row loaded = {.table = table};
        loaded.subject = (const char *)sqlite3_column_text(statement, 0);
        loaded.body = sqlite3_column_blob(statement, 1);
        loaded.body_size = (size_t)sqlite3_column_bytes(statement, 1);
        loaded.hash = (uint64_t)sqlite3_column_int64(statement, 2);
        if (table == STORE_STRIKE) {
            loaded.at_ms = sqlite3_column_int64(statement, 3);
        } else {
            loaded.key = sqlite3_column_blob(statement, 3);
            loaded.key_size = (size_t)sqlite3_column_bytes(statement, 3);
            loaded.note = (const char *)sqlite3_column_text(statement, 4);
        }
        *stopped = !row(context, &loaded);
    }
    int result = *stopped || code == SQLITE_DONE ? 0 : fail(database, "loading");
    sqlite3_reset(statement);
    return result;
}

/* The bytes are not copied: they must stay until the statement is reset. */
static int bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, size_t size)
{
    /* A NULL pointer would bind NULL instead of an empty value. */
    return sqlite3_bind_blob64(statement, index, size > 0 ? bytes : "", size, SQLITE_STATIC);
}

static int bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    return sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static enum database_verdict judge(struct database *database, int code, const char *what)
{
    int primary = code & 0xff;

    if (code == SQLITE_OK)
        return DATABASE_GOOD;
    fail(database, what);
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ? DATABASE_DAMAGED
                                                                 : DATABASE_REFUSED;
}

/* Of the last failure, as far as its code tells it; 0: it does not. The directory could be written
 * where only the file may not be, so a file that SQLite had to open read-only is another's. */
static int errno_of(struct sqlite3 *handle)
{
    switch (sqlite3_errcode(handle) & 0xff) {
    case SQLITE_FULL:
        return ENOSPC;
    case SQLITE_READONLY:
        return EACCES;
    case SQLITE_CANTOPEN:
        return sqlite3_system_errno(handle);
    default:
        return 0;
    }
}

/* Notes what SQLite says of its last failure. Returns -1. */
static int fail(struct database *database, const char *what)
{
    sqlite3 *handle = database->handle;
    char *error = database->error;

    database->reason = handle != NULL ? errno_of(handle) : 0;
    /* The extended code tells a failed write from a failed sync; the errno of either is not kept.
     */
    if (handle == NULL)
        snprintf(error, DATABASE_ERROR_SIZE, "%s: not open", what);
    else if ((sqlite3_errcode(handle) & 0xff) == SQLITE_CANTOPEN)
        snprintf(error, DATABASE_ERROR_SIZE, "%s: %s: %s", what, sqlite3_errmsg(handle),
                 strerror(sqlite3_system_errno(handle)));
    else
        snprintf(error, DATABASE_ERROR_SIZE, "%s: %s (SQLite code %d)", what,
                 sqlite3_errmsg(handle), sqlite3_extended_errcode(handle));
    return -1;
}
