/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacking a subject at rest, see packed.h. Any bytes may come: memory may be damaged.
 */
#include "packed.h"

#include <string.h>

#include "bytes.h"
#include "evidence.h"

/* 0 behind the end, which is noted. */
static uint8_t read_byte(struct reader *reader)
{
    const uint8_t *byte = reader_bytes(reader, 1);

    return byte != NULL ? *byte : 0;
}

static void read_addr(struct reader *reader, unsigned form, struct addr *addr)
{
    size_t size;
    const uint8_t *bytes;

    *addr = (struct addr){.kind = form == PACKED_IPV4 ? ADDR_IPV4 : ADDR_IPV6,
                          .length = form == PACKED_IPV4 ? 32 : 64};
    if (form == PACKED_OTHER) {
        addr->kind = read_byte(reader);
        addr->length = read_byte(reader);
    }
    size = addr->kind == ADDR_ACCOUNT ? addr->length : (addr->length + 7u) / 8;
    reader->bad |= form > PACKED_OTHER || size > sizeof(addr->bytes);
    bytes = reader_bytes(reader, size);
    if (bytes != NULL && size > 0)
        memcpy(addr->bytes, bytes, size);
}

bool packed_time_at(const struct record *record, unsigned number, int64_t *ms)
{
    const struct facts *facts = &record->facts;
    unsigned place = (number - 2) / 2;

    if (number == PACKED_NEVER)
        *ms = TIME_NEVER_MS;
    else if (number == 1)
        *ms = record->manual.until_ms;
    else if (place < facts->count)
        *ms = number % 2 == 0 ? facts->list[place].until_ms : facts->list[place].forget_ms;
    return number < 2 || place < facts->count;
}

/* The word itself, of at most max bytes, to out. Returns its size. */
static size_t read_word(struct reader *reader, const struct dictionary *words, void *out,
                        size_t max)
{
    uint8_t number = read_byte(reader);
    const uint8_t *word = NULL;
    size_t size = 0;

    if (number == PACKED_SPELLED) {
        size = read_byte(reader);
        word = reader_bytes(reader, size);
    } else if (number != PACKED_EMPTY) {
        word = dictionary_word(words, number, &size);
        reader->bad |= word == NULL;
    }
    if (reader->bad || size > max) {
        reader->bad = true;
        return 0;
    }
    if (size > 0)
        memcpy(out, word, size);
    return size;
}

static uint64_t read_node(struct reader *reader, const struct dictionary *words)
{
    uint8_t bytes[8] = {0};
    size_t size = read_word(reader, words, bytes, sizeof(bytes));
    struct reader number = {.bytes = bytes, .left = sizeof(bytes)};

    if (size == 0)
        return 0;
    reader->bad |= size != sizeof(bytes);
    return reader_number(&number, sizeof(bytes));
}

/* Times as differences, which may run over. */
static int64_t read_ms(struct reader *reader, int64_t base_ms)
{
    return (int64_t)((uint64_t)base_ms + (uint64_t)reader_signed(reader));
}

/* An end: 0: none, 1: never, 2: as it is, else a difference in ticks. */
static int64_t read_end(struct reader *reader, int64_t base_ms)
{
    uint64_t value = reader_small(reader);
    uint64_t ticks = value - 3;

    if (value < 2)
        return value == 0 ? 0 : TIME_NEVER_MS;
    if (value == 2)
        return (int64_t)reader_number(reader, 8);
    ticks = (ticks >> 1 ^ (0 - (ticks & 1))) + (uint64_t)(base_ms / TICK_MS);
    return (int64_t)(ticks * TICK_MS);
}

static uint64_t read_up_to(struct reader *reader, uint64_t max)
{
    uint64_t value = reader_small(reader);

    reader->bad |= value > max;
    return value;
}

static struct stamp read_stamp(struct reader *reader, const struct packed_words *words)
{
    int64_t ms = read_ms(reader, PACKED_EPOCH_MS);
    uint64_t counter = read_up_to(reader, UINT16_MAX);
    struct stamp stamp = {(uint64_t)ms << 16 | counter, read_node(reader, &words->nodes)};

    return stamp;
}

