/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canonical bytes of entries, see entry.h.
 */
#include "entry.h"

#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "bytes.h"
#include "evidence.h"

/* Beside the time of a cut: behind it stands that of what was forgotten. */
#define CUT_FORGETS (UINT64_C(1) << 63)

#define KEY_HASH_BYTES 6 /* of the key of a record's row; the last 16 bits are no part of it */

/* Of a prefix as many bytes as its length asks for, of an account all. */
static size_t size_of(const struct addr *addr)
{
    return addr->kind == ADDR_ACCOUNT ? addr->length : (addr->length + 7u) / 8;
}

static inline void write_addr(struct writer *writer, const struct addr *addr)
{
    size_t size = size_of(addr);

    writer_number(writer, addr->kind, 1);
    writer_number(writer, addr->length, 1);
    writer_bytes(writer, addr->bytes, size < sizeof(addr->bytes) ? size : sizeof(addr->bytes));
}

static void read_addr(struct reader *reader, struct addr *addr)
{
    const uint8_t *bytes;

    *addr = (struct addr){0};
    addr->kind = (uint8_t)reader_number(reader, 1);
    addr->length = (uint8_t)reader_number(reader, 1);
    if (addr->length > 128) { /* bits of a prefix, or bytes of a name */
        reader->bad = true;
        return;
    }
    bytes = reader_bytes(reader, size_of(addr));
    if (bytes != NULL && addr->length > 0)
        memcpy(addr->bytes, bytes, size_of(addr));
    if (!reader->bad && !addr_is_canonical(addr))
        reader->bad = true;
}

static void write_stamp(struct writer *writer, const struct stamp *stamp)
{
    writer_number(writer, stamp->hlc, 8);
    writer_number(writer, stamp->node, 8);
}

static struct stamp read_stamp(struct reader *reader)
{
    struct stamp stamp;

    stamp.hlc = reader_number(reader, 8);
    stamp.node = reader_number(reader, 8);
    return stamp;
}

/* Times are never negative. */
static int64_t read_ms(struct reader *reader)
{
    uint64_t value = reader_number(reader, 8);

    if (value > (uint64_t)TIME_NEVER_MS)
        reader->bad = true;
    return reader->bad ? 0 : (int64_t)value;
}

static void write_text(struct writer *writer, const char *text)
{
    size_t length = text != NULL ? strlen(text) : 0;

    writer_number(writer, length, 1);
    writer_bytes(writer, text, length);
}

/* A new string without NUL and control bytes, at most max bytes; NULL and a bad reader otherwise.
 */
static char *read_text(struct reader *reader, size_t max)
{
    size_t length = reader_number(reader, 1);
    const uint8_t *bytes = reader_bytes(reader, length);
    char *text = NULL;

    for (size_t i = 0; bytes != NULL && i < length; i++)
        if (bytes[i] < 0x20 || bytes[i] == 0x7f)
            reader->bad = true;
    if (!reader->bad && length <= max)
        text = calloc(1, length + 1);
    if (text == NULL)
        reader->bad = true;
    else if (length > 0)
        memcpy(text, bytes, length);
    return text;
}

size_t entry_write_strike(const struct addr *addr, const struct strike *strike, uint8_t *bytes,
                          size_t size)
{
    struct writer writer = {.bytes = bytes, .size = size};

    write_addr(&writer, addr);
    writer_number(&writer, strike->origin, 8);
    writer_number(&writer, strike->id, 8);
    writer_number(&writer, (uint64_t)strike->t_ms, 8);
    writer_bytes(&writer, strike->text, strike_text_size(strike));
    return writer.bad ? 0 : writer.used;
}

int entry_read_strike(const uint8_t *bytes, size_t size, struct addr *addr, struct strike *strike)
{
    struct reader reader = {.bytes = bytes, .left = size};

    read_addr(&reader, addr);
    strike->origin = reader_number(&reader, 8);
    strike->id = reader_number(&reader, 8);
    strike->t_ms = read_ms(&reader);
    strike->text = (uint8_t *)(uintptr_t)reader.bytes;
    if (reader.bad || reader.left == 0 ||
        strike_text_read(reader.bytes, reader.left) != reader.left || strike->origin == 0)
        return -1;
    return 0;
}

