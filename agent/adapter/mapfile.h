/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replaces the map file so that a reader never sees it missing, short or torn.
 *
 * Temporary file in the same directory (opened by openat, O_EXCL|O_NOFOLLOW, 0644), write, fsync,
 * renameat, fsync of the directory; never when the content is unchanged. A target that is a
 * symlink, directory, FIFO or device is refused.
 * Does not: know what is in the map.
 */
#ifndef BANSYNC_ADAPTER_MAPFILE_H
#define BANSYNC_ADAPTER_MAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapfile;

/* Prepares for path (copied; a relative one belongs to the present working directory); its
 * directory is opened now and made (one level, 0755) if missing. NULL and text in error (what,
 * where, what to do) if that fails or the target is not a regular file. Left-over temporary files
 * of ours are removed.
 *
 * Later the directory is the one that has the name then: if another took its place (renamed,
 * removed and made again), mapfile_write and mapfile_read go over to that one. One that is missing
 * or no directory is an error until it is there again; it is not made, for who removed it may have
 * meant it. */
struct mapfile *mapfile_open(const char *path, char *error, size_t error_size);
void mapfile_close(struct mapfile **mapfile);

/* Do both name one file, however their paths are spelled? */
bool mapfile_is_same(const struct mapfile *a, const struct mapfile *b);

/* Makes the file hold exactly bytes. 0: it does (1 if it already did and nothing was written). -1:
 * the old content is still in force and mapfile_error tells why. */
int mapfile_write(struct mapfile *mapfile, const char *bytes, size_t size);
const char *mapfile_error(const struct mapfile *mapfile);

/* Reads the whole present file into a new buffer that the caller frees. Returns 0; 1 if there is
 * none; -1 on error or if it is over size_max bytes or no regular file. */
int mapfile_read(struct mapfile *mapfile, size_t size_max, char **bytes, size_t *size);

/* When the present file was last written, wall ms; 0: there is none, or it cannot be told. */
int64_t mapfile_written_ms(struct mapfile *mapfile);

/* Removes the file, durably; one that is not there is no error. 0 or -1. */
int mapfile_remove(struct mapfile *mapfile);

#endif
