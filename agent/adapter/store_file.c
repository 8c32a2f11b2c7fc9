/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database as files in a directory.
 */
#include "store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What SQLite keeps beside a database. "" is the database itself, and comes first in every move: a
 * database without its WAL would pass for a good one that has lost its last commits. */
static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
#define SUFFIX_COUNT (sizeof suffixes / sizeof suffixes[0])

/* Writes name plus suffix; both are ours, so they fit. */
static void join(char text[STORE_FILE_NAME_SIZE], const char *name, const char *suffix)
{
    snprintf(text, STORE_FILE_NAME_SIZE, "%s%s", name, suffix);
}

static bool exists(const struct store_file *file, const char *name)
{
    struct stat status;

    return fstatat(file->directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Removes name with what lies beside it, or only the latter. A missing file is as good as a removed
 * one. */
static int discard(const struct store_file *file, const char *name, bool companions_only)
{
    char path[STORE_FILE_NAME_SIZE];

    for (size_t i = companions_only ? 1 : 0; i < SUFFIX_COUNT; i++) {
        join(path, name, suffixes[i]);
        if (unlinkat(file->directory_fd, path, 0) != 0 && errno != ENOENT)
            return -1;
    }
    return 0;
}

/* Makes the content of name durable. */
static int sync_file(const struct store_file *file, const char *name)
{
    int fd = openat(file->directory_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    int result = fd < 0 ? -1 : fsync(fd);

    if (fd >= 0)
        close(fd);
    return result;
}

/* The second half of a swap: the old database is gone for good, what it left goes next, the new one
 * takes its name. */
static int promote(const struct store_file *file)
{
    int directory = file->directory_fd;

    if (discard(file, STORE_FILE_NAME, true) != 0 || store_file_sync(file) != 0)
        return -1;
    if (renameat(directory, STORE_FILE_NAME_NEW, directory, STORE_FILE_NAME) != 0)
        return -1;
    return store_file_sync(file);
}

int store_file_open(struct store_file *file, const char *directory, char *error, size_t error_size)
{
    file->lock_fd = -1;
    file->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file->directory_fd < 0) {
        snprintf(error, error_size, "cannot open directory %s: %s", directory, strerror(errno));
        return -1;
    }
    file->lock_fd = openat(file->directory_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                           S_IRUSR | S_IWUSR);
    if (file->lock_fd >= 0 && flock(file->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        snprintf(error, error_size, "another bansyncd uses %s: stop it first", directory);
    else
        snprintf(error, error_size, "cannot lock %s/lock: %s", directory, strerror(errno));
    store_file_close(file);
    return -1;
}

void store_file_close(struct store_file *file)
{
    if (file->lock_fd >= 0)
        close(file->lock_fd);
    if (file->directory_fd >= 0)
        close(file->directory_fd);
    file->lock_fd = -1;
    file->directory_fd = -1;
}

int store_file_settle(const struct store_file *file)
{
    /* The swap removes the old file only when the new one is complete and durable. */
    if (!exists(file, STORE_FILE_NAME) && exists(file, STORE_FILE_NAME_NEW))
        return promote(file);
    return store_file_discard_new(file);
}

int store_file_discard_new(const struct store_file *file)
{
    return discard(file, STORE_FILE_NAME_NEW, false);
}

int store_file_make(const struct store_file *file, const char *name)
{
    struct stat status;

    if (fstatat(file->directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EINVAL;
        return S_ISREG(status.st_mode) ? 0 : -1;
    }
    if (errno != ENOENT || discard(file, name, true) != 0)
        return -1;
    int fd = openat(file->directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    S_IRUSR | S_IWUSR | S_IRGRP);
    return fd < 0 ? -1 : close(fd);
}

int store_file_set_aside(const struct store_file *file, char name[STORE_FILE_NAME_SIZE])
{
    int directory = file->directory_fd;
    char from[STORE_FILE_NAME_SIZE];
    char to[STORE_FILE_NAME_SIZE];
    int number = 1;

    do {
        if (number > STORE_FILE_ASIDE_MAX) {
            errno = ENOSPC;
            return -1;
        }
        snprintf(name, STORE_FILE_NAME_SIZE, STORE_FILE_NAME ".corrupt-%d", number++);
    } while (exists(file, name));
    for (size_t i = 0; i < SUFFIX_COUNT; i++) {
        join(from, STORE_FILE_NAME, suffixes[i]);
        join(to, name, suffixes[i]);
        if (renameat(directory, from, directory, to) != 0 && errno != ENOENT)
            return -1;
    }
    return store_file_sync(file);
}

int store_file_swap(const struct store_file *file)
{
    if (sync_file(file, STORE_FILE_NAME_NEW) != 0 ||
        discard(file, STORE_FILE_NAME_NEW, true) != 0 || store_file_sync(file) != 0)
        return -1;
    /* Renaming over the old database would for a moment pair the new one with the old WAL. */
    if (unlinkat(file->directory_fd, STORE_FILE_NAME, 0) != 0 && errno != ENOENT)
        return -1;
    return store_file_sync(file) != 0 ? -1 : promote(file);
}

int store_file_begin_copy(const struct store_file *file)
{
    return store_file_drop_copy(file) != 0 ? -1 : store_file_make(file, STORE_FILE_NAME_COPY_NEW);
}

int store_file_end_copy(const struct store_file *file, long schema)
{
    int directory = file->directory_fd;
    char name[STORE_FILE_NAME_SIZE];

    snprintf(name, sizeof name, STORE_FILE_NAME_COPY "%ld", schema);
    if (sync_file(file, STORE_FILE_NAME_COPY_NEW) != 0 ||
        renameat(directory, STORE_FILE_NAME_COPY_NEW, directory, name) != 0)
        return -1;
    return store_file_sync(file);
}

int store_file_drop_copy(const struct store_file *file)
{
    return discard(file, STORE_FILE_NAME_COPY_NEW, false);
}

int store_file_sync(const struct store_file *file)
{
    return fsync(file->directory_fd);
}
