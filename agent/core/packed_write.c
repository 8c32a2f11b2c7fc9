/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packing a subject that comes to rest, see packed.h.
 */
#include <string.h>

#include "bytes.h"
#include "evidence.h"
#include "packed.h"

static void write_byte(struct writer *writer, size_t value)
{
    uint8_t byte = (uint8_t)value;

    writer_bytes(writer, &byte, 1);
}

static void write_word(struct writer *writer, struct dictionary *words, const void *word,
                       size_t size)
{
    uint8_t number = size > 0 ? dictionary_number(words, word, size) : PACKED_EMPTY;

    write_byte(writer, number);
    if (number != PACKED_SPELLED)
        return;
    writer->bad |= size > UINT8_MAX;
    write_byte(writer, size);
    writer_bytes(writer, word, size);
}

static void write_text(struct writer *writer, struct dictionary *words, const char *text,
                       size_t max)
{
    size_t size = text != NULL ? strlen(text) : 0;

    writer->bad |= size > max;
    write_word(writer, words, text, size);
}

static void write_node(struct writer *writer, struct dictionary *words, uint64_t node)
{
    uint8_t bytes[8];
    struct writer number = {.bytes = bytes, .size = sizeof(bytes)};

    writer_number(&number, node, sizeof(bytes));
    write_word(writer, words, bytes, node != 0 ? sizeof(bytes) : 0);
}

static void write_ms(struct writer *writer, int64_t ms, int64_t base_ms)
{
    writer_signed(writer, (int64_t)((uint64_t)ms - (uint64_t)base_ms));
}

static void write_end(struct writer *writer, int64_t ms, int64_t base_ms)
{
    int64_t ticks = ms / TICK_MS - base_ms / TICK_MS;

    if (ms == 0 || ms == TIME_NEVER_MS) {
        writer_small(writer, ms != 0);
    } else if (ms % TICK_MS != 0) {
        writer_small(writer, 2);
        writer_number(writer, (uint64_t)ms, 8);
    } else {
        writer_small(writer, ((uint64_t)ticks << 1 ^ (0 - ((uint64_t)ticks >> 63))) + 3);
    }
}

static void write_stamp(struct writer *writer, struct packed_words *words,
                        const struct stamp *stamp)
{
    write_ms(writer, stamp_ms(stamp->hlc), PACKED_EPOCH_MS);
    writer_small(writer, stamp->hlc & 0xffff);
    write_node(writer, &words->nodes, stamp->node);
}

static bool has_manual(const struct manual *manual)
{
    return manual->stamp.hlc != 0 || manual->stamp.node != 0 || manual->kind != MANUAL_NONE ||
           manual->until_ms != 0;
}

static void write_manual(struct writer *writer, struct packed_words *words,
                         const struct manual *manual)
{
    write_stamp(writer, words, &manual->stamp);
    write_byte(writer, manual->kind);
    write_end(writer, manual->until_ms, stamp_ms(manual->stamp.hlc));
    write_text(writer, &words->reasons, manual->reason, REASON_BYTES_MAX);
    write_text(writer, &words->actors, manual->actor, ACTOR_BYTES_MAX);
}

static bool has_cut(const struct cut *cut)
{
    return cut->stamp.hlc != 0 || cut->stamp.node != 0 || cut->ms != 0 || cut->forget_ms != 0;
}

static void write_cut(struct writer *writer, struct packed_words *words, const struct cut *cut)
{
    write_stamp(writer, words, &cut->stamp);
    write_ms(writer, cut->ms, stamp_ms(cut->stamp.hlc));
    write_byte(writer, cut->forget_ms != 0);
    if (cut->forget_ms != 0)
        write_ms(writer, cut->forget_ms, cut->ms);
}

static void write_account(struct writer *writer, struct packed_words *words,
                          const struct evidence_text *account)
{
    size_t size = account->size;

    while (size > 0 && account->bytes[size - 1] != '@')
        size--;
    size -= size > 0;
    if (account->bytes[size] != '@')
        size = account->size; /* it has no domain */
    write_word(writer, &words->domains, account->bytes + size, account->size - size);
    write_byte(writer, size);
    writer_bytes(writer, account->bytes, size);
}

/* Bytes of all that stands before the buckets. */
static size_t size_before_buckets(const struct evidence *evidence)
{
    size_t size = evidence->messages != 0 ? 5 : 1;

    for (size_t i = 0; i < evidence->account_count; i++)
        size += 1u + evidence->accounts[i].size;
    return size;
}

static void write_evidence(struct writer *writer, struct packed_words *words,
                           const struct fact *fact, const struct evidence *evidence)
{
    size_t before = size_before_buckets(evidence);

    write_byte(writer, evidence->account_count | (evidence->messages != 0 ? PACKED_MESSAGES : 0));
    if (evidence->messages != 0)
        writer_small(writer, evidence->messages);
    for (size_t i = 0; i < evidence->account_count; i++)
        write_account(writer, words, &evidence->accounts[i]);
    write_word(writer, &words->buckets, fact->evidence + before, fact->evidence_size - before);
}

