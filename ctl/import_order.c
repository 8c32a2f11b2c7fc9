/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which a list is sent, see import_order.h.
 */
#include "import_order.h"

#include <stdlib.h>
#include <string.h>

#include "entry.h"
#include "hash.h"

static uint64_t row_of(const struct hash_key *key, const struct addr *addr);
static int compare(const void *a, const void *b);

void import_order(struct import_list *list, const char *cluster)
{
    struct hash_key key = hash_cluster(cluster);
    for (size_t i = 0; i < list->count; i++) {
        struct addr addr = import_list_subject(list, &list->entries[i]);
        list->entries[i].row = row_of(&key, &addr);
    }
    if (list->count > 0)
        qsort(list->entries, list->count, sizeof(*list->entries), compare);
}

/* The first bytes of its key, as a number that compares like them. */
static uint64_t row_of(const struct hash_key *key, const struct addr *addr)
{
    uint8_t bytes[ENTRY_KEY_BYTES_MAX] = {0};
    uint64_t row = 0;
    entry_write_record_key(key, addr, bytes);
    for (size_t i = 0; i < sizeof(row); i++)
        row = row << 8 | bytes[i];
    return row;
}

static int compare(const void *a, const void *b)
{
    const struct import_entry *left = a, *right = b;
    bool accounts = left->account > 0 || right->account > 0;
    if ((left->account > 0) != (right->account > 0))
        return left->account > 0 ? 1 : -1;
    if (!accounts && left->net.length != right->net.length)
        return left->net.length < right->net.length ? -1 : 1;
    return (left->row > right->row) - (left->row < right->row);
}