static void write_fact(struct writer *writer, const struct fact *fact)
{
    writer_number(writer, (uint64_t)fact->first_ms, 8);
    writer_number(writer, (uint64_t)fact->last_ms, 8);
    writer_number(writer, (uint64_t)fact->until_ms, 8);
    writer_number(writer, (uint64_t)fact->forget_ms, 8);
    writer_number(writer, fact->level, 1);
    writer_number(writer, fact->node_count, 1);
    for (size_t i = 0; i < fact->node_count; i++) {
        writer_number(writer, fact->nodes[i].node, 8);
        writer_number(writer, fact->nodes[i].strikes, 4);
    }
    writer_number(writer, fact->evidence_size, 1);
    writer_bytes(writer, fact->evidence, fact->evidence_size);
}

/* Reads one fact; its payload points into nodes and the bytes read. */
static void read_fact(struct reader *reader, struct fact *fact,
                      struct fact_node nodes[FACT_NODES_MAX])
{
    struct evidence evidence;

    fact->first_ms = read_ms(reader);
    fact->last_ms = read_ms(reader);
    fact->until_ms = read_ms(reader);
    fact->forget_ms = read_ms(reader);
    fact->level = (uint8_t)reader_number(reader, 1);
    fact->node_count = (uint8_t)reader_number(reader, 1);
    fact->nodes = nodes;
    if (fact->node_count > FACT_NODES_MAX || fact->first_ms > fact->last_ms)
        reader->bad = true;
    for (size_t i = 0; i < fact->node_count && !reader->bad; i++) {
        nodes[i].node = reader_number(reader, 8);
        nodes[i].strikes = (uint32_t)reader_number(reader, 4);
        if (i > 0 && nodes[i].node <= nodes[i - 1].node)
            reader->bad = true;
    }
    fact->evidence_size = (uint8_t)reader_number(reader, 1);
    fact->evidence = (uint8_t *)(uintptr_t)reader_bytes(reader, fact->evidence_size);
    if (reader->bad || fact->evidence_size > EVIDENCE_BYTES_MAX ||
        (fact->evidence_size > 0 && !evidence_read(fact->evidence, fact->evidence_size, &evidence)))
        reader->bad = true;
}

static void read_facts(struct reader *reader, struct facts *facts)
{
    size_t count = reader_number(reader, 2);

    for (size_t i = 0; i < count && !reader->bad; i++) {
        struct fact_node nodes[FACT_NODES_MAX];
        struct fact fact = {0};

        read_fact(reader, &fact, nodes);
        if (reader->bad)
            return;
        if (i > 0 && fact_compare(&facts->list[facts->count - 1], &fact) >= 0)
            reader->bad = true;
        else if (facts_merge(facts, &fact) != 1 || facts->count != i + 1)
            reader->bad = true; /* not an antichain, or no memory */
    }
}

/* What an unban forgot of levels is there only if it forgot something: what was written without is
 * the one form of the others. */
static void write_cut(struct writer *writer, const struct cut *cut)
{
    bool forgets = cut->forget_ms != 0;

    write_stamp(writer, &cut->stamp);
    writer_number(writer, (uint64_t)cut->ms | (forgets ? CUT_FORGETS : 0), 8);
    if (forgets)
        writer_number(writer, (uint64_t)cut->forget_ms, 8);
}

static void read_cut(struct reader *reader, struct cut *cut)
{
    uint64_t ms;

    cut->stamp = read_stamp(reader);
    ms = reader_number(reader, 8);
    cut->ms = (int64_t)(ms & ~CUT_FORGETS);
    if ((ms & CUT_FORGETS) == 0)
        return;
    cut->forget_ms = read_ms(reader);
    if (cut->forget_ms == 0 || cut->forget_ms > cut->ms)
        reader->bad = true;
}

size_t entry_write_record(const struct addr *addr, const struct record *record, uint8_t *bytes,
                          size_t size)
{
    struct writer writer = {.bytes = bytes, .size = size};

    write_addr(&writer, addr);
    write_cut(&writer, &record->cut);
    write_stamp(&writer, &record->manual.stamp);
    writer_number(&writer, record->manual.kind, 1);
    writer_number(&writer, (uint64_t)record->manual.until_ms, 8);
    write_text(&writer, record->manual.reason);
    write_text(&writer, record->manual.actor);
    writer_number(&writer, record->facts.count, 2);
    for (size_t i = 0; i < record->facts.count; i++)
        write_fact(&writer, &record->facts.list[i]);
    return writer.bad ? 0 : writer.used;
}

/* What was never stamped is absent, in one form only: otherwise a record could ban and still count
 * as empty. */
