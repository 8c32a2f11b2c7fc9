/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log, see logfile.h.
 */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "tail_gz.h"
#include "when.h"

_Static_assert(LOGFILE_READ_BYTES_MAX <= GZ_READ_BYTES_MAX, "a compressed file is read as others");

struct logfile {
    int fd;
    bool is_stdin;
    FILE *spool;        /* what came compressed from a pipe; NULL: nothing did */
    char head[2];       /* the first bytes of a pipe, read to see what it is */
    size_t head_length; /* of them, those that are not handed out yet */
    struct tail_gz *gz; /* NULL: not compressed */
    uint64_t offset;    /* in its content */
    uint64_t size;      /* of the file; 0: not known */
    int64_t changed_ms;
};

/* -1: from where it stands, as with a pipe. */
static ssize_t read_head(int fd, char head[2], off_t at)
{
    size_t length = 0;
    ssize_t taken = 1;
    while (length < 2 && taken > 0) {
        do {
            taken = at < 0 ? read(fd, head + length, 2 - length)
                           : pread(fd, head + length, 2 - length, at + (off_t)length);
        } while (taken < 0 && errno == EINTR);
        length += taken > 0 ? (size_t)taken : 0;
    }
    return (ssize_t)length;
}

static bool is_gzip(const char head[2], ssize_t length)
{
    static const char magic[] = "\x1f\x8b";
    return length == 2 && memcmp(head, magic, 2) == 0;
}

/* Inflating needs a file. Returns its descriptor, or -1 with errno. */
static int spool_pipe(struct logfile *file)
{
    static char bytes[LOGFILE_READ_BYTES_MAX];
    ssize_t taken;
    file->spool = tmpfile();
    if (!file->spool)
        return -1;
    fwrite(file->head, 1, file->head_length, file->spool);
    file->head_length = 0;
    while ((taken = read(file->fd, bytes, sizeof(bytes))) != 0) {
        if (taken < 0 && errno != EINTR)
            return -1;
        if (taken > 0 && fwrite(bytes, 1, (size_t)taken, file->spool) != (size_t)taken)
            return -1;
    }
    if (fflush(file->spool) != 0)
        return -1;
    return fileno(file->spool);
}

/* Finds out whether it is compressed, and begins to inflate it. 0, or -1 with errno. */
static int unpack(struct logfile *file)
{
    int fd = file->fd;
    char head[2];
    bool is_pipe = file->is_stdin && lseek(fd, 0, SEEK_CUR) < 0;
    if (is_pipe) {
        file->head_length = (size_t)read_head(fd, file->head, -1);
        if (!is_gzip(file->head, (ssize_t)file->head_length))
            return 0;
        fd = spool_pipe(file);
        if (fd < 0)
            return -1;
    } else if (file->size == 0 || lseek(fd, 0, SEEK_CUR) != 0 ||
               !is_gzip(head, read_head(fd, head, 0))) {
        return 0; /* a device, or somebody has read the beginning */
    }
    file->gz = tail_gz_open(fd);
    if (!file->gz)
        memory_exhausted();
    return 0;
}

static void look(struct logfile *file)
{
    struct stat st;
    file->changed_ms = when_wall_ms();
    if (fstat(file->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    off_t at = lseek(file->fd, 0, SEEK_CUR); /* standard input may stand anywhere */
    if (st.st_size > at)
        file->size = (uint64_t)(st.st_size - at);
    int64_t ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    if (ms > 0)
        file->changed_ms = ms;
}

struct logfile *logfile_open(const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct logfile *file = calloc(1, sizeof(*file));
    if (!file)
        memory_exhausted();
    file->fd = fd;
    file->is_stdin = is_stdin;
    look(file);
    if (unpack(file) < 0) {
        int error = errno;
        logfile_close(&file);
        errno = error;
    }
    return file;
}

void logfile_close(struct logfile **file)
{
    if (!*file)
        return;
    tail_gz_close(&(*file)->gz);
    if ((*file)->spool)
        fclose((*file)->spool);
    if (!(*file)->is_stdin)
        close((*file)->fd);
    free(*file);
    *file = NULL;
}

/* A slice that is used up is no end. */
static ssize_t read_gz(struct logfile *file, char *bytes, size_t size)
{
    ssize_t taken;
    do {
        taken = tail_gz_read(file->gz, bytes, size, file->offset);
    } while (taken < 0 && (errno == EAGAIN || errno == EINTR));
    if (taken == 0 && tail_gz_state(file->gz) != TAIL_GZ_WHOLE) {
        errno = EBADMSG;
        return -1;
    }
    return taken;
}

ssize_t logfile_read(struct logfile *file, char *bytes, size_t size)
{
    ssize_t taken;
    if (file->gz) {
        taken = read_gz(file, bytes, size);
    } else if (file->head_length > 0 && size >= file->head_length) {
        taken = (ssize_t)file->head_length;
        memcpy(bytes, file->head, file->head_length);
        file->head_length = 0;
    } else {
        do {
            taken = read(file->fd, bytes, size);
        } while (taken < 0 && errno == EINTR);
    }
    if (taken > 0)
        file->offset += (uint64_t)taken;
    return taken;
}

uint64_t logfile_done(const struct logfile *file)
{
    return file->gz ? tail_gz_taken(file->gz) : file->offset;
}

uint64_t logfile_size(const struct logfile *file)
{
    return file->size;
}

int64_t logfile_changed_ms(const struct logfile *file)
{
    return file->changed_ms;
}
