/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated database, see disk.h.
 */
#include "disk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "ledger.h"

#define EXPIRE_ROWS_MAX 4096 /* a call, as the store does */

static size_t table_of(uint8_t kind)
{
    return kind == ENTRY_HELD ? ENTRY_KINDS : kind - 1u;
}

static uint8_t *copy_bytes(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    assert(copy != NULL);
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

static void clear_row(struct disk_row *row)
{
    free(row->key);
    free(row->body);
}

static void clear_table(struct disk_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        clear_row(&table->rows[i]);
    free(table->rows);
    *table = (struct disk_table){0};
}

void disk_open(struct disk *disk)
{
    *disk = (struct disk){.blank = true};
}

void disk_close(struct disk *disk)
{
    for (size_t i = 0; i < DISK_TABLES; i++)
        clear_table(&disk->tables[i]);
    disk_open(disk);
}

static size_t place_of(const struct disk_table *table, const uint8_t *key, size_t key_size)
{
    size_t i = 0;

    while (i < table->count &&
           (table->rows[i].key_size != key_size || memcmp(table->rows[i].key, key, key_size) != 0))
        i++;
    return i;
}

static struct disk_row *append(struct disk_table *table)
{
    if (table->count == table->room) {
        table->room = table->room * 2 + 16;
        table->rows = realloc(table->rows, table->room * sizeof(*table->rows));
        assert(table->rows != NULL);
    }
    table->rows[table->count] = (struct disk_row){0};
    return &table->rows[table->count++];
}

static uint32_t line_of(const uint8_t *body, size_t size)
{
    struct strike strike;
    struct addr addr;

    return entry_read_strike(body, size, &addr, &strike) == 0 ? ledger_line_of(&addr, &strike)
                                                              : UINT32_MAX;
}

static void put(struct disk *disk, uint8_t kind, const uint8_t *key, size_t key_size,
                const uint8_t *body, size_t size, int64_t at_ms)
{
    struct disk_table *table = &disk->tables[table_of(kind)];
    size_t place = kind == ENTRY_STRIKE ? table->count : place_of(table, key, key_size);
    struct disk_row *row = place < table->count ? &table->rows[place] : append(table);

    clear_row(row);
    *row = (struct disk_row){.size = size, .at_ms = at_ms, .body = copy_bytes(body, size)};
    if (kind == ENTRY_STRIKE) {
        row->line = line_of(body, size);
        return;
    }
    row->key = copy_bytes(key, key_size);
    row->key_size = key_size;
}

static void delete (struct disk *disk, uint8_t kind, const uint8_t *key, size_t key_size)
{
    struct disk_table *table = &disk->tables[table_of(kind)];
    size_t place = place_of(table, key, key_size);

    if (place == table->count)
        return;
    clear_row(&table->rows[place]);
    table->rows[place] = table->rows[--table->count];
}

/* From the front, up to the first that stays: docs/DESIGN.md, "Expiry". */
static void expire(struct disk *disk, int64_t at_ms)
{
    struct disk_table *table = &disk->tables[ENTRY_STRIKE - 1];
    size_t gone = 0;

    while (gone < table->count && gone < EXPIRE_ROWS_MAX && table->rows[gone].at_ms <= at_ms)
        clear_row(&table->rows[gone++]);
    disk->expiring = gone == EXPIRE_ROWS_MAX;
    table->count -= gone;
    if (gone > 0)
        memmove(table->rows, table->rows + gone, table->count * sizeof(*table->rows));
}

static void put_effects(struct disk *disk, const struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];

        if (effect->type == EFFECT_PERSIST)
            put(disk, effect->kind, effect_key(effects, effect), effect->key_size,
                effect_body(effects, effect), effect->body_size, effect->at_ms);
        else if (effect->type == EFFECT_DELETE)
            delete (disk, effect->kind, effect_key(effects, effect), effect->key_size);
        else if (effect->type == EFFECT_EXPIRE)
            expire(disk, effect->at_ms);
    }
}