static void write_fact(struct writer *writer, struct packed_words *words, const struct fact *fact)
{
    struct evidence evidence;
    bool known = evidence_read(fact->evidence, fact->evidence_size, &evidence);
    bool for_good = fact->until_ms == TIME_NEVER_MS && fact->forget_ms == TIME_NEVER_MS;
    unsigned level = fact->level < PACKED_LEVEL ? fact->level : PACKED_LEVEL;
    unsigned nodes = fact->node_count < 7 ? fact->node_count : 7;

    write_byte(writer, level | nodes * PACKED_FACT_NODES | (for_good ? PACKED_FOR_GOOD : 0) |
                           (known ? 0 : PACKED_EVIDENCE_RAW));
    if (level == PACKED_LEVEL)
        write_byte(writer, fact->level);
    if (nodes == 7)
        write_byte(writer, fact->node_count);
    write_ms(writer, fact->first_ms, PACKED_EPOCH_MS);
    writer_small(writer, (uint64_t)fact->last_ms - (uint64_t)fact->first_ms);
    if (!for_good) {
        write_end(writer, fact->until_ms, fact->last_ms);
        write_end(writer, fact->forget_ms, fact->until_ms);
    }
    for (size_t i = 0; i < fact->node_count; i++) {
        write_node(writer, &words->nodes, fact->nodes[i].node);
        writer_small(writer, fact->nodes[i].strikes);
    }
    if (known) {
        write_evidence(writer, words, fact, &evidence);
        return;
    }
    write_byte(writer, fact->evidence_size);
    writer_bytes(writer, fact->evidence, fact->evidence_size);
}

static enum packed_addr form_of(const struct addr *addr)
{
    if (addr->kind == ADDR_IPV4 && addr->length == 32)
        return PACKED_IPV4;
    return addr->kind == ADDR_IPV6 && addr->length == 64 ? PACKED_IPV6 : PACKED_OTHER;
}

static void write_addr(struct writer *writer, const struct addr *addr)
{
    size_t size = addr->kind == ADDR_ACCOUNT ? addr->length : (addr->length + 7u) / 8;

    if (form_of(addr) == PACKED_OTHER) {
        write_byte(writer, addr->kind);
        write_byte(writer, addr->length);
    }
    writer->bad |= size > sizeof(addr->bytes);
    writer_bytes(writer, addr->bytes, writer->bad ? 0 : size);
}

static unsigned number_of_deadline(const struct subject *subject)
{
    int64_t ms;

    if (subject_deadline_is_sound(subject))
        for (unsigned number = 0; packed_time_at(&subject->record, number, &ms); number++)
            if (ms == subject->deadline_ms)
                return number;
    return PACKED_DEADLINE;
}

/* The first two bytes, the address, the seal, and what the second byte asks for behind that. */
static void write_heads(struct writer *writer, const struct subject *subject)
{
    const struct record *record = &subject->record;
    unsigned deadline = number_of_deadline(subject);
    bool same = subject->announced != 0 && subject->announced == record->manual.stamp.hlc;
    bool other = subject->announced != 0 && !same;

    write_byte(writer, form_of(&subject->addr) | (subject->banned ? PACKED_BANNED : 0) |
                           (has_manual(&record->manual) ? PACKED_MANUAL : 0) |
                           (has_cut(&record->cut) ? PACKED_CUT : 0) |
                           record->facts.count * PACKED_FACTS);
    writer_number(
        writer, deadline | (same ? PACKED_ANNOUNCED : 0) | (other ? PACKED_ANNOUNCED_OTHER : 0), 1);
    write_addr(writer, &subject->addr);
    writer_number(writer, subject->record_hash.lane[0], PACKED_SEAL_BYTES);
    if (deadline == PACKED_DEADLINE) {
        writer_number(writer, (uint64_t)subject->deadline_ms, 8);
        write_byte(writer, subject->deadline_seal);
    }
    if (other)
        writer_number(writer, subject->announced, 8);
}

static bool may_rest(const struct subject *subject)
{
    const struct facts *facts = &subject->record.facts;
    size_t nodes = 0;

    if (subject->strikes.count > 0 || !subject->has_record || subject->sealed || subject->dirty ||
        subject->underived || subject->changed || subject->own || subject->struck ||
        record_is_empty(&subject->record) || facts->count > PACKED_FACTS_MAX)
        return false;
    for (size_t i = 0; i < facts->count; i++)
        nodes += facts->list[i].node_count;
    return nodes <= PACKED_NODES_MAX;
}

size_t packed_write(const struct subject *subject, struct packed_words *words,
                    uint8_t bytes[PACKED_BYTES_MAX])
{
    const struct record *record = &subject->record;
    struct writer writer = {.bytes = bytes, .size = PACKED_BYTES_MAX};

    if (!may_rest(subject))
        return 0;
    write_heads(&writer, subject);
    if (has_manual(&record->manual))
        write_manual(&writer, words, &record->manual);
    if (has_cut(&record->cut))
        write_cut(&writer, words, &record->cut);
    for (size_t i = 0; i < record->facts.count; i++)
        write_fact(&writer, words, &record->facts.list[i]);
    return writer.bad ? 0 : writer.used;
}