static bool is_stamped_or_absent(const struct record *record)
{
    const struct manual *manual = &record->manual;

    if (record->cut.stamp.hlc == 0 && (record->cut.stamp.node != 0 || record->cut.ms != 0))
        return false; /* and so forget_ms, which is no later */
    return manual->stamp.hlc != 0 ||
           (manual->stamp.node == 0 && manual->kind == MANUAL_NONE && manual->until_ms == 0 &&
            manual->reason[0] == '\0' && manual->actor[0] == '\0');
}

int entry_read_record(const uint8_t *bytes, size_t size, struct addr *addr, struct record *record)
{
    struct reader reader = {.bytes = bytes, .left = size};

    *record = (struct record){0};
    read_addr(&reader, addr);
    read_cut(&reader, &record->cut);
    record->manual.stamp = read_stamp(&reader);
    record->manual.kind = (uint8_t)reader_number(&reader, 1);
    record->manual.until_ms = read_ms(&reader);
    record->manual.reason = read_text(&reader, REASON_BYTES_MAX);
    record->manual.actor = read_text(&reader, ACTOR_BYTES_MAX);
    read_facts(&reader, &record->facts);
    if (!reader.bad && reader.left == 0 && record->manual.kind <= MANUAL_BAN &&
        is_stamped_or_absent(record))
        return 0;
    record_clear(record);
    return -1;
}

size_t entry_write_allow(const struct allow *allow, uint8_t *bytes, size_t size)
{
    struct writer writer = {.bytes = bytes, .size = size};

    write_addr(&writer, &allow->addr);
    writer_number(&writer, allow->owner, 8);
    write_stamp(&writer, &allow->stamp);
    writer_number(&writer, allow->on, 1);
    writer_number(&writer, (uint64_t)allow->until_ms, 8);
    write_text(&writer, allow->reason);
    write_text(&writer, allow->actor);
    return writer.bad ? 0 : writer.used;
}

int entry_read_allow(const uint8_t *bytes, size_t size, struct allow *allow)
{
    struct reader reader = {.bytes = bytes, .left = size};
    uint64_t on;

    *allow = (struct allow){0};
    read_addr(&reader, &allow->addr);
    allow->owner = reader_number(&reader, 8);
    allow->stamp = read_stamp(&reader);
    on = reader_number(&reader, 1);
    allow->on = on == 1;
    allow->until_ms = read_ms(&reader);
    allow->reason = read_text(&reader, REASON_BYTES_MAX);
    allow->actor = read_text(&reader, ACTOR_BYTES_MAX);
    if (!reader.bad && reader.left == 0 && on <= 1 && allow->stamp.hlc != 0)
        return 0;
    allow_clear(allow);
    return -1;
}

int entry_read_addr(const uint8_t *bytes, size_t size, struct addr *addr)
{
    struct reader reader = {.bytes = bytes, .left = size};

    read_addr(&reader, addr);
    return reader.bad ? -1 : 0;
}

size_t entry_write_addr(const struct addr *addr, uint8_t *bytes)
{
    struct writer writer = {.bytes = bytes, .size = ENTRY_KEY_BYTES_MAX};

    write_addr(&writer, addr);
    return writer.used;
}

static void write_key_hash(const struct hash_key *hash, const uint8_t *subject, size_t size,
                           uint8_t *bytes)
{
    struct writer writer = {.bytes = bytes, .size = KEY_HASH_BYTES};

    writer_number(&writer, hash64(hash, subject, size) >> 16, KEY_HASH_BYTES);
}

size_t entry_write_record_key(const struct hash_key *hash, const struct addr *addr, uint8_t *bytes)
{
    size_t size = entry_write_addr(addr, bytes + KEY_HASH_BYTES);

    write_key_hash(hash, bytes + KEY_HASH_BYTES, size, bytes);
    return KEY_HASH_BYTES + size;
}

bool entry_is_record_key(const struct hash_key *hash, const uint8_t *key, size_t key_size,
                         const uint8_t *body, size_t body_size)
{
    uint8_t begin[KEY_HASH_BYTES];
    size_t size = key_size - KEY_HASH_BYTES;

    if (key_size <= KEY_HASH_BYTES || size > body_size ||
        memcmp(key + KEY_HASH_BYTES, body, size) != 0)
        return false; /* a body begins with its subject */
    write_key_hash(hash, body, size, begin);
    return memcmp(key, begin, KEY_HASH_BYTES) == 0;
}

size_t entry_write_allow_key(const struct allow *allow, uint8_t *bytes)
{
    struct writer writer = {.bytes = bytes, .size = ENTRY_KEY_BYTES_MAX};

    write_addr(&writer, &allow->addr);
    writer_number(&writer, allow->owner, 8);
    return writer.used;
}
