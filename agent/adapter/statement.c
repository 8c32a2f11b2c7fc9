/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database's schema and every statement, as text.
 */
#include "statement.h"

/* record, allow, held, audit and mark are WITHOUT ROWID: one tree instead of a table and an index
 * halves the pages that a change dirties. */
const char store_sql_schema[] =
    "BEGIN IMMEDIATE;"
    "PRAGMA application_id = " STORE_SQL_APPLICATION_ID ";"
    "PRAGMA user_version = " STORE_SQL_SCHEMA_NUMBER ";"
    "CREATE TABLE strike (subject TEXT NOT NULL, at_ms INTEGER NOT NULL,"
    " body BLOB NOT NULL, hash INTEGER NOT NULL);"
    "CREATE TABLE record (key BLOB NOT NULL PRIMARY KEY, subject TEXT NOT NULL, note TEXT,"
    " body BLOB NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE allow (key BLOB NOT NULL PRIMARY KEY, subject TEXT NOT NULL, note TEXT,"
    " body BLOB NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID;" STORE_SQL_MAKE_HELD
        STORE_SQL_MAKE_AUDIT STORE_SQL_MAKE_MARK
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('schema', '" STORE_SQL_SCHEMA_NUMBER "');"
    "COMMIT;";

/*
 * NORMAL locking, so that operators can read with the sqlite3 program while the agent runs; a
 * second agent is kept out by the lock file. A checkpoint comes with every 1 MB of WAL: rarer ones
 * cost no less in sum and hold up a single commit for longer. After a burst, or after a reader that
 * kept it growing, the WAL file is cut back to 4 MB. Deleted rows need no overwriting.
 */
const char store_sql_settings[] = "PRAGMA journal_mode = WAL;"
                                  "PRAGMA synchronous = FULL;"
                                  "PRAGMA locking_mode = NORMAL;"
                                  "PRAGMA wal_autocheckpoint = 250;"
                                  "PRAGMA journal_size_limit = 4194304;"
                                  "PRAGMA secure_delete = OFF;"
                                  "PRAGMA cell_size_check = ON;"
                                  "PRAGMA trusted_schema = OFF;"
                                  "PRAGMA temp_store = MEMORY;";

/* A file written anew counts for nothing until it is complete, synced and renamed: it needs no
 * journal on disk. */
const char store_sql_settings_new[] = "PRAGMA journal_mode = MEMORY;"
                                      "PRAGMA synchronous = OFF;"
                                      "PRAGMA temp_store = MEMORY;";

#define PUT_BY_KEY(table) \
    "REPLACE INTO " table " (subject, body, hash, key, note) VALUES (?1, ?2, ?3, ?4, ?5)"
#define LOAD_BY_KEY(table) "SELECT subject, body, hash, key, note FROM " table " ORDER BY key"

/*
 * Expiry needs no index on at_ms, which would dirty one more page in every commit. Strikes are
 * appended nearly in time order, so what is due lies in front: walk by rowid up to the first row
 * that stays. A row behind a younger one waits until that one is due too, which bounds its stay by
 * the horizon after its own arrival; so no scan is needed either.
 */
const char *const store_sql_text[STORE_SQL_COUNT] = {
    [STORE_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [STORE_SQL_COMMIT] = "COMMIT",
    [STORE_SQL_PUT_STRIKE] = "INSERT INTO strike (subject, body, hash, at_ms)"
                             " VALUES (?1, ?2, ?3, ?4)",
    [STORE_SQL_PUT_RECORD] = PUT_BY_KEY("record"),
    [STORE_SQL_PUT_ALLOW] = PUT_BY_KEY("allow"),
    [STORE_SQL_PUT_HELD] = PUT_BY_KEY("held"),
    [STORE_SQL_PUT_AUDIT] = PUT_BY_KEY("audit"),
    [STORE_SQL_PUT_MARK] = PUT_BY_KEY("mark"),
    [STORE_SQL_DELETE_RECORD] = "DELETE FROM record WHERE key = ?1",
    [STORE_SQL_DELETE_ALLOW] = "DELETE FROM allow WHERE key = ?1",
    [STORE_SQL_DELETE_HELD] = "DELETE FROM held WHERE key = ?1",
    [STORE_SQL_DELETE_AUDIT] = "DELETE FROM audit WHERE key = ?1",
    [STORE_SQL_DELETE_MARK] = "DELETE FROM mark WHERE key = ?1",
    [STORE_SQL_LOAD_STRIKE] = "SELECT subject, body, hash, at_ms, NULL FROM strike ORDER BY rowid",
    [STORE_SQL_LOAD_RECORD] = LOAD_BY_KEY("record"),
    [STORE_SQL_LOAD_ALLOW] = LOAD_BY_KEY("allow"),
    [STORE_SQL_LOAD_HELD] = LOAD_BY_KEY("held"),
    [STORE_SQL_LOAD_AUDIT] = LOAD_BY_KEY("audit"),
    [STORE_SQL_LOAD_MARK] = LOAD_BY_KEY("mark"),
    [STORE_SQL_EXPIRE_FIND] =
        "SELECT first, coalesce((SELECT rowid FROM strike WHERE at_ms > ?1"
        " AND rowid < first + " STORE_SQL_EXPIRE_ROWS_MAX " ORDER BY rowid LIMIT 1),"
        " first + " STORE_SQL_EXPIRE_ROWS_MAX ") FROM (SELECT min(rowid) AS first FROM strike)",
    [STORE_SQL_EXPIRE_STRIKE] = "DELETE FROM strike WHERE rowid < ?1",
    [STORE_SQL_META_PUT] = "REPLACE INTO meta (name, value) VALUES (?1, ?2)",
    [STORE_SQL_META_GET] = "SELECT value FROM meta WHERE name = ?1",
};
