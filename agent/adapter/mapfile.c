/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replaces the map file so that a reader never sees it missing, short or torn.
 *
 * The directory is held open, so that all steps of one call are in the same one; each call begins
 * by looking whether it still has the name, for rspamd reads where the name leads. Temporary files
 * are named .NAME.tmp-XXXXXXXX. Does not: know what is in the map.
 */
#include "mapfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define ERROR_SIZE 512
#define MAP_MODE 0644 /* rspamd is another user */
#define DIRECTORY_MODE 0755
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define READ_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) /* never waits for a FIFO */
#define TEMPORARY_INFIX ".tmp-"
#define TEMPORARY_DIGITS 8
#define TEMPORARY_TRIES 8
/* What a temporary name is longer than the map's: the dot in front, infix and digits. */
#define TEMPORARY_EXTRA (1 + sizeof TEMPORARY_INFIX - 1 + TEMPORARY_DIGITS)
#define COMPARE_BYTES 65536

struct mapfile {
    char *path;
    const char *name; /* last part of path */
    char *directory;  /* absolute; with its last slash the parent of "/map" is "/" */
    int directory_fd;
    bool is_durable; /* the directory was synced since the map took its name */
    char error[ERROR_SIZE];
};

static int split_path(struct mapfile *mapfile);
static int open_directory(struct mapfile *mapfile);
static int follow_directory(struct mapfile *mapfile);
static int make_directory(const char *directory);
static int check_target(struct mapfile *mapfile);
static void remove_left_over(const struct mapfile *mapfile);
static bool holds(const struct mapfile *mapfile, const char *bytes, size_t size);
static int write_temporary(struct mapfile *mapfile, const char *bytes, size_t size,
                           char name[NAME_MAX + 1]);
static int fail(struct mapfile *mapfile, const char *what);
static int refuse(struct mapfile *mapfile, const char *why);

struct mapfile *mapfile_open(const char *path, char *error, size_t error_size)
{
    struct mapfile *mapfile = calloc(1, sizeof *mapfile);

    snprintf(error, error_size, "%s: out of memory", path);
    if (mapfile == NULL)
        return NULL;
    mapfile->directory_fd = -1;
    mapfile->path = strdup(path);
    if (mapfile->path == NULL) {
        mapfile_close(&mapfile);
    } else if (split_path(mapfile) != 0 || open_directory(mapfile) != 0 ||
               check_target(mapfile) != 0) {
        snprintf(error, error_size, "%s", mapfile->error);
        mapfile_close(&mapfile);
    } else {
        error[0] = '\0';
        remove_left_over(mapfile);
    }
    return mapfile;
}

void mapfile_close(struct mapfile **mapfile)
{
    struct mapfile *old = *mapfile;

    if (old == NULL)
        return;
    if (old->directory_fd >= 0)
        close(old->directory_fd);
    free(old->directory);
    free(old->path);
    free(old);
    *mapfile = NULL;
}

