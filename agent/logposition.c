/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log position in the database: its values `cursor`, `log`, `log_from`, `line_ms` and
 * `line_zone`.
 */
#include "logposition.h"

#include <bansync/limits.h>
#include <string.h>
#include <sys/stat.h>

static const char off[] = "off"; /* shorter than a cursor */

static bool load(struct store *store, const char *name, void *value, size_t size)
{
    return store_meta_get(store, name, value, size) == (int)size;
}

static bool cursors_equal(const struct tail_cursor *a, const struct tail_cursor *b)
{
    return a->device == b->device && a->inode == b->inode && a->offset == b->offset &&
           a->head_hash == b->head_hash && a->head_bytes == b->head_bytes;
}

bool logposition_equal(const struct logposition *a, const struct logposition *b)
{
    return cursors_equal(&a->cursor, &b->cursor) && a->time.previous_ms == b->time.previous_ms &&
           a->time.zone_min == b->time.zone_min;
}

void logposition_put(struct store *store, const struct logposition *position, const char *path)
{
    const struct linetime_kept *time = &position->time;

    store_meta_put(store, "cursor", &position->cursor, sizeof(position->cursor));
    store_meta_put(store, "log", path, strlen(path));
    store_meta_put(store, "log_from", &position->from_ms, sizeof(position->from_ms));
    store_meta_put(store, "line_ms", &time->previous_ms, sizeof(time->previous_ms));
    store_meta_put(store, "line_zone", &time->zone_min, sizeof(time->zone_min));
}

bool logposition_is_of_another(struct store *store, const struct tail_cursor *cursor,
                               const char *path)
{
    char stored[PATH_BYTES_MAX];
    struct stat st;
    int size = store_meta_get(store, "log", stored, sizeof(stored));

    if (size <= 0 || ((size_t)size == strlen(path) && memcmp(stored, path, (size_t)size) == 0))
        return false;
    return stat(path, &st) != 0 || st.st_ino != cursor->inode;
}

void logposition_put_off(struct store *store)
{
    store_meta_put(store, "cursor", off, sizeof(off));
}

bool logposition_is_off(struct store *store)
{
    struct tail_cursor value;

    return store_meta_get(store, "cursor", &value, sizeof(value)) == (int)sizeof(off);
}

bool logposition_load(struct store *store, struct logposition *position)
{
    struct linetime_kept *time = &position->time;

    if (!load(store, "line_ms", &time->previous_ms, sizeof(time->previous_ms)))
        time->previous_ms = 0;
    if (!load(store, "line_zone", &time->zone_min, sizeof(time->zone_min)))
        time->zone_min = LINETIME_HOME;
    if (!load(store, "log_from", &position->from_ms, sizeof(position->from_ms)))
        position->from_ms = 0;
    return load(store, "cursor", &position->cursor, sizeof(position->cursor));
}
