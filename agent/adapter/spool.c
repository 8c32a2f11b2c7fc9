/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of alerts that are not delivered yet, see spool.h.
 */
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool_directory.h"
#include "spool_reserve.h"

#define FILE_FLAGS (O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) /* never waits for a FIFO */
#define TEMPORARY ".new"
#define SUFFIX ".alert"
#define TIME_DIGITS 15
#define ID_DIGITS (SPOOL_ID_SIZE - 1)

const struct spool_bounds spool_first = {.max = ALERT_SPOOL_MAX, .room = true};
const struct spool_bounds spool_second = {.max = ALERT_SECOND_MAX, .own = true};

bool spool_is_gone(const struct spool *spool)
{
    struct stat status;

    return fstat(spool->fd, &status) == 0 && status.st_nlink == 0;
}

int spool_open(struct spool *spool, const struct spool_bounds *bounds, const char *parent)
{
    int fd;

    if (spool->fd > 0 && !spool_is_gone(spool))
        return 0;
    spool_close(spool);
    fd = spool_directory_open(parent, bounds->own);
    if (fd < 0)
        return -1;
    spool->fd = fd;
    spool->bounds = bounds;
    if (bounds->room)
        spool_reserve_keep(fd);
    return 0;
}

void spool_close(struct spool *spool)
{
    if (spool->fd > 0)
        close(spool->fd);
    spool->fd = spool->count = spool->foreign = 0;
}

