/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges an opened database: is it ours, is its schema known, is it whole?
 */
#include "store_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statement.h"

static enum database_verdict check_schema(struct database *database, const char *number,
                                          long *schema);
static enum database_verdict say(struct database *database, enum database_verdict verdict,
                                 const char *text);

enum database_verdict store_check_identity(struct database *database, long *schema)
{
    char id[DATABASE_ANSWER_SIZE];
    char answer[DATABASE_ANSWER_SIZE];
    enum database_verdict verdict = database_ask(database, "PRAGMA application_id", id);
    bool is_ours = strcmp(id, STORE_SQL_APPLICATION_ID) == 0;

    /* The number lies in the header, so it can be read whatever tables a newer version made. */
    if (verdict == DATABASE_GOOD)
        verdict = database_ask(
            database, is_ours ? "PRAGMA user_version" : "SELECT count(*) FROM sqlite_master",
            answer);
    if (verdict != DATABASE_GOOD)
        return verdict;
    *schema = 0;
    if (is_ours)
        return check_schema(database, answer, schema);
    if (strcmp(id, "0") == 0 && strcmp(answer, "0") == 0)
        return DATABASE_GOOD;
    return say(database, DATABASE_FOREIGN, "another program's database: move it away");
}

enum database_verdict store_check_pages(struct database *database)
{
    char answer[DATABASE_ANSWER_SIZE];
    enum database_verdict verdict = database_ask(database, "PRAGMA quick_check(1)", answer);

    if (verdict == DATABASE_GOOD && strcmp(answer, "ok") != 0)
        return say(database, DATABASE_DAMAGED, answer);
    return verdict;
}

enum database_verdict store_check_content(struct database *database)
{
    char answer[DATABASE_ANSWER_SIZE];
    char number[DATABASE_ANSWER_SIZE] = "";
    long schema;
    enum database_verdict verdict = database_ask(database, "PRAGMA journal_mode", answer);

    if (verdict == DATABASE_GOOD && strcmp(answer, "wal") != 0)
        return say(database, DATABASE_REFUSED, "its file system cannot hold a WAL");
    if (verdict == DATABASE_GOOD)
        verdict = store_check_pages(database);
    if (verdict != DATABASE_GOOD)
        return verdict;
    database_meta_get(database, "schema", number, sizeof number - 1);
    verdict = check_schema(database, number, &schema);
    if (verdict == DATABASE_GOOD && strcmp(number, STORE_SQL_SCHEMA_NUMBER) != 0)
        return say(database, DATABASE_DAMAGED, "its two schema numbers differ");
    return verdict;
}

static enum database_verdict check_schema(struct database *database, const char *number,
                                          long *schema)
{
    long known = strtol(STORE_SQL_SCHEMA_NUMBER, NULL, 10);

    *schema = strtol(number, NULL, 10);
    if (*schema < 1)
        return say(database, DATABASE_DAMAGED, "it has no schema number");
    if (*schema <= known)
        return DATABASE_GOOD;
    snprintf(database->error, sizeof database->error,
             "schema %ld, but this bansyncd knows up to %ld: install the newer version again, or"
             " move the file away to start empty and fetch all from the other nodes",
             *schema, known);
    return DATABASE_FOREIGN;
}

static enum database_verdict say(struct database *database, enum database_verdict verdict,
                                 const char *text)
{
    snprintf(database->error, sizeof database->error, "%s", text);
    return verdict;
}
