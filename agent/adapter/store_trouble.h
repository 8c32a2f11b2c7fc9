/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why the database cannot be written, and what an operator does about it.
 */
#ifndef BANSYNC_ADAPTER_STORE_TROUBLE_H
#define BANSYNC_ADAPTER_STORE_TROUBLE_H

enum store_trouble {
    STORE_TROUBLE_DISK, /* none of the others: an error of the disk or of its file system */
    STORE_TROUBLE_FULL,
    STORE_TROUBLE_READ_ONLY,
    STORE_TROUBLE_PERMISSION,
    STORE_TROUBLE_MOVED, /* the file, or its directory, was moved or removed; found by the caller */
    STORE_TROUBLE_COUNT
};

/* Why a write in the directory failed. reason is the errno of that failure as far as it is known,
 * else 0; the directory is tried, too, with a file without a name, as SQLite often tells none. */
enum store_trouble store_trouble_find(int directory_fd, int reason);

/* The word for programs, as "read_only"; and what to do, a part of a sentence. */
const char *store_trouble_name(enum store_trouble trouble);
const char *store_trouble_hint(enum store_trouble trouble);

#endif
