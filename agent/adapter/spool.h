/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of alerts that are not delivered yet: a file an alert. The first one is "alerts" in
 * state_dir; the second one, "alerts" beside the control socket, is for the time in which the disk
 * of the first one takes none, and is in memory as a rule.
 *
 * The agent puts files there, complete and synced before they have their name, so that an alert
 * survives whatever ends the agent or the process that delivers; that process (see
 * courier_child.h) notes in the file who has it, and removes it. Links are never followed; what is
 * none of ours is renamed to NAME.bad, and left alone from then on. Files of other names do not
 * count.
 */
#ifndef BANSYNC_ADAPTER_SPOOL_H
#define BANSYNC_ADAPTER_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "spool_file.h"

#define SPOOL_NAME_SIZE 64

/* What the two differ in. */
struct spool_bounds {
    int max;   /* so many may wait there; up to ALERT_SPOOL_MAX */
    bool own;  /* it must be the caller's: others may write beside it, too */
    bool room; /* is kept for one alert on its disk, see spool_reserve.h */
};
extern const struct spool_bounds spool_first, spool_second;

/* Zeroed: not open. Names are "TIME-ID.alert", time in ms with 15 digits: sorted, the oldest comes
 * first. */
struct spool {
    int fd; /* of the directory; 0: not open */
    const struct spool_bounds *bounds;
    int count, foreign; /* alerts, up to bounds->max; and what is called .alert and is none */
    char names[ALERT_SPOOL_MAX][SPOOL_NAME_SIZE]; /* as spool_list found them */
};

/* Opens the directory below parent, which is made with the mode 0700 if it is not there; one that
 * is open and was removed meanwhile is opened anew. 0; or -1 with errno: EPERM if it is somebody
 * else's and must not be. */
int spool_open(struct spool *spool, const struct spool_bounds *bounds, const char *parent);
void spool_close(struct spool *spool);

/* True if the directory, which is open, was removed: nothing can be put there any more. */
bool spool_is_gone(const struct spool *spool);

/* True if both are open, and one directory, however each was named. */
bool spool_is_same(const struct spool *a, const struct spool *b);

/* The one process that delivers holds this lock. False: another one still does. */
bool spool_lock(const struct spool *spool);

/* Puts an alert there. 0; or -1 with errno: EDQUOT if as many wait as may (see spool_is_full),
 * EMSGSIZE if it is beyond its bounds. */
int spool_put(struct spool *spool, const struct spool_file *file, int64_t wall_ms);

/* As spool_put; if the disk is full it takes the room that is kept for this (see
 * spool_reserve.h). */
int spool_put_last(struct spool *spool, const struct spool_file *file, int64_t wall_ms);

/* True if, when it was listed last, as many waited as may: no failure of a disk. */
bool spool_is_full(const struct spool *spool);

/* Fills names and counts: the oldest ones. 0; or -1 with errno. */
int spool_list(struct spool *spool);

/* When that alert was put there, from its name. */
int64_t spool_time(const char *name);

/* Reads one; free() what is returned when file is done with, which points into it. NULL with
 * errno: ENOENT it is gone, EBADMSG it is none of ours. */
char *spool_get(const struct spool *spool, const char *name, struct spool_file *file);

/* That target has it. 0; or -1 with errno. */
int spool_mark(const struct spool *spool, const char *name, size_t target);

/* Removes the alerts with that id, whoever still waits for them, of those that spool_list found
 * last: it is asked for many at once. */
void spool_cancel(const struct spool *spool, const char id[SPOOL_ID_SIZE]);

/* True if one of those has it. */
bool spool_has(const struct spool *spool, const char id[SPOOL_ID_SIZE]);

int spool_remove(const struct spool *spool, const char *name);
int spool_set_aside(const struct spool *spool, const char *name);

/* A small file of another name beside the alerts, which survives the end of the agent but perhaps
 * not a power failure. Saving no bytes removes it. spool_load returns the size; -1 with errno:
 * there is none, or EFBIG as it is larger. */
int spool_save(const struct spool *spool, const char *name, const char *bytes, size_t size);
/* Adds to the end of such a file. 0; or -1 with errno: ENOENT it is not there; or the end may have
 * a part of it then. */
int spool_append(const struct spool *spool, const char *name, const char *bytes, size_t size);
ssize_t spool_load(const struct spool *spool, const char *name, char *bytes, size_t size);

#endif