void disk_commit(struct disk *disk, const struct effects *effects, uint64_t hlc, size_t cursor)
{
    put_effects(disk, effects);
    disk->hlc = hlc;
    disk->cursor = cursor;
    disk->blank = false;
}

static void dump_subject(struct disk *disk, const struct state *state,
                         const struct subject *subject)
{
    static uint8_t bytes[ENTRY_BYTES_MAX];
    uint8_t key[ENTRY_KEY_BYTES_MAX];

    for (size_t i = 0; i < subject->strikes.count; i++) {
        const struct strike *strike = &subject->strikes.list[i];

        put(disk, ENTRY_STRIKE, NULL, 0, bytes,
            entry_write_strike(&subject->addr, strike, bytes, sizeof(bytes)), strike->t_ms);
    }
    if (subject->has_record)
        put(disk, ENTRY_RECORD, key, entry_write_record_key(&state->key, &subject->addr, key),
            bytes, entry_write_record(&subject->addr, &subject->record, bytes, sizeof(bytes)), 0);
}

static void put_held(void *context, const struct node_held *held)
{
    put(context, ENTRY_HELD, held->key, held->key_size, held->bytes, held->size, held->at_ms);
}

void disk_rebuild(struct disk *disk, struct node *node, size_t cursor)
{
    uint8_t bytes[1024], key[ENTRY_KEY_BYTES_MAX];
    const struct state *state = &node->state;
    const struct subject *subject;

    disk_close(disk);
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        dump_subject(disk, state, subject);
    for (size_t i = 0; i < state->allows.count; i++) {
        const struct allow *allow = &state->allows.list[i];
        size_t key_size = entry_write_allow_key(allow, key);

        put(disk, ENTRY_ALLOW, key, key_size, bytes, entry_write_allow(allow, bytes, sizeof(bytes)),
            0);
    }
    for (uint8_t kind = ENTRY_AUDIT; kind <= ENTRY_KINDS; kind++) {
        const struct chronicle *chronicle = state_chronicle(state, kind);

        for (size_t i = 0; i < chronicle->count; i++)
            put(disk, kind, chronicle->heap[i]->bytes, CHRONICLE_KEY_BYTES,
                chronicle->heap[i]->bytes, chronicle->heap[i]->size, 0);
    }
    node_visit_held(node, put_held, disk);
    disk_commit(disk, &node->effects, state->hlc, cursor);
}

static void copy_row(const struct disk_row *from, struct disk_row *to)
{
    *to = *from;
    to->body = copy_bytes(from->body, from->size);
    if (from->key != NULL)
        to->key = copy_bytes(from->key, from->key_size);
}

void disk_copy(const struct disk *from, struct disk *to)
{
    disk_close(to);
    *to = (struct disk){.hlc = from->hlc, .cursor = from->cursor, .blank = from->blank};
    for (size_t k = 0; k < DISK_TABLES; k++) {
        const struct disk_table *table = &from->tables[k];

        for (size_t i = 0; i < table->count; i++)
            copy_row(&table->rows[i], append(&to->tables[k]));
    }
}

/* A body begins with its subject. */
const struct disk_row *disk_find_record(const struct disk *disk, const struct addr *addr)
{
    const struct disk_table *table = &disk->tables[ENTRY_RECORD - 1];
    uint8_t subject[ENTRY_KEY_BYTES_MAX];
    size_t size = entry_write_addr(addr, subject);

    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].size >= size && memcmp(table->rows[i].body, subject, size) == 0)
            return &table->rows[i];
    return NULL;
}

const struct disk_row *disk_find(const struct disk *disk, enum entry_kind kind, const uint8_t *key,
                                 size_t key_size)
{
    const struct disk_table *table = &disk->tables[kind - 1];
    size_t place = place_of(table, key, key_size);

    return place < table->count ? &table->rows[place] : NULL;
}
