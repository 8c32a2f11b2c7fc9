/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log that is read from its beginning to its end: a file, a file that gzip(1) made, or standard
 * input.
 *
 * Does not: know lines.
 */
#ifndef BANSYNC_CTL_LOGFILE_H
#define BANSYNC_CTL_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Most that one read may ask for. */
#define LOGFILE_READ_BYTES_MAX 262144

struct logfile;

/* path "-": standard input; what gzip made and comes from a pipe is copied to a temporary file
 * first. NULL with errno. Without memory the process ends (memory.h). */
struct logfile *logfile_open(const char *path);
void logfile_close(struct logfile **file);

/* The next bytes: how many, 0 at the end, -1 with errno; EBADMSG: what gzip made is cut or damaged,
 * and all before that was read. */
ssize_t logfile_read(struct logfile *file, char *bytes, size_t size);

/* How much of the file was read, compressed bytes if it is, and of how much; 0: that is not known.
 */
uint64_t logfile_done(const struct logfile *file);
uint64_t logfile_size(const struct logfile *file);

/* When it was last changed, ms since 1970, > 0; of what is no file: now. */
int64_t logfile_changed_ms(const struct logfile *file);

#endif
