/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where reading the log stands, as the database has it: the file and the place in it, and what
 * decides the time of the line there.
 */
#ifndef BANSYNC_LOGPOSITION_H
#define BANSYNC_LOGPOSITION_H

#include <stdbool.h>

#include "linetime.h"
#include "store.h"
#include "tail.h"

/* time is what linetime_keep gave before the line at cursor was read. */
struct logposition {
    struct tail_cursor cursor;
    struct linetime_kept time;
    int64_t from_ms; /* what is logged earlier is none of this log's to count; 0: all of it is */
};

bool logposition_equal(const struct logposition *a, const struct logposition *b);

/* Adds it to the store's transaction. path: of the log. */
void logposition_put(struct store *store, const struct logposition *position, const char *path);

/* Is the cursor that of another log than the one at path: stored with another path, and not of the
 * file that is there now? False if the database does not tell. */
bool logposition_is_of_another(struct store *store, const struct tail_cursor *cursor,
                               const char *path);

/* Puts a word in place of the cursor: the log is not read, and what is written meanwhile is not to
 * be. */
void logposition_put_off(struct store *store);
bool logposition_is_off(struct store *store);

/* True if the database holds a cursor. position->time is set in any case; what a database of an
 * older version does not have is as if nothing was known. */
bool logposition_load(struct store *store, struct logposition *position);

#endif
