/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database's schema and every statement, as text.
 *
 * Documented for operators in docs/DESIGN.md section 6, "Database".
 * Does not: use SQLite (see store.c).
 */
#ifndef BANSYNC_ADAPTER_STATEMENT_H
#define BANSYNC_ADAPTER_STATEMENT_H

/* Numbers as text, because they are parts of statements and of SQLite's answers. */

/* PRAGMA application_id of a database of ours: "bans". */
#define STORE_SQL_APPLICATION_ID "1650552435"
/* PRAGMA user_version and meta 'schema'. A newer one is refused, an older one migrated. */
#define STORE_SQL_SCHEMA_NUMBER "6"
/* Rows that one call may expire: some 5 ms of work. */
#define STORE_SQL_EXPIRE_ROWS_MAX "4096"

/* Prepared once, kept. PUT, DELETE and LOAD follow the order of enum store_table.
 * Parameters of PUT: 1 subject, 2 body, 3 hash, 4 key or at_ms, 5 note. Columns of LOAD: the same,
 * from 0. */
enum store_sql {
    STORE_SQL_BEGIN,
    STORE_SQL_COMMIT,
    STORE_SQL_PUT_STRIKE,
    STORE_SQL_PUT_RECORD,
    STORE_SQL_PUT_ALLOW,
    STORE_SQL_PUT_HELD,
    STORE_SQL_PUT_AUDIT,
    STORE_SQL_PUT_MARK,
    STORE_SQL_DELETE_RECORD, /* 1 key */
    STORE_SQL_DELETE_ALLOW,
    STORE_SQL_DELETE_HELD,
    STORE_SQL_DELETE_AUDIT,
    STORE_SQL_DELETE_MARK,
    STORE_SQL_LOAD_STRIKE,
    STORE_SQL_LOAD_RECORD,
    STORE_SQL_LOAD_ALLOW,
    STORE_SQL_LOAD_HELD,
    STORE_SQL_LOAD_AUDIT,
    STORE_SQL_LOAD_MARK,
    STORE_SQL_EXPIRE_FIND,   /* 1 at_or_before_ms; answers first rowid, first rowid that stays */
    STORE_SQL_EXPIRE_STRIKE, /* 1 first rowid that stays */
    STORE_SQL_META_PUT,      /* 1 name, 2 value */
    STORE_SQL_META_GET,      /* 1 name */
    STORE_SQL_COUNT
};

/* One statement for each of enum store_sql. */
extern const char *const store_sql_text[STORE_SQL_COUNT];

/* Makes the table of held strikes, which came with schema 4. */
#define STORE_SQL_MAKE_HELD                                                               \
    "CREATE TABLE held (key BLOB NOT NULL PRIMARY KEY, subject TEXT NOT NULL, note TEXT," \
    " body BLOB NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID;"

/* Makes the table of audit entries, which came with schema 5. */
#define STORE_SQL_MAKE_AUDIT                                                               \
    "CREATE TABLE audit (key BLOB NOT NULL PRIMARY KEY, subject TEXT NOT NULL, note TEXT," \
    " body BLOB NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID;"

/* Makes the table of alert marks, which came with it. */
#define STORE_SQL_MAKE_MARK                                                               \
    "CREATE TABLE mark (key BLOB NOT NULL PRIMARY KEY, subject TEXT NOT NULL, note TEXT," \
    " body BLOB NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID;"

/* Makes the tables in a blank file, in one transaction: a crash leaves all of them or none. */
extern const char store_sql_schema[];

/* Settings of a connection: of the database, and of a file that is being written anew. */
extern const char store_sql_settings[];
extern const char store_sql_settings_new[];

#endif
