/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of this process that is resident.
 */
#ifndef BANSYNC_BENCH_RESIDENT_H
#define BANSYNC_BENCH_RESIDENT_H

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is free is given back first. */
static inline size_t resident_bytes(void)
{
    char text[128] = "";
    int fd;
    char *at;

    malloc_trim(0);
    fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
        abort();
    close(fd);
    at = strchr(text, ' ');
    return at != NULL ? strtoul(at, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

#endif
