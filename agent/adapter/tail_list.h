/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The open files of one log, in the order they were written: the last one has the name, or had it
 * last; the ones before it lost the name and are kept for a late writer.
 * Does not: read files, decide which file belongs in it.
 */
#ifndef BANSYNC_ADAPTER_TAIL_LIST_H
#define BANSYNC_ADAPTER_TAIL_LIST_H

#include "tail_file.h"
#include "tail_watch.h"

/* Open files at once: rotations within TAIL_KEEP_MS. */
#define TAIL_FILES_MAX 32

struct tail_list {
    struct tail_watch watch; /* of the files in the list, and of the directory */
    struct tail_file *files[TAIL_FILES_MAX];
    size_t count;
    struct tail_cursor left[TAIL_FILES_MAX]; /* a ring: where files taken out had been read to */
    size_t left_count;                       /* ever */
};

/* The file with the name; NULL: the list is empty. */
struct tail_file *tail_list_last(const struct tail_list *list);

/* Index of the file with identity's device and inode, or list->count. */
size_t tail_list_find(const struct tail_list *list, const struct tail_cursor *identity);

/* Inserts the open file, which is the list's from now on, at index. If the list is full, a kept
 * file that has been read to its end is taken out. False: none has; file is closed. */
bool tail_list_insert(struct tail_list *list, size_t index, struct tail_file *file);

/* Tries again to watch the files that could not be watched. */
void tail_list_watch(struct tail_list *list);

/* Moves the file at index to the end: it has the name again. */
void tail_list_name(struct tail_list *list, size_t index);

/* Does a file of the list have the content of this compressed one? */
bool tail_list_has_content(const struct tail_list *list, struct tail_file *file);

/* Puts a file that is not in the list to where it was left, if it was in the list before; a
 * compressed one also if its content was. */
void tail_list_resume(const struct tail_list *list, struct tail_file *file);

/* Takes out the kept files that were read to their end and have been quiet for TAIL_KEEP_MS. */
void tail_list_expire(struct tail_list *list);

/* Closes all files. */
void tail_list_clear(struct tail_list *list);

#endif
