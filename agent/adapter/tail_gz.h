/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content of one gzip file, read from front to back.
 *
 * It is inflated once, in slices: each call takes and makes a bounded number of bytes, however the
 * file was made, and the content may be GZ_CONTENT_BYTES_MAX long. Several members one after the
 * other are one content; what follows the last and is none is passed over, as gzip does.
 * Does not: know lines or logs.
 */
#ifndef BANSYNC_ADAPTER_TAIL_GZ_H
#define BANSYNC_ADAPTER_TAIL_GZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Most that one call reads, and most that it passes over. */
#define GZ_SLICE_BYTES 1048576

/* A log of a day has some GiB; a bomb has no end. */
#define GZ_CONTENT_BYTES_MAX (16ull << 30)

/* Most that one tail_gz_read may ask for. */
#define GZ_READ_BYTES_MAX 262144

struct tail_gz;

enum tail_gz_state {
    TAIL_GZ_OPEN,   /* there is more */
    TAIL_GZ_WHOLE,  /* inflated to its end */
    TAIL_GZ_TORN,   /* the file ends within its content; it may still be growing */
    TAIL_GZ_BROKEN, /* what follows is no gzip, fails its check, or is longer than the limit */
};

/* fd: a regular file, which stays the caller's and open. NULL with errno. */
struct tail_gz *tail_gz_open(int fd);

/* Frees *gz and sets it to NULL; NULL is harmless. */
void tail_gz_close(struct tail_gz **gz);

/* As pread(2) on the content: bytes from offset on, fewer only at the end of what there is now. -1
 * with errno; EAGAIN: the slice is used up, ask again. An offset before that of the call before
 * means inflating from the beginning, but for the first bytes, which are kept. */
ssize_t tail_gz_read(struct tail_gz *gz, char *bytes, size_t size, uint64_t offset);

enum tail_gz_state tail_gz_state(const struct tail_gz *gz);

/* Bytes of the file that were read. */
uint64_t tail_gz_taken(const struct tail_gz *gz);

#endif
