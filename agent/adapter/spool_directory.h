/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of a spool: made, opened, and read from its beginning.
 */
#ifndef BANSYNC_ADAPTER_SPOOL_DIRECTORY_H
#define BANSYNC_ADAPTER_SPOOL_DIRECTORY_H

#include <dirent.h>
#include <stdbool.h>

/* Opens "alerts" below parent, which is made if it is not there, and which nobody else may enter:
 * accounts of senders are in there. own: it must be the caller's. The caller closes what is
 * returned; -1 with errno: EPERM if it is somebody else's. */
int spool_directory_open(const char *parent, bool own);

/* Its names, of the directory that is open as fd; closedir() what is returned. NULL with errno. */
DIR *spool_directory_read(int fd);

#endif