static void read_manual(struct reader *reader, const struct packed_words *words,
                        struct unpacked *out)
{
    struct manual *manual = &out->subject.record.manual;

    manual->stamp = read_stamp(reader, words);
    manual->kind = read_byte(reader);
    manual->until_ms = read_end(reader, stamp_ms(manual->stamp.hlc));
    out->reason[read_word(reader, &words->reasons, out->reason, REASON_BYTES_MAX)] = '\0';
    out->actor[read_word(reader, &words->actors, out->actor, ACTOR_BYTES_MAX)] = '\0';
    manual->reason = out->reason;
    manual->actor = out->actor;
}

static void read_cut(struct reader *reader, const struct packed_words *words, struct cut *cut)
{
    uint64_t forgets;

    cut->stamp = read_stamp(reader, words);
    cut->ms = read_ms(reader, stamp_ms(cut->stamp.hlc));
    forgets = read_byte(reader);
    cut->forget_ms = forgets != 0 ? read_ms(reader, cut->ms) : 0;
    reader->bad |= forgets > 1;
}

/* An account is its domain, which many have, and what stands before it. */
static void read_account(struct reader *reader, const struct packed_words *words,
                         struct writer *evidence)
{
    uint8_t text[2 * DICTIONARY_BYTES_MAX];
    uint8_t domain[DICTIONARY_BYTES_MAX];
    size_t domain_size = read_word(reader, &words->domains, domain, sizeof(domain));
    size_t size = read_byte(reader);
    const uint8_t *name = reader_bytes(reader, size);

    if (name == NULL || size + domain_size > UINT8_MAX) {
        reader->bad = true;
        return;
    }
    memcpy(text, name, size);
    memcpy(text + size, domain, domain_size);
    writer_number(evidence, size + domain_size, 1);
    writer_bytes(evidence, text, size + domain_size);
}

static uint8_t read_evidence(struct reader *reader, const struct packed_words *words, bool raw,
                             uint8_t out[EVIDENCE_BYTES_MAX])
{
    struct writer evidence = {.bytes = out, .size = EVIDENCE_BYTES_MAX};
    uint8_t buckets[DICTIONARY_BYTES_MAX];
    const uint8_t *bytes;
    size_t size;
    unsigned form;

    if (raw) {
        size = read_byte(reader);
        if ((bytes = reader_bytes(reader, size)) != NULL)
            writer_bytes(&evidence, bytes, size);
        reader->bad |= evidence.bad;
        return (uint8_t)evidence.used;
    }
    form = read_byte(reader);
    reader->bad |= form > (PACKED_ACCOUNTS | PACKED_MESSAGES);
    if ((form & PACKED_MESSAGES) != 0)
        writer_number(&evidence, read_up_to(reader, EVIDENCE_MESSAGES_MAX) | UINT64_C(0x80000000),
                      4);
    writer_number(&evidence, form & PACKED_ACCOUNTS, 1);
    for (unsigned i = 0; i < (form & PACKED_ACCOUNTS) && !reader->bad; i++)
        read_account(reader, words, &evidence);
    size = read_word(reader, &words->buckets, buckets, sizeof(buckets));
    writer_bytes(&evidence, buckets, size);
    reader->bad |= evidence.bad;
    return (uint8_t)evidence.used;
}

static void read_nodes(struct reader *reader, const struct packed_words *words,
                       struct unpacked *out, struct fact *fact)
{
    fact->nodes = &out->nodes[out->node_count];
    if (fact->node_count > PACKED_NODES_MAX - out->node_count)
        reader->bad = true;
    for (size_t i = 0; i < fact->node_count && !reader->bad; i++) {
        fact->nodes[i].node = read_node(reader, &words->nodes);
        fact->nodes[i].strikes = (uint32_t)read_up_to(reader, UINT32_MAX);
    }
    out->node_count += reader->bad ? 0 : fact->node_count;
}

