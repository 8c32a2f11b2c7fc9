/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges an opened database: is it ours, is its schema known, is it whole?
 */
#include "store_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statement.h"

static enum database_verdict check_schema(struct database *database, const char *number);
static enum database_verdict say(struct database *database, enum database_verdict verdict,
                                 const char *text);

enum database_verdict store_check_identity(struct database *database, bool *blank)
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
    *blank = strcmp(id, "0") == 0 && strcmp(answer, "0") == 0;
    if (*blank)
        return DATABASE_GOOD;
    if (is_ours)
        return check_schema(database, answer);
    return say(database, DATABASE_REFUSED, "another program's database: move it away");
}

enum database_verdict store_check_content(struct database *database)
{
    char answer[DATABASE_ANSWER_SIZE];
    char number[DATABASE_ANSWER_SIZE] = "";
    enum database_verdict verdict = database_ask(database, "PRAGMA journal_mode", answer);

    if (verdict == DATABASE_GOOD && strcmp(answer, "wal") != 0)
        return say(database, DATABASE_REFUSED, "its file system cannot hold a WAL");
    if (verdict == DATABASE_GOOD)
        verdict = database_ask(database, "PRAGMA quick_check(1)", answer);
    if (verdict != DATABASE_GOOD)
        return verdict;
    if (strcmp(answer, "ok") != 0)
        return say(database, DATABASE_DAMAGED, answer);
    database_meta_get(database, "schema", number, sizeof number - 1);
    return check_schema(database, number);
}

static enum database_verdict check_schema(struct database *database, const char *number)
{
    long schema = strtol(number, NULL, 10);
    long known = strtol(STORE_SQL_SCHEMA_NUMBER, NULL, 10);

    if (schema == known)
        return DATABASE_GOOD;
    if (schema < known)
        return say(database, DATABASE_DAMAGED, "it has no schema number");
    snprintf(database->error, sizeof database->error,
             "schema %ld, but this bansyncd knows up to %ld: install the newer version again, or"
             " move the file away to start empty and fetch all from the other nodes",
             schema, known);
    return DATABASE_REFUSED;
}

static enum database_verdict say(struct database *database, enum database_verdict verdict,
                                 const char *text)
{
    snprintf(database->error, sizeof database->error, "%s", text);
    return verdict;
}
