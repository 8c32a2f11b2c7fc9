/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which file is the database: opening, setting aside, writing anew.
 *
 * Two databases at most are open: the current one and, during a rebuild, the new file that is to
 * replace it; every call works on `target`, which is one of them. Rows and transactions are in
 * database.c, the statements in statement.c, what makes a file good in store_check.c, lock and
 * renames in store_file.c.
 */
#include "store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "database.h"
#include "statement.h"
#include "store_check.h"
#include "store_file.h"
#include "store_migrate.h"

#define ERROR_SIZE (2 * DATABASE_ERROR_SIZE)

struct store {
    struct store_file file;
    char *directory;
    struct database current; /* bansync.db */
    struct database fresh;   /* bansync.db.new */
    struct database *target;
    bool foreign;       /* why store_open failed: the file is not for this version */
    long migrated_from; /* schema number; 0: no migration */
    struct stat opened; /* what bansync.db was when current was opened; all 0: not known */
    char error[ERROR_SIZE];
    int reason; /* errno of error; 0: not known */
};

static int open_or_set_aside(struct store *store, bool *set_aside);
static enum database_verdict open_file(struct store *store, struct database *database,
                                       const char *name, const char *settings);
static void note_place(struct store *store);
static int note(struct store *store, const struct database *database);
static int set_error(struct store *store, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct store *store_open(const char *directory, bool *set_aside, char *error, size_t error_size)
{
    struct store *store = calloc(1, sizeof *store);

    *set_aside = false;
    snprintf(error, error_size, "out of memory");
    if (store == NULL)
        return NULL;
    store->target = &store->current;
    store->file = (struct store_file){.directory_fd = -1, .lock_fd = -1};
    store->directory = strdup(directory);
    if (store->directory == NULL ||
        store_file_open(&store->file, directory, error, error_size) != 0) {
        store_close(&store);
        return NULL;
    }
    int result = open_or_set_aside(store, set_aside);
    snprintf(error, error_size, "%s", store->error);
    if (result != 0) {
        int reason = store->foreign ? ENOTSUP : EIO;
        store_close(&store);
        errno = reason;
    }
    return store;
}

void store_close(struct store **store)
{
    struct store *old = *store;

    if (old == NULL)
        return;
    database_close(&old->fresh, true);
    if (old->target == &old->fresh)
        store_file_discard_new(&old->file);
    database_close(&old->current, false);
    store_file_close(&old->file);
    free(old->directory);
    free(old);
    *store = NULL;
}

long store_migrated_from(const struct store *store)
{
    return store->migrated_from;
}

int store_load(struct store *store, store_row_fn *row, void *context)
{
    return database_load(store->target, row, context) == 0 ? 0 : note(store, store->target);
}

int store_meta_get(struct store *store, const char *name, void *value, size_t value_size)
{
    int size = database_meta_get(store->target, name, value, value_size);

    return size >= 0 ? size : note(store, store->target);
}

void store_put(struct store *store, const struct store_row *row)
{
    database_put(store->target, row);
}

void store_delete(struct store *store, enum store_table table, const void *key, size_t key_size)
{
    database_delete(store->target, table, key, key_size);
}

void store_expire_strikes(struct store *store, int64_t at_or_before_ms)
{
    database_expire_strikes(store->target, at_or_before_ms);
}

void store_meta_put(struct store *store, const char *name, const void *value, size_t size)
{
    assert(strcmp(name, "schema") != 0); /* the number is ours alone */
    database_meta_put(store->target, name, value, size);
}

int store_commit(struct store *store)
{
    if (store->target == &store->fresh)
        return set_error(store, "%s/" STORE_FILE_NAME_NEW " is not complete", store->directory);
    return database_commit(&store->current) == 0 ? 0 : note(store, &store->current);
}

const char *store_error(const struct store *store)
{
    return store->error;
}

enum store_trouble store_trouble(const struct store *store)
{
    return store_trouble_find(store->file.directory_fd, store->reason);
}

bool store_is_dirty(const struct store *store)
{
    return store->target->begun || store->target->failed;
}

bool store_is_in_place(const struct store *store)
{
    char path[PATH_MAX];
    struct stat named;
    int length = snprintf(path, sizeof path, "%s/" STORE_FILE_NAME, store->directory);

    return length > 0 && (size_t)length < sizeof path && stat(path, &named) == 0 &&
           named.st_dev == store->opened.st_dev && named.st_ino == store->opened.st_ino;
}

int store_rebuild_begin(struct store *store)
{
    assert(store->target == &store->current);
    database_rollback(&store->current);
    if (store_file_settle(&store->file) != 0 ||
        store_file_make(&store->file, STORE_FILE_NAME_NEW) != 0)
        return set_error(store, "cannot make %s/" STORE_FILE_NAME_NEW ": %s", store->directory,
                         strerror(errno));
    if (open_file(store, &store->fresh, STORE_FILE_NAME_NEW, store_sql_settings_new) !=
        DATABASE_GOOD) {
        database_close(&store->fresh, true);
        store_file_discard_new(&store->file);
        return note(store, &store->fresh);
    }
    store->target = &store->fresh;
    return 0;
}

int store_rebuild_finish(struct store *store)
{
    assert(store->target == &store->fresh);
    int result = database_commit(&store->fresh);

    database_close(&store->fresh, true);
    store->target = &store->current;
    if (result != 0) {
        store_file_discard_new(&store->file);
        return note(store, &store->fresh);
    }
    /* Closed before its file goes: SQLite finds a WAL by its name, and the name will be the new
     * database's. */
    database_close(&store->current, true);
    if (store_file_swap(&store->file) != 0)
        return set_error(store, "cannot put the new database of %s in place: %s", store->directory,
                         strerror(errno));
    if (open_file(store, &store->current, STORE_FILE_NAME, store_sql_settings) != DATABASE_GOOD) {
        database_close(&store->current, true);
        return note(store, &store->current);
    }
    note_place(store);
    return 0;
}

/* Opens and checks the database. One that is damaged is set aside and a new one made, once;
 * store->error tells why. */
static int open_or_set_aside(struct store *store, bool *set_aside)
{
    char name[STORE_FILE_NAME_SIZE];

    for (;;) {
        if (store_file_settle(&store->file) != 0 ||
            store_file_make(&store->file, STORE_FILE_NAME) != 0)
            return set_error(store, "cannot make %s/" STORE_FILE_NAME ": %s", store->directory,
                             errno == EINVAL ? "there is something else" : strerror(errno));
        enum database_verdict verdict =
            open_file(store, &store->current, STORE_FILE_NAME, store_sql_settings);
        if (verdict == DATABASE_GOOD)
            verdict = store_check_content(&store->current);
        if (verdict == DATABASE_GOOD && store_file_sync(&store->file) == 0) {
            note_place(store);
            return 0;
        }
        if (verdict == DATABASE_GOOD)
            return set_error(store, "cannot sync %s: %s", store->directory, strerror(errno));

        database_close(&store->current, true);
        store->foreign = verdict == DATABASE_FOREIGN;
        if (verdict != DATABASE_DAMAGED || *set_aside)
            return note(store, &store->current);
        if (store_file_set_aside(&store->file, name) != 0)
            return set_error(store, "%s/" STORE_FILE_NAME " is damaged and cannot be renamed: %s",
                             store->directory, strerror(errno));
        *set_aside = true;
        set_error(store, "%s/" STORE_FILE_NAME ": %s; now %s", store->directory,
                  store->current.error, name);
    }
}

/* Opens name up to the prepared statements; a blank file gets its tables, one of an older schema is
 * migrated. */
static enum database_verdict open_file(struct store *store, struct database *database,
                                       const char *name, const char *settings)
{
    long schema = 0;
    enum database_verdict verdict = DATABASE_REFUSED;
    char *path = NULL;

    snprintf(database->error, sizeof database->error, "out of memory");
    if (asprintf(&path, "%s/%s", store->directory, name) < 0)
        return verdict;
    verdict = database_open(database, path);
    free(path);
    if (verdict == DATABASE_GOOD)
        verdict = store_check_identity(database, &schema);
    if (verdict == DATABASE_GOOD && store_migrate_is_due(schema)) {
        verdict = store_migrate(database, &store->file, store->directory, schema);
        store->migrated_from = schema;
    }
    if (verdict == DATABASE_GOOD)
        verdict = database_prepare(database, settings, schema == 0 ? store_sql_schema : NULL);
    return verdict;
}

/* Notes which file the current database is. In the directory that is held: it is the lock's. */
static void note_place(struct store *store)
{
    if (fstatat(store->file.directory_fd, STORE_FILE_NAME, &store->opened, AT_SYMLINK_NOFOLLOW) !=
        0)
        store->opened = (struct stat){.st_ino = 0};
}

/* Takes over the text of a failure. Returns -1. */
static int note(struct store *store, const struct database *database)
{
    set_error(store, "%s/%s: %s", store->directory,
              database == &store->fresh ? STORE_FILE_NAME_NEW : STORE_FILE_NAME, database->error);
    store->reason = database->reason;
    return -1;
}

/* errno is taken for its reason. */
static int set_error(struct store *store, const char *format, ...)
{
    va_list arguments;

    store->reason = errno;
    va_start(arguments, format);
    vsnprintf(store->error, sizeof store->error, format, arguments);
    va_end(arguments);
    return -1;
}
