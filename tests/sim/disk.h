/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host's database holds, as agent/adapter/store.c keeps it: strikes in the order of arrival,
 * records, allow entries and held strikes by key, the clock and the position in the log. A commit
 * is all or nothing.
 */
#ifndef BANSYNC_SIM_DISK_H
#define BANSYNC_SIM_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "effect.h"
#include "node.h"

struct disk_row {
    uint8_t *key; /* owned; of a strike NULL */
    size_t key_size;
    uint8_t *body; /* owned */
    size_t size;
    int64_t at_ms; /* of a strike */
    uint32_t line; /* of a strike: as in the ledger */
};

struct disk_table {
    struct disk_row *rows;
    size_t count, room;
};

#define DISK_TABLES (ENTRY_KINDS + 1)

struct disk {
    struct disk_table tables[DISK_TABLES]; /* by kind - 1; the last one is of held strikes */
    uint64_t hlc;
    size_t cursor; /* next line of the log */
    bool blank;    /* nothing was ever committed: the log is read from its end */
    bool expiring; /* rows to be removed are left: a call removes a bounded number */
};

void disk_open(struct disk *disk);
void disk_close(struct disk *disk);

/* Writes the rows of a turn. */
void disk_commit(struct disk *disk, const struct effects *effects, uint64_t hlc, size_t cursor);

/* After failed commits: all of it anew from the node, and the rows of this turn on top. */
void disk_rebuild(struct disk *disk, struct node *node, size_t cursor);

/* A deep copy, as a backup or a clone is. */
void disk_copy(const struct disk *from, struct disk *to);

/* The row of that record, NULL if there is none. */
const struct disk_row *disk_find_record(const struct disk *disk, const struct addr *addr);

/* The row of that key, NULL if there is none. Not for strikes. */
const struct disk_row *disk_find(const struct disk *disk, enum entry_kind kind, const uint8_t *key,
                                 size_t key_size);

#endif
