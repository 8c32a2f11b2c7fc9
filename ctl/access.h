/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May another user read a file? Judged by owners, groups and modes, without becoming that user.
 */
#ifndef BANSYNC_CTL_ACCESS_H
#define BANSYNC_CTL_ACCESS_H

#include <stddef.h>

enum access_result {
    ACCESS_YES,
    ACCESS_NO,      /* why holds the path that is closed to him */
    ACCESS_MISSING, /* there is no such file */
    ACCESS_UNKNOWN, /* why tells what cannot be known */
};

/* May the user of that name read the file path, through all directories above it? Symbolic links
 * are followed. Access control lists are not read: where one is, the answer is unknown. */
enum access_result access_read(const char *user, const char *path, char *why, size_t size);

#endif
