/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows one log file and hands out whole lines.
 *
 * The open descriptor is read to its end before it is left for the file that now bears the name
 * (rename+create); a file that became shorter than the cursor is read from its beginning
 * (copytruncate). A cursor names the file by device, inode and a hash of its first bytes, so that
 * after a restart reading goes on exactly behind the last line handed out, in the renamed file
 * first if it was rotated meanwhile (looked for by inode in the same directory, then by its first
 * bytes, in files compressed by gzip, too). If that file is gone, the rotated files written last
 * within WINDOW_MS_MAX are read from their beginning, oldest first, and then the present one: lines
 * may come twice, none is left out. Does not: know what a line means.
 */
#ifndef BANSYNC_ADAPTER_TAIL_H
#define BANSYNC_ADAPTER_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where reading stands; plain data, stored with the strikes it produced. */
struct tail_cursor {
    uint64_t device;
    uint64_t inode;
    uint64_t offset;     /* bytes handed out as whole lines */
    uint64_t head_hash;  /* hash of the first head_bytes bytes */
    uint32_t head_bytes; /* at most TAIL_HEAD_BYTES_MAX; grows with a young file */
    uint32_t born;       /* of its time of birth, as inode numbers are given again; 0: not known */
};
#define TAIL_HEAD_BYTES_MAX 256

struct tail_line {
    const char *bytes; /* without LF; valid during the call only */
    size_t length;
    uint64_t offset;  /* of the first byte in its file */
    uint64_t file_id; /* the same wherever its file is, whatever its name; see below */
    bool live; /* the reader had been at the end of the file shortly before this line appeared */
};

/* A line is known again by file_id, offset and its bytes. file_id is a hash of the file's first
 * line (of its first TAIL_HEAD_BYTES_MAX bytes, if that is longer), which is there before any line
 * is handed out: it stays the same while the file grows, when it is renamed, copied or reached by
 * another path. Two files that begin with the same line have the same one; their lines must then
 * differ in place or bytes (a line of a log has its time in it) to be told apart. */

struct tail_reader {
    /* Called for every whole line, but for those taken by skip. False: it is enough for this call
     * of tail_read. */
    bool (*line)(void *context, const struct tail_line *line);
    /* Called with what was read, from the beginning of a line on; the last one may not be whole.
     * Returns how many bytes of whole lines need not be handed out one by one. May be NULL. */
    size_t (*skip)(void *context, const char *bytes, size_t size);
    void *context;
};

struct tail_stats {
    uint64_t too_long;      /* lines over LINE_BYTES_MAX, skipped */
    uint64_t truncated;     /* times the file was found truncated */
    uint64_t errors;        /* failures to open or read */
    uint64_t rotations;     /* times another file took the name */
    uint64_t gone;          /* times the cursor's file was not found: lines may have been lost */
    uint64_t damaged;       /* compressed files that are torn or damaged; what they gave was read */
    char damaged_name[256]; /* the last of them, without directory */
    int watch_errno; /* why changes are only found by looking; EREMOTE: a network file system; 0:
                        inotify tells of them */
    int last_errno;  /* why the log cannot be read now; 0: it is being read */
};

struct tail;

/* Starts following path (copied). cursor NULL: none is known, begin at the end of the present file,
 * or at its beginning if from_beginning; a file that appears later is always read from its
 * beginning. A missing or unreadable file or directory is no error: it is looked for again. NULL
 * only without memory. */
struct tail *tail_open(const char *path, const struct tail_cursor *cursor, bool from_beginning);

/* Closes and frees *tail and sets it to NULL; NULL is harmless. */
void tail_close(struct tail **tail);

/* Descriptor that becomes readable when tail_read should be called; -1: there is none now. */
int tail_fd(const struct tail *tail);

/* Hands out whole lines until budget_bytes are used up (rounded up to a line) or the reader says
 * that it is enough. Returns true if more is waiting now. Call it when tail_fd is readable, and at
 * least once a second (not all can be watched, see watch_errno). */
bool tail_read(struct tail *tail, size_t budget_bytes, const struct tail_reader *reader);

/* Where reading stands, for the store. */
void tail_position(const struct tail *tail, struct tail_cursor *cursor);

/* For use in tail_reader.line only, with the line it was given: the position from which this line
 * would be handed out again, and all after it; lines before it may be, too. */
void tail_line_position(const struct tail *tail, const struct tail_line *line,
                        struct tail_cursor *cursor);

void tail_statistics(const struct tail *tail, struct tail_stats *stats);

#endif
