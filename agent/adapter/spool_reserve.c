/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for one alert, see spool_reserve.h.
 */
#include "spool_reserve.h"

#include <fcntl.h>
#include <unistd.h>

#include "spool_file.h"

#define NAME "reserve"
#define BYTES (SPOOL_FILE_BYTES_MAX + 8192) /* what a directory may take to name it, too */

void spool_reserve_keep(int fd)
{
    int file = openat(fd, NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (file < 0)
        return;
    if (posix_fallocate(file, 0, BYTES) != 0)
        unlinkat(fd, NAME, 0);
    close(file);
}

bool spool_reserve_give(int fd)
{
    return unlinkat(fd, NAME, 0) == 0;
}
