/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row of the database.
 */
#ifndef BANSYNC_ADAPTER_ROW_H
#define BANSYNC_ADAPTER_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum store_table {
    STORE_STRIKE = 1,
    STORE_RECORD = 2,
    STORE_ALLOW = 3,
    STORE_HELD = 4,
    STORE_AUDIT = 5,
    STORE_MARK = 6
};

struct store_row {
    enum store_table table;
    const void *key; /* not used for STORE_STRIKE */
    size_t key_size;
    const char *subject; /* canonical text, for people */
    const char *note;    /* one line for people; not used for STORE_STRIKE; may be NULL */
    int64_t at_ms;       /* STORE_STRIKE only: time of the strike */
    const void *body;
    size_t body_size;
    uint64_t hash;
};

/* Called for each row that is loaded; pointers are valid during the call. Returns false to stop. */
typedef bool store_row_fn(void *context, const struct store_row *row);

#endif
