/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fail2ban-bans FILE [JAIL]: the bans in a database of fail2ban, or those of that jail, as CSV, for
 * banctl import. Exits 2 if there is none of that jail, and names those there are.
 *
 * A program of its own: banctl starts in a millisecond because it links little, and this is the
 * only one of its commands that needs SQLite. The file is somebody else's: it is opened to be read
 * only, nothing in it is run, and what is in it is text that banctl judges.
 *
 * fail2ban 0.11 and later keep one row a sender and jail, with its end, in the table bips; before
 * that there is only bans, one row for each ban ever made.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* A reason has 255 bytes; "fail2ban " and " [since 2026-12-31T12:00:00Z]" are beside the jail. */
#define JAIL_BYTES_MAX 217
static const char cut_mark[] = "...";

/* ?1: a jail, or NULL: all. The columns of each: ip, jail, time, length (NULL: not known; negative:
 * permanent). */
#define OF_JAIL " WHERE ?1 IS NULL OR jail = ?1"
static const char query_bips[] = "SELECT ip, jail, timeofban, bantime FROM main.bips" OF_JAIL;
static const char query_bans[] =
    "SELECT ip, jail, max(timeofban), bantime FROM main.bans" OF_JAIL " GROUP BY ip, jail";
static const char query_old[] =
    "SELECT ip, jail, max(timeofban), NULL FROM main.bans" OF_JAIL " GROUP BY ip, jail";

static sqlite3 *open_database(const char *path);
static sqlite3_stmt *find_bans(sqlite3 *database, const char *jail);
static bool has_column(sqlite3 *database, const char *table, const char *column);
static int tell_jails(sqlite3 *database, const char *jail);
static void print_row(sqlite3_stmt *rows);
static void print_jail(const unsigned char *name, int size);
static void print_quoted(const char *before, const unsigned char *text, int size,
                         const char *behind);
static void print_time(sqlite3_int64 seconds);
static _Noreturn void fail(sqlite3 *database);

int main(int argc, char **argv)
{
    int step;
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: fail2ban-bans FILE [JAIL]\n");
        return 64;
    }
    const char *jail = argv[2]; /* NULL behind the last */
    sqlite3 *database = open_database(argv[1]);
    sqlite3_stmt *rows = find_bans(database, jail);
    bool is_any = false;
    puts("ip,until,reason,since");
    for (; (step = sqlite3_step(rows)) == SQLITE_ROW; is_any = true)
        print_row(rows);
    if (step != SQLITE_DONE)
        fail(database);
    sqlite3_finalize(rows);
    if (jail != NULL && !is_any)
        return tell_jails(database, jail);
    sqlite3_close(database);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}

/* Nothing that the file may define is trusted. */
static sqlite3 *open_database(const char *path)
{
    sqlite3 *database = NULL;
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
        sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) != SQLITE_OK ||
        sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL) != SQLITE_OK ||
        sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) != SQLITE_OK ||
        sqlite3_busy_timeout(database, 2000) != SQLITE_OK)
        fail(database);
    sqlite3_limit(database, SQLITE_LIMIT_LENGTH, 16777216);
    return database;
}

static sqlite3_stmt *find_bans(sqlite3 *database, const char *jail)
{
    sqlite3_stmt *rows = NULL;
    const char *query = has_column(database, "bips", "bantime")   ? query_bips
                        : has_column(database, "bans", "bantime") ? query_bans
                                                                  : query_old;
    if (query == query_old && !has_column(database, "bans", "timeofban")) {
        fprintf(stderr, "it has neither a table bips nor a table bans\n");
        exit(1);
    }
    if (sqlite3_prepare_v2(database, query, -1, &rows, NULL) != SQLITE_OK ||
        sqlite3_bind_text(rows, 1, jail, -1, SQLITE_STATIC) != SQLITE_OK)
        fail(database);
    return rows;
}