bool spool_is_same(const struct spool *a, const struct spool *b)
{
    struct stat one, other;

    return a->fd > 0 && b->fd > 0 && fstat(a->fd, &one) == 0 && fstat(b->fd, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool spool_lock(const struct spool *spool)
{
    return flock(spool->fd, LOCK_EX | LOCK_NB) == 0;
}

static bool is_alert(const char *name)
{
    size_t length = strlen(name);

    return length >= strlen(SUFFIX) && strcmp(name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static bool is_name(const char *name)
{
    return strlen(name) == TIME_DIGITS + 1 + ID_DIGITS + strlen(SUFFIX) &&
           strspn(name, "0123456789") == TIME_DIGITS && name[TIME_DIGITS] == '-' &&
           strspn(name + TIME_DIGITS + 1, "0123456789abcdef") == ID_DIGITS && is_alert(name);
}

_Static_assert(SPOOL_NAME_SIZE > TIME_DIGITS + 1 + ID_DIGITS + sizeof(SUFFIX), "a name fits");

bool spool_is_full(const struct spool *spool)
{
    return spool->fd > 0 && spool->count == spool->bounds->max;
}

int64_t spool_time(const char *name)
{
    return strtoll(name, NULL, 10);
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Keeps the list sorted: a name that is older than one of a full list takes its place. */
static void add_name(struct spool *spool, const char *name)
{
    char *slot = spool->names[spool->count];

    if (spool->count == spool->bounds->max) {
        slot = spool->names[0];
        for (int i = 1; i < spool->bounds->max; i++)
            if (strcmp(spool->names[i], slot) > 0)
                slot = spool->names[i];
        if (strcmp(name, slot) >= 0)
            return;
    } else {
        spool->count++;
    }
    snprintf(slot, SPOOL_NAME_SIZE, "%.*s", SPOOL_NAME_SIZE - 1, name);
}

int spool_list(struct spool *spool)
{
    DIR *directory = spool_directory_read(spool->fd);
    const struct dirent *entry;

    spool->count = spool->foreign = 0;
    if (directory == NULL)
        return -1;
    while ((entry = readdir(directory)) != NULL)
        if (is_name(entry->d_name))
            add_name(spool, entry->d_name);
        else
            spool->foreign += is_alert(entry->d_name);
    closedir(directory);
    qsort(spool->names, (size_t)spool->count, SPOOL_NAME_SIZE, compare);
    return 0;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);

        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

/* The only writer of new files is the agent, of which there is one. */
static int write_temporary(const struct spool *spool, const char *bytes, size_t size, bool durable)
{
    int fd, result = -1, saved_errno;

    if (unlinkat(spool->fd, TEMPORARY, 0) != 0 && errno != ENOENT)
        return -1;
    fd = openat(spool->fd, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | FILE_FLAGS, 0600);
    if (fd < 0)
        return -1;
    if (write_all(fd, bytes, size) == 0 && (!durable || fsync(fd) == 0))
        result = 0;
    saved_errno = errno;
    close(fd);
    errno = saved_errno;
    return result;
}

int spool_put(struct spool *spool, const struct spool_file *file, int64_t wall_ms)
{
    static char bytes[SPOOL_FILE_BYTES_MAX]; /* large; written anew each time */
    char name[SPOOL_NAME_SIZE];
    size_t size = spool_file_print(file, bytes);

    if (size == 0) {
        errno = EMSGSIZE;
        return -1;
    }
    if (spool_list(spool) != 0)
        return -1;
    if (spool_is_full(spool)) {
        errno = EDQUOT;
        return -1;
    }
    snprintf(name, sizeof(name), "%0*lld-%s" SUFFIX, TIME_DIGITS, (long long)wall_ms, file->id);
    if (write_temporary(spool, bytes, size, true) != 0 ||
        renameat(spool->fd, TEMPORARY, spool->fd, name) != 0)
        return -1;
    if (fsync(spool->fd) != 0) {
        int saved_errno = errno;

        unlinkat(spool->fd, name, 0); /* or it may be told from here and from the second one */
        errno = saved_errno;
        return -1;
    }
    if (spool->bounds->room)
        spool_reserve_keep(spool->fd); /* it may have been given */
    return 0;
}

int spool_put_last(struct spool *spool, const struct spool_file *file, int64_t wall_ms)
{
    int result = spool_put(spool, file, wall_ms);

    if (result != 0 && !spool_is_full(spool) && (errno == ENOSPC || errno == EDQUOT) &&
        spool_reserve_give(spool->fd))
        result = spool_put(spool, file, wall_ms);
    return result;
}

/* NULL with errno. */
static char *read_whole(int fd, size_t *size)
{
    char *bytes = malloc(SPOOL_FILE_BYTES_MAX + 1);
    ssize_t got = 0;

    *size = 0;
    while (bytes != NULL && *size <= SPOOL_FILE_BYTES_MAX) {
        got = read(fd, bytes + *size, SPOOL_FILE_BYTES_MAX + 1 - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        *size += (size_t)got;
    }
    if (got < 0) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

static int open_regular(const struct spool *spool, const char *name, int flags)
{
    struct stat status;
    int fd = openat(spool->fd, name, flags | FILE_FLAGS);

    if (fd < 0) {
        if (errno == ELOOP || errno == EACCES || errno == EISDIR || errno == ENXIO)
            errno = EBADMSG;
        return -1;
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1) {
        close(fd);
        errno = EBADMSG;
        return -1;
    }
    return fd;
}

char *spool_get(const struct spool *spool, const char *name, struct spool_file *file)
{
    int fd = open_regular(spool, name, O_RDONLY);
    size_t size;
    char *bytes;

    if (fd < 0)
        return NULL;
    bytes = read_whole(fd, &size);
    close(fd);
    if (bytes != NULL && spool_file_parse(file, bytes, size) != 0) {
        free(bytes);
        errno = EBADMSG;
        return NULL;
    }
    return bytes;
}

int spool_mark(const struct spool *spool, const char *name, size_t target)
{
    char line[32];
    int size = snprintf(line, sizeof(line), "done %zu\n", target);
    int fd = open_regular(spool, name, O_WRONLY | O_APPEND), result;

    if (fd < 0)
        return -1;
    result = write_all(fd, line, (size_t)size);
    if (result == 0)
        result = fdatasync(fd);
    close(fd);
    return result;
}

int spool_remove(const struct spool *spool, const char *name)
{
    return unlinkat(spool->fd, name, 0);
}

static bool is_of(const char *name, const char id[SPOOL_ID_SIZE])
{
    return strncmp(name + TIME_DIGITS + 1, id, SPOOL_ID_SIZE - 1) == 0;
}

bool spool_has(const struct spool *spool, const char id[SPOOL_ID_SIZE])
{
    for (int i = 0; i < spool->count; i++)
        if (is_of(spool->names[i], id))
            return true;
    return false;
}

void spool_cancel(const struct spool *spool, const char id[SPOOL_ID_SIZE])
{
    for (int i = 0; i < spool->count; i++)
        if (is_of(spool->names[i], id))
            spool_remove(spool, spool->names[i]);
}

int spool_set_aside(const struct spool *spool, const char *name)
{
    char other[SPOOL_NAME_SIZE + sizeof(".bad")];

    snprintf(other, sizeof(other), "%s.bad", name);
    return renameat(spool->fd, name, spool->fd, other);
}

int spool_save(const struct spool *spool, const char *name, const char *bytes, size_t size)
{
    if (size == 0)
        return unlinkat(spool->fd, name, 0) != 0 && errno != ENOENT ? -1 : 0;
    if (write_temporary(spool, bytes, size, false) != 0)
        return -1;
    return renameat(spool->fd, TEMPORARY, spool->fd, name);
}

int spool_append(const struct spool *spool, const char *name, const char *bytes, size_t size)
{
    int fd = openat(spool->fd, name, O_WRONLY | O_APPEND | FILE_FLAGS);
    int result, saved_errno;

    if (fd < 0)
        return -1;
    result = write_all(fd, bytes, size);
    saved_errno = errno;
    close(fd);
    errno = saved_errno;
    return result;
}

ssize_t spool_load(const struct spool *spool, const char *name, char *bytes, size_t size)
{
    int fd = open_regular(spool, name, O_RDONLY);
    ssize_t got;

    if (fd < 0)
        return -1;
    got = read(fd, bytes, size); /* it was written at once */
    close(fd);
    if (got < (ssize_t)size)
        return got;
    errno = EFBIG;
    return -1;
}
