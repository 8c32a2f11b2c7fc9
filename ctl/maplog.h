/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the end of rspamd's log tells of a map: how many elements each of its processes has read.
 */
#ifndef BANSYNC_CTL_MAPLOG_H
#define BANSYNC_CTL_MAPLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAPLOG_BYTES_MAX 8388608 /* of the end of a log that are looked at */
#define MAPLOG_READERS_MAX 64    /* processes; rspamd has one for each processor and a few more */

struct maplog_reader {
    uint32_t pid;
    bool is_parent;   /* it began with the map, and scans no mail: only what its children have not
                         read anew counts for them */
    uint64_t tag;     /* of the map in that process, hashed */
    bool is_next;     /* the next count of elements under that tag is of this map */
    bool has_count;   /* elements are known */
    int64_t elements; /* that it holds */
};

struct maplog {
    struct maplog_reader readers[MAPLOG_READERS_MAX]; /* since rspamd last began with this map */
    size_t count;
    bool has_children; /* one of them has told how many it holds: the parent's are of no account */
};

/* Reads the end of the log. Returns 0, or -1 with errno: then it cannot be read. */
int maplog_read(const char *log, const char *map, struct maplog *maplog);

#endif