/* There is none of that jail. Returns the exit code. */
static int tell_jails(sqlite3 *database, const char *jail)
{
    sqlite3_stmt *rows = NULL;
    const char *query = has_column(database, "bips", "bantime")
                            ? "SELECT DISTINCT jail FROM main.bips ORDER BY jail"
                            : "SELECT DISTINCT jail FROM main.bans ORDER BY jail";
    if (sqlite3_prepare_v2(database, query, -1, &rows, NULL) != SQLITE_OK)
        fail(database);
    fflush(stdout);
    fprintf(stderr, "no ban of jail \"%s\" is in it; jails:", jail);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(rows, 0);
        fprintf(stderr, " %.*s", name != NULL ? (int)strcspn(name, "\n") : 1,
                name != NULL ? name : "-");
    }
    fputc('\n', stderr);
    sqlite3_finalize(rows);
    sqlite3_close(database);
    return 2;
}

static bool has_column(sqlite3 *database, const char *table, const char *column)
{
    static const char query[] = "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2";
    sqlite3_stmt *rows;
    if (sqlite3_prepare_v2(database, query, -1, &rows, NULL) != SQLITE_OK)
        fail(database);
    sqlite3_bind_text(rows, 1, table, -1, SQLITE_STATIC);
    sqlite3_bind_text(rows, 2, column, -1, SQLITE_STATIC);
    int step = sqlite3_step(rows);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        fail(database);
    sqlite3_finalize(rows);
    return step == SQLITE_ROW;
}

static void print_row(sqlite3_stmt *rows)
{
    sqlite3_int64 made = sqlite3_column_int64(rows, 2);
    sqlite3_int64 length = sqlite3_column_int64(rows, 3);
    bool is_known = sqlite3_column_type(rows, 3) != SQLITE_NULL;
    bool is_sane = made > 0 && made < 100000000000 && length < 100000000000;
    const unsigned char *ip = sqlite3_column_text(rows, 0);
    print_quoted("", ip, sqlite3_column_bytes(rows, 0), "");
    putchar(',');
    if (is_known && length < 0)
        fputs("permanent", stdout);
    else if (is_known && is_sane)
        print_time(made + length);
    else if (is_known)
        fputs("?", stdout); /* no time; it is told as such */
    putchar(',');
    const unsigned char *jail = sqlite3_column_text(rows, 1);
    print_jail(jail, sqlite3_column_bytes(rows, 1));
    putchar(',');
    if (is_sane)
        print_time(made);
    putchar('\n');
}

/* A ban is worth more than the end of a name that is too long for its reason. */
static void print_jail(const unsigned char *name, int size)
{
    bool is_cut = size > JAIL_BYTES_MAX;
    if (is_cut) {
        size = JAIL_BYTES_MAX - (int)sizeof(cut_mark) + 1;
        while (size > 0 && (name[size] & 0xc0) == 0x80) /* in the midst of a character */
            size--;
    }
    print_quoted("fail2ban ", name, size, is_cut ? cut_mark : "");
}

/* What no reason may have, control bytes and what is no UTF-8, becomes "?": the ban is worth more
 * than the spelling. */
static void print_quoted(const char *before, const unsigned char *text, int size,
                         const char *behind)
{
    printf("\"%s", before);
    for (int i = 0; i < size;) {
        size_t length = utf8_printable((const char *)text + i, (size_t)(size - i));
        if (text[i] == '"')
            putchar('"');
        if (length == 0)
            putchar(text[i] == '\n' ? ' ' : '?'); /* one row, one line */
        else
            fwrite(text + i, 1, length, stdout);
        i += length > 0 ? (int)length : 1;
    }
    printf("%s\"", behind);
}

/* Seconds since 1970, which banctl reads. */
static void print_time(sqlite3_int64 seconds)
{
    printf("%lld", (long long)seconds);
}

static _Noreturn void fail(sqlite3 *database)
{
    const char *message = database != NULL ? sqlite3_errmsg(database) : "no memory";
    fflush(stdout);
    fprintf(stderr, "%s\n", message);
    exit(1);
}
