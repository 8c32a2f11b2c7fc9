/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log, see logfile.h.
 */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
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
    struct tail_gz *gz; /* NULL: not compressed */
    uint64_t offset;    /* in its content */
    uint64_t size;      /* of the file; 0: not known */
    int64_t changed_ms;
};

static bool is_gzip(int fd)
{
    static const char magic[] = "\x1f\x8b";
    char head[2];
    return pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
           memcmp(head, magic, sizeof(head)) == 0;
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
    if (!is_stdin && file->size > 0 && is_gzip(fd)) {
        file->gz = tail_gz_open(fd);
        if (!file->gz)
            memory_exhausted();
    }
    return file;
}

void logfile_close(struct logfile **file)
{
    if (!*file)
        return;
    tail_gz_close(&(*file)->gz);
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
