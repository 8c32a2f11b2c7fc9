/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of a spool, see spool_directory.h.
 */
#include "spool_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bansync/limits.h>

#define NAME "alerts"
#define FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int spool_directory_open(const char *parent, bool own)
{
    char path[PATH_BYTES_MAX + sizeof("/" NAME)];
    struct stat status;
    int fd, saved_errno;

    snprintf(path, sizeof(path), "%s/" NAME, parent);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return -1;
    fd = open(path, FLAGS);
    if (fd < 0 || fstat(fd, &status) != 0)
        goto fail;
    if (own && status.st_uid != geteuid()) {
        errno = EPERM;
        goto fail;
    }
    /* a disk that takes no writes refuses also what would change nothing */
    if ((status.st_mode & 07777) == 0700 || fchmod(fd, 0700) == 0)
        return fd;
fail:
    saved_errno = errno;
    if (fd >= 0)
        close(fd);
    errno = saved_errno;
    return -1;
}

DIR *spool_directory_read(int fd)
{
    int own = openat(fd, ".", FLAGS);
    DIR *directory = own >= 0 ? fdopendir(own) : NULL;
    int saved_errno = errno;

    if (directory == NULL && own >= 0)
        close(own);
    errno = saved_errno;
    return directory;
}
