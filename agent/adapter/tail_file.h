/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One open log file, read line by line.
 *
 * A file keeps no bytes between two reads: it is read again from the last line's end, so that a
 * line torn over several writes costs nothing but reading its first part twice, and what a cursor
 * says is always the whole truth. Of a compressed file offsets are those of its content, and a read
 * may end with TAIL_FILE_MORE without a line: it is inflated in slices.
 * Does not: know names, other files or when to read.
 */
#ifndef BANSYNC_ADAPTER_TAIL_FILE_H
#define BANSYNC_ADAPTER_TAIL_FILE_H

#include "tail.h"
#include "tail_gz.h"

#include <bansync/limits.h>

#include <sys/stat.h>

/* Size of tail_pass.buffer. */
#define TAIL_BUFFER_BYTES (256 * 1024)

/* So many first bytes tell a log from all others: a time and a message. */
#define TAIL_HEAD_BYTES_MIN 64

/* A line that may have waited longer than this to be read is not live. */
#define TAIL_LIVE_MS 10000

/* How long a file that lost the name is read on, in case a writer is late. */
#define TAIL_KEEP_MS 10000

struct tail_file {
    int fd;
    struct tail_gz *gz;        /* NULL: the file is its content */
    char *name;                /* of a compressed file, without directory */
    int watch;                 /* the follower's inotify watch; -1: none */
    struct tail_cursor cursor; /* offset: behind the last line handed out */
    uint64_t id;               /* tail_line.file_id; final as soon as a line is whole */
    uint64_t scan;      /* next byte to read; beyond cursor.offset inside a line that is too long */
    uint64_t live_from; /* lines beginning here or later are live: an end of file that was seen */
    int64_t ended_ms;   /* monotonic time an end of file was last seen */
    int64_t quiet_ms;   /* monotonic time of the last bytes, or of losing the name */
    bool in_long_line;  /* inside a line that is too long */
    bool unsure;        /* compressed: not seen yet that a line ends before the offset */
    bool told;          /* compressed: its damage was counted */
    uint64_t end;       /* size at which it was read to its end; UINT64_MAX: it is not */
};

/* What the reads of one tail_read share. */
struct tail_pass {
    char *buffer;  /* TAIL_BUFFER_BYTES */
    size_t budget; /* bytes that may still be handed out */
    const struct tail_reader *reader;
    bool enough;       /* it said so */
    uint64_t too_long; /* lines over LINE_BYTES_MAX met */
};

enum tail_file_state {
    TAIL_FILE_END,      /* read to its end; an unfinished line may wait for its LF */
    TAIL_FILE_MORE,     /* the budget is used up and whole lines wait */
    TAIL_FILE_REPLACED, /* truncated: its content is another. Nothing of that was handed out */
    TAIL_FILE_FAILED,   /* errno */
};

/* Opens the regular file at path (relative to directory_fd, see openat(2)), to be read from its
 * beginning. Never blocks, never opens a FIFO or device. NULL with errno: EISDIR, EINVAL (neither
 * file nor directory) or openat's. */
struct tail_file *tail_file_open(int directory_fd, const char *path, int flags);

/* The same for a gzip file, whose lines are those of its content. */
struct tail_file *tail_file_open_gz(int directory_fd, const char *path, int flags);

/* Closes and frees *file and sets it to NULL; NULL is harmless. */
void tail_file_close(struct tail_file **file);

/* Is st the status of this file? */
bool tail_file_is(const struct tail_file *file, const struct stat *st);

/* Are both the same file, opened twice? */
bool tail_file_same(const struct tail_file *file, const struct tail_file *other);

/* Is it the file the cursor was taken from, by inode and time of birth? Not the device: its number
 * may change with the next boot. */
bool tail_file_was(const struct tail_file *file, const struct tail_cursor *cursor);

/* Was all that can be read now read? */
bool tail_file_is_drained(const struct tail_file *file);

/* Will nothing more come from it? What lost the name and has been quiet for TAIL_KEEP_MS by now_ms,
 * or the end of a compressed file. */
bool tail_file_is_over(const struct tail_file *file, int64_t now_ms);

/* Is it compressed, over, and was its end torn off or damaged? */
bool tail_file_is_damaged(const struct tail_file *file, int64_t now_ms);

/* Does it begin as the other's file did, and are that enough bytes to tell it from others? */
bool tail_file_begins_like(struct tail_file *file, const struct tail_cursor *other);

/* Puts the file to the cursor if its content is the one the cursor was taken from: same first
 * bytes, long enough, a line ends before the offset. Device and inode are not compared (a copy has
 * others). False: nothing changed. Of a compressed one only the first bytes are looked at; if the
 * rest turns out not to fit it is read from its beginning. */
bool tail_file_resume(struct tail_file *file, const struct tail_cursor *cursor);

/* Puts the file behind its last whole line. buffer: TAIL_BUFFER_BYTES. */
void tail_file_to_end(struct tail_file *file, char *buffer);

/* Puts the file to its beginning and forgets what was known of its content. */
void tail_file_restart(struct tail_file *file);

/* Is the content still the one that was read so far? TAIL_FILE_MORE: yes; TAIL_FILE_REPLACED;
 * TAIL_FILE_FAILED: errno. */
enum tail_file_state tail_file_check(struct tail_file *file);

/* Hands out whole lines while pass->budget lasts and the reader wants more, and takes what it used
 * off it. */
enum tail_file_state tail_file_read(struct tail_file *file, struct tail_pass *pass);

#endif
