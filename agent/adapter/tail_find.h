/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for log files that no longer bear the name: beside the path, and beside what it is a
 * symbolic link to.
 *
 * A rotated file is one whose name differs from the log's by digits and . - _ : only ("x.log.1",
 * "x.log-20261123", "x-20261123.log"), and perhaps ".gz" behind that. While the file is there under
 * its name without ".gz" as well, it is still being compressed, and that one is taken. A compressed
 * file must bear the time of the one it was made from, as gzip and logrotate see to.
 * Does not: follow symbolic links to files, look into other directories (logrotate's olddir), know
 * other compressions.
 */
#ifndef BANSYNC_ADAPTER_TAIL_FIND_H
#define BANSYNC_ADAPTER_TAIL_FIND_H

#include "tail_file.h"

/* Age of a rotated file: when it was written last; inode makes it unique. */
struct tail_age {
    int64_t modified_ns;
    uint64_t inode;
};

/* An age to begin a search with: files written last in the same instant (a clock tick of the
 * kernel) are beyond it. */
struct tail_age tail_file_age(const struct tail_file *file);

/* Opens the file the cursor was taken from, put to the cursor: the one with its inode and first
 * bytes, whatever its name; else as tail_find_copy. NULL if there is none (or no memory): it is
 * gone. */
struct tail_file *tail_find_cursor(const char *path, const struct tail_cursor *cursor);

/* Opens the rotated file that begins as the cursor's file did and is not shorter than its offset,
 * put to the cursor: what copytruncate left. NULL if there is none, or if the cursor knows too few
 * bytes to tell. */
struct tail_file *tail_find_copy(const char *path, const struct tail_cursor *cursor);

/* Opens the next rotated file younger than *age and moves *age to it; NULL if there is no more. */
struct tail_file *tail_find_younger(const char *path, struct tail_age *age);

#endif