static void read_fact(struct reader *reader, const struct packed_words *words, struct unpacked *out,
                      size_t place)
{
    unsigned head = read_byte(reader);
    struct fact *fact = &out->facts[place];

    fact->level = head & PACKED_LEVEL;
    if (fact->level == PACKED_LEVEL)
        fact->level = read_byte(reader);
    fact->node_count = (uint8_t)(head / PACKED_FACT_NODES & 7);
    if (fact->node_count == 7)
        fact->node_count = read_byte(reader);
    fact->first_ms = read_ms(reader, PACKED_EPOCH_MS);
    fact->last_ms = (int64_t)((uint64_t)fact->first_ms + reader_small(reader));
    fact->until_ms = fact->forget_ms = TIME_NEVER_MS;
    if ((head & PACKED_FOR_GOOD) == 0) {
        fact->until_ms = read_end(reader, fact->last_ms);
        fact->forget_ms = read_end(reader, fact->until_ms);
    }
    read_nodes(reader, words, out, fact);
    fact->evidence = out->evidence[place];
    fact->evidence_size =
        read_evidence(reader, words, (head & PACKED_EVIDENCE_RAW) != 0, fact->evidence);
}

/* What was told of the subject; the entries are read. */
static void settle_told(struct subject *subject, unsigned told, int64_t deadline_ms,
                        uint64_t announced, struct reader *reader)
{
    unsigned number = told & PACKED_DEADLINE;

    if (number != PACKED_DEADLINE && !packed_time_at(&subject->record, number, &deadline_ms))
        reader->bad = true;
    if (number != PACKED_DEADLINE)
        subject_set_deadline(subject, deadline_ms);
    subject->announced =
        (told & PACKED_ANNOUNCED) != 0 ? subject->record.manual.stamp.hlc : announced;
}

static void read_record(struct reader *reader, const struct packed_words *words, unsigned head,
                        struct unpacked *out)
{
    struct record *record = &out->subject.record;
    size_t count = head / PACKED_FACTS;

    if ((head & PACKED_MANUAL) != 0)
        read_manual(reader, words, out);
    if ((head & PACKED_CUT) != 0)
        read_cut(reader, words, &record->cut);
    reader->bad |= count > PACKED_FACTS_MAX;
    record->facts.list = out->facts;
    out->node_count = 0;
    for (; record->facts.count < count && !reader->bad; record->facts.count++)
        read_fact(reader, words, out, record->facts.count);
}

bool packed_read(const uint8_t *bytes, size_t size, uint64_t hash, const struct packed_words *words,
                 struct unpacked *out)
{
    struct reader reader = {.bytes = bytes, .left = size};
    struct subject *subject = &out->subject;
    unsigned head, told;
    uint64_t announced = 0;

    *subject = (struct subject){.hash = hash, .has_record = true, .sealed = true};
    head = read_byte(&reader);
    told = read_byte(&reader);
    reader.bad |= told >= 2 * PACKED_ANNOUNCED_OTHER;
    read_addr(&reader, head & PACKED_ADDR, &subject->addr);
    subject->record_hash.lane[0] = reader_number(&reader, PACKED_SEAL_BYTES);
    if ((told & PACKED_DEADLINE) == PACKED_DEADLINE) {
        subject->deadline_ms = (int64_t)reader_number(&reader, 8);
        subject->deadline_seal = read_byte(&reader);
    }
    if ((told & PACKED_ANNOUNCED_OTHER) != 0)
        announced = reader_number(&reader, 8);
    subject->banned = (head & PACKED_BANNED) != 0;
    read_record(&reader, words, head, out);
    settle_told(subject, told, 0, announced, &reader);
    return !reader.bad && reader.left == 0;
}

bool packed_glance(const uint8_t *bytes, size_t size, struct packed_glance *glance)
{
    struct reader reader = {.bytes = bytes, .left = size};
    unsigned head = read_byte(&reader), told = read_byte(&reader);

    read_addr(&reader, head & PACKED_ADDR, &glance->addr);
    glance->seal = reader_number(&reader, PACKED_SEAL_BYTES);
    glance->banned = (head & PACKED_BANNED) != 0;
    glance->stays = (told & PACKED_DEADLINE) == PACKED_NEVER;
    return !reader.bad;
}

void packed_words_clear(struct packed_words *words)
{
    dictionary_clear(&words->nodes);
    dictionary_clear(&words->actors);
    dictionary_clear(&words->reasons);
    dictionary_clear(&words->buckets);
    dictionary_clear(&words->domains);
}
