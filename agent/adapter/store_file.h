/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database as files in a directory: the lock against a second agent, setting a damaged file
 * aside, putting a new file in the place of the old one.
 *
 * A WAL that meets a database it does not belong to destroys it. So whoever moves a database here
 * moves or removes its -wal and -shm too, in an order that is safe against power loss at any point.
 * Does not: open or read the database.
 */
#ifndef BANSYNC_ADAPTER_STORE_FILE_H
#define BANSYNC_ADAPTER_STORE_FILE_H

#include <stddef.h>

#define STORE_FILE_NAME "bansync.db"
#define STORE_FILE_NAME_NEW "bansync.db.new"
/* Followed by the number: the copy made before a migration, and that copy while it is written. */
#define STORE_FILE_NAME_COPY "bansync.db.schema-"
#define STORE_FILE_NAME_COPY_NEW "bansync.db.schema.new"
/* Room for the longest name we make, with NUL. */
#define STORE_FILE_NAME_SIZE 40
/* Damaged files that may lie about; with more of them something needs an operator. */
#define STORE_FILE_ASIDE_MAX 100

struct store_file {
    int directory_fd;
    int lock_fd;
};

/* Opens directory and takes the exclusive lock on its file "lock" without waiting. Returns 0; -1
 * with text in error: nothing is open then. */
int store_file_open(struct store_file *file, const char *directory, char *error, size_t error_size);

/* Gives the lock back and closes. Harmless after a failed store_file_open. */
void store_file_close(struct store_file *file);

/* Brings the directory back to one database after a crash at any point of store_file_swap: ends an
 * interrupted swap, or removes an unfinished new file. To be called while no database is open.
 * Returns 0, or -1 and errno. */
int store_file_settle(const struct store_file *file);

/* Removes the new file and what lies beside it. Returns 0, or -1 and errno. */
int store_file_discard_new(const struct store_file *file);

/* Makes an empty file name (0640) if there is none, and removes a WAL left by an older one of that
 * name. Returns 0, or -1 and errno; EINVAL if name is no regular file. */
int store_file_make(const struct store_file *file, const char *name);

/* Renames the database, its -wal and -shm to the next free bansync.db.corrupt-N, which is written
 * to name. Returns 0, or -1 and errno; ENOSPC if there are STORE_FILE_ASIDE_MAX of them. */
int store_file_set_aside(const struct store_file *file, char name[STORE_FILE_NAME_SIZE]);

/* Puts the complete new file in the place of the database, durably. Neither may be open. Returns 0,
 * or -1 and errno: then either the old database stands, or store_file_settle ends the swap. */
int store_file_swap(const struct store_file *file);

/* Makes an empty STORE_FILE_NAME_COPY_NEW, whatever lay there; and puts it, written by then, in its
 * place as the copy of that schema, durably, also over an earlier one. 0, or -1 and errno. */
int store_file_begin_copy(const struct store_file *file);
int store_file_end_copy(const struct store_file *file, long schema);

/* Removes a copy that was begun and not ended. Returns 0, or -1 and errno. */
int store_file_drop_copy(const struct store_file *file);

/* Makes what was created or renamed in the directory durable. Returns 0, or -1 and errno. */
int store_file_sync(const struct store_file *file);

#endif
