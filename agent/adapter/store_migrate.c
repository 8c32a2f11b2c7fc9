/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings a database of an older schema up to the present one: a table of steps, one a number.
 */
#include "store_migrate.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statement.h"
#include "store_check.h"

#define SQL_SIZE 1024

/* What makes schema from + 1 of it. */
static const struct step {
    long from;
    const char *sql;
} steps[] = {
    /* An allow entry gained its actor. Schema 1 held leases only, which every node publishes again
     * at its start. */
    {1, "DELETE FROM allow;"},
    /* Strikes and facts may tell messages apart. Rows without that stay as they are, with their
     * hashes; an older agent would drop those that have it. */
    {2, ""},
    /* The brake holds strikes. Records may tell what was forgotten of levels: the same holds. */
    {3, STORE_SQL_MAKE_HELD},
    /* What operators command is kept, and which alerts were told. */
    {4, STORE_SQL_MAKE_AUDIT STORE_SQL_MAKE_MARK},
    /* Records lie in the order of leaves. Rows with other keys are found when they are loaded, and
     * then the file is written anew. */
    {5, ""},
};

static long known(void)
{
    return strtol(STORE_SQL_SCHEMA_NUMBER, NULL, 10);
}

bool store_migrate_is_due(long schema)
{
    return schema != 0 && schema < known();
}

static enum database_verdict fail(struct database *database, const char *what)
{
    snprintf(database->error, sizeof database->error, "%s the copy for the migration: %s", what,
             strerror(errno));
    return DATABASE_REFUSED;
}

static enum database_verdict copy(struct database *database, const struct store_file *file,
                                  const char *directory, long schema)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%s/" STORE_FILE_NAME_COPY_NEW, directory) >=
        (int)sizeof path) {
        errno = ENAMETOOLONG;
        return fail(database, "making");
    }
    if (store_file_begin_copy(file) != 0)
        return fail(database, "making");
    enum database_verdict verdict = database_copy(database, path);
    if (verdict == DATABASE_GOOD && store_file_end_copy(file, schema) != 0)
        verdict = fail(database, "syncing");
    if (verdict != DATABASE_GOOD)
        store_file_drop_copy(file); /* it may be what fills the disk */
    return verdict;
}

/* Appends to sql, whose steps are short. */
static void append(char sql[SQL_SIZE], const char *text)
{
    size_t length = strlen(sql);

    snprintf(sql + length, SQL_SIZE - length, "%s", text);
}

enum database_verdict store_migrate(struct database *database, const struct store_file *file,
                                    const char *directory, long schema)
{
    char sql[SQL_SIZE] = "BEGIN IMMEDIATE;";
    enum database_verdict verdict = store_check_pages(database);

    if (verdict == DATABASE_GOOD)
        verdict = copy(database, file, directory, schema);
    if (verdict != DATABASE_GOOD)
        return verdict;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].from >= schema)
            append(sql, steps[i].sql);
    append(sql, "PRAGMA user_version = " STORE_SQL_SCHEMA_NUMBER ";"
                "REPLACE INTO meta (name, value) VALUES ('schema', '" STORE_SQL_SCHEMA_NUMBER "');"
                "COMMIT;");
    verdict = database_run(database, store_sql_settings);
    return verdict == DATABASE_GOOD ? database_run(database, sql) : verdict;
}