bool mapfile_is_same(const struct mapfile *a, const struct mapfile *b)
{
    struct stat of_a, of_b;

    return strcmp(a->name, b->name) == 0 && fstat(a->directory_fd, &of_a) == 0 &&
           fstat(b->directory_fd, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

int mapfile_write(struct mapfile *mapfile, const char *bytes, size_t size)
{
    char temporary[NAME_MAX + 1];

    if (follow_directory(mapfile) != 0 || check_target(mapfile) != 0)
        return -1;
    int directory = mapfile->directory_fd;
    bool is_same = holds(mapfile, bytes, size);
    if (!is_same) {
        if (write_temporary(mapfile, bytes, size, temporary) != 0)
            return -1;
        if (renameat(directory, temporary, directory, mapfile->name) != 0) {
            fail(mapfile, "cannot replace it");
            unlinkat(directory, temporary, 0);
            return -1;
        }
        mapfile->is_durable = false;
    }
    /* Also for a map that was there: the agent that renamed it may have died before this. */
    if (!mapfile->is_durable && fsync(directory) != 0)
        return fail(mapfile, "the new content is in force, but not safe from power loss");
    mapfile->is_durable = true;
    return is_same ? 1 : 0;
}

const char *mapfile_error(const struct mapfile *mapfile)
{
    return mapfile->error;
}

int mapfile_read(struct mapfile *mapfile, size_t size_max, char **bytes, size_t *size)
{
    char *buffer = NULL;
    size_t length = 0;
    ssize_t got = -1;
    struct stat status;

    if (follow_directory(mapfile) != 0)
        return -1;
    int fd = openat(mapfile->directory_fd, mapfile->name, READ_FLAGS);
    if (fd < 0)
        return errno == ENOENT ? 1 : fail(mapfile, "cannot open it");
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        refuse(mapfile, "it is no regular file");
    } else if ((uint64_t)status.st_size > size_max) {
        refuse(mapfile, "it is too large");
    } else if ((buffer = malloc((size_t)status.st_size + 1)) == NULL) {
        refuse(mapfile, "out of memory");
    } else {
        /* Not more than its size was: what grows meanwhile was not written by us. */
        do {
            got = read(fd, buffer + length, (size_t)status.st_size - length);
            length += got > 0 ? (size_t)got : 0;
        } while (got > 0 || (got < 0 && errno == EINTR));
        if (got < 0)
            fail(mapfile, "cannot read it");
    }
    close(fd);
    if (got < 0) {
        free(buffer);
        return -1;
    }
    *bytes = buffer;
    *size = length;
    return 0;
}

int64_t mapfile_written_ms(struct mapfile *mapfile)
{
    struct stat status;

    if (follow_directory(mapfile) != 0 ||
        fstatat(mapfile->directory_fd, mapfile->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    return (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
}

int mapfile_remove(struct mapfile *mapfile)
{
    if (follow_directory(mapfile) != 0)
        return -1;
    if (unlinkat(mapfile->directory_fd, mapfile->name, 0) != 0 && errno != ENOENT)
        return fail(mapfile, "cannot remove it");
    return fsync(mapfile->directory_fd) == 0 ? 0 : fail(mapfile, "cannot make its removal last");
}

/* Sets name and directory from path. */
static int split_path(struct mapfile *mapfile)
{
    const char *slash = strrchr(mapfile->path, '/');
    bool is_absolute = mapfile->path[0] == '/';

    mapfile->name = slash != NULL ? slash + 1 : mapfile->path;
    size_t length = strlen(mapfile->name);
    if (length == 0 || strcmp(mapfile->name, ".") == 0 || strcmp(mapfile->name, "..") == 0)
        return refuse(mapfile, "it names a directory: name the file");
    if (length + TEMPORARY_EXTRA > NAME_MAX)
        return refuse(mapfile, "the name is too long: choose a shorter one");

    char *here = is_absolute ? strdup("") : getcwd(NULL, 0);
    int path_length = (int)(mapfile->name - mapfile->path);
    if (here == NULL)
        return fail(mapfile, "cannot tell the working directory: name the whole path");
    if (asprintf(&mapfile->directory, "%s%s%.*s", here, is_absolute ? "" : "/", path_length,
                 mapfile->path) < 0)
        mapfile->directory = NULL;
    free(here);
    return mapfile->directory == NULL ? refuse(mapfile, "out of memory") : 0;
}

/* Opens the directory, which is made if it is missing. */
static int open_directory(struct mapfile *mapfile)
{
    int fd = open(mapfile->directory, DIRECTORY_FLAGS);

    if (fd < 0 && errno == ENOENT)
        fd = make_directory(mapfile->directory);
    mapfile->directory_fd = fd;
    return fd < 0 ? fail(mapfile, "cannot open or make its directory (only its last level is made)")
                  : 0;
}

/* Goes over to the directory that has the name now, if it is another one. */
static int follow_directory(struct mapfile *mapfile)
{
    struct stat held, named;
    int length = (int)strlen(mapfile->directory);

    if (fstat(mapfile->directory_fd, &held) != 0)
        return fail(mapfile, "cannot look at its directory");
    if (stat(mapfile->directory, &named) == 0 && named.st_dev == held.st_dev &&
        named.st_ino == held.st_ino)
        return 0;
    int fd = open(mapfile->directory, DIRECTORY_FLAGS);
    if (fd < 0 && errno == ENOENT) {
        length -= length > 1; /* without the slash */
        snprintf(mapfile->error, sizeof mapfile->error,
                 "%s: its directory %.*s is missing: make it, or correct the path", mapfile->path,
                 length, mapfile->directory);
        return -1;
    }
    if (fd < 0)
        return fail(mapfile, "cannot open its directory");
    close(mapfile->directory_fd);
    mapfile->directory_fd = fd;
    mapfile->is_durable = false;
    remove_left_over(mapfile);
    return 0;
}

/* Makes directory so that rspamd can read in it and it survives power loss. Returns it opened. */
static int make_directory(const char *directory)
{
    int fd = mkdir(directory, DIRECTORY_MODE) != 0 ? -1 : open(directory, DIRECTORY_FLAGS);
    int parent = fd < 0 ? -1 : openat(fd, "..", DIRECTORY_FLAGS);

    /* The umask would keep rspamd out. */
    if (fd >= 0 && (fchmod(fd, DIRECTORY_MODE) != 0 || parent < 0 || fsync(parent) != 0)) {
        close(fd);
        fd = -1;
    }
    if (parent >= 0)
        close(parent);
    return fd;
}

/* Is the target a regular file, or not there? */
static int check_target(struct mapfile *mapfile)
{
    struct stat status;

    if (fstatat(mapfile->directory_fd, mapfile->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : fail(mapfile, "cannot look at it");
    if (S_ISREG(status.st_mode))
        return 0;
    errno = EINVAL;
    return refuse(mapfile, S_ISLNK(status.st_mode)
                               ? "it is a symbolic link: name the file itself, or remove the link"
                               : "it is no regular file: remove it, or choose another name");
}

/* Is name one of our temporary names? */
static bool is_temporary(const struct mapfile *mapfile, const char *name)
{
    size_t length = strlen(mapfile->name);
    size_t infix_length = sizeof TEMPORARY_INFIX - 1;

    if (strlen(name) != length + TEMPORARY_EXTRA || name[0] != '.' ||
        strncmp(name + 1, mapfile->name, length) != 0 ||
        strncmp(name + 1 + length, TEMPORARY_INFIX, infix_length) != 0)
        return false;
    return strspn(name + 1 + length + infix_length, "0123456789abcdef") == TEMPORARY_DIGITS;
}

/* A crash may have left them; to fail here does no harm. */
static void remove_left_over(const struct mapfile *mapfile)
{
    int fd = openat(mapfile->directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (entries == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(entries)) != NULL)
        if (is_temporary(mapfile, entry->d_name))
            unlinkat(mapfile->directory_fd, entry->d_name, 0);
    closedir(entries);
}

/* Does the file hold exactly bytes? False also if that cannot be known. */
static bool holds(const struct mapfile *mapfile, const char *bytes, size_t size)
{
    int fd = openat(mapfile->directory_fd, mapfile->name, READ_FLAGS);
    char buffer[COMPARE_BYTES];
    struct stat status;
    size_t compared = 0;

    if (fd < 0)
        return false;
    bool is_same = fstat(fd, &status) == 0 && (uint64_t)status.st_size == size;
    while (is_same && compared < size) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        is_same = got > 0 && (size_t)got <= size - compared &&
                  memcmp(buffer, bytes + compared, (size_t)got) == 0;
        compared += is_same ? (size_t)got : 0;
    }
    close(fd);
    return is_same;
}

/* Creates a file with a random name; another user of the directory must not guess it. */
static int open_temporary(const struct mapfile *mapfile, char name[NAME_MAX + 1])
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

    for (int i = 0; i < TEMPORARY_TRIES; i++) {
        uint32_t number = 0;
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
            return -1;
        snprintf(name, NAME_MAX + 1, ".%s" TEMPORARY_INFIX "%08x", mapfile->name, number);
        int fd = openat(mapfile->directory_fd, name, flags, MAP_MODE);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    size_t written = 0;

    while (written < size) {
        ssize_t got = write(fd, bytes + written, size - written);
        if (got < 0 && errno != EINTR)
            return -1;
        written += got > 0 ? (size_t)got : 0;
    }
    return 0;
}

/* Writes bytes to a new file beside the map, durably. On failure nothing is left of it. */
static int write_temporary(struct mapfile *mapfile, const char *bytes, size_t size,
                           char name[NAME_MAX + 1])
{
    int fd = open_temporary(mapfile, name);

    if (fd < 0)
        return fail(mapfile, "cannot make a file beside it");
    /* fchmod, because the umask would keep rspamd out. */
    int result = write_all(fd, bytes, size) != 0 || fchmod(fd, MAP_MODE) != 0 || fsync(fd) != 0
                     ? fail(mapfile, "cannot write a file beside it")
                     : 0;
    if (close(fd) != 0 && result == 0)
        result = fail(mapfile, "cannot close a file beside it");
    if (result != 0)
        unlinkat(mapfile->directory_fd, name, 0);
    return result;
}

/* Notes what failed and why. Returns -1. */
static int fail(struct mapfile *mapfile, const char *what)
{
    snprintf(mapfile->error, sizeof mapfile->error, "%s: %s: %s", mapfile->path, what,
             strerror(errno));
    return -1;
}

/* As fail, where no system call is to blame. */
static int refuse(struct mapfile *mapfile, const char *why)
{
    snprintf(mapfile->error, sizeof mapfile->error, "%s: %s", mapfile->path, why);
    return -1;
}
