/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At each bound of the packed form, one below and one above: what may rest comes back as it was,
 * what may not stays awake. And so in the leaf, where a size has one byte or two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "entry.h"
#include "evidence.h"
#include "packed.h"
#include "table.h"

#define HASH UINT64_C(0x1234567890ab0000)
#define BASE_MS INT64_C(1790000000000) /* of a tick */

static const struct hash_key key = {{7}};
static uint8_t canonical[ENTRY_BYTES_MAX], again[ENTRY_BYTES_MAX];

/* A subject with one fact, and room for whatever is at a bound. */
struct example {
    struct packed_words words;
    struct subject subject;
    struct fact facts[PACKED_FACTS_MAX + 1];
    struct fact_node nodes[PACKED_FACTS_MAX + 1][PACKED_NODES_MAX + 1];
    uint8_t evidence[UINT8_MAX];
    char reason[REASON_BYTES_MAX + 2], actor[ACTOR_BYTES_MAX + 2];
};

static int begin(void **state)
{
    struct example *example = calloc(1, sizeof(*example));
    struct record *record = &example->subject.record;

    assert_non_null(example);
    example->subject =
        (struct subject){.addr = {ADDR_IPV4, 32, {192, 0, 2, 1}}, .hash = HASH, .has_record = true};
    record->facts = (struct facts){example->facts, 1};
    for (size_t i = 0; i <= PACKED_FACTS_MAX; i++) {
        example->facts[i] = (struct fact){.first_ms = BASE_MS,
                                          .last_ms = BASE_MS,
                                          .until_ms = BASE_MS + TICK_MS,
                                          .forget_ms = BASE_MS + 2 * TICK_MS,
                                          .level = 1,
                                          .nodes = example->nodes[i],
                                          .evidence = example->evidence};
        for (size_t n = 0; n <= PACKED_NODES_MAX; n++)
            example->nodes[i][n] = (struct fact_node){n + 1, (uint32_t)n};
    }
    record->manual = (struct manual){
        {(uint64_t)BASE_MS << 16, 11}, MANUAL_BAN, TIME_NEVER_MS, example->reason, example->actor};
    subject_set_deadline(&example->subject, BASE_MS + TICK_MS);
    *state = example;
    return 0;
}

static int end(void **state)
{
    struct example *example = *state;

    packed_words_clear(&example->words);
    free(example);
    return 0;
}

static size_t write(const struct subject *subject, uint8_t *bytes)
{
    return entry_write_record(&subject->addr, &subject->record, bytes, ENTRY_BYTES_MAX);
}

static bool is_same(const struct subject *subject, const struct subject *read)
{
    size_t size = write(subject, canonical);

    return size > 0 && write(read, again) == size && memcmp(canonical, again, size) == 0 &&
           read->deadline_ms == subject->deadline_ms && read->announced == subject->announced &&
           read->banned == subject->banned &&
           read->record_hash.lane[0] == subject->record_hash.lane[0];
}

static void settle(struct subject *subject)
{
    subject->record_hash = hash128(&key, canonical, write(subject, canonical));
}

/* It rests, and is unpacked as it was. */
static void assert_rests(struct example *example)
{
    uint8_t bytes[PACKED_BYTES_MAX];
    struct unpacked room;
    size_t size;

    settle(&example->subject);
    size = packed_write(&example->subject, &example->words, bytes);
    assert_in_range(size, 1, PACKED_BYTES_MAX);
    assert_true(packed_read(bytes, size, HASH, &example->words, &room));
    assert_true(is_same(&example->subject, &room.subject));
}

static void assert_stays_awake(struct example *example)
{
    uint8_t bytes[PACKED_BYTES_MAX];

    assert_int_equal(packed_write(&example->subject, &example->words, bytes), 0);
}

static void set_text(char *text, size_t size, char letter)
{
    memset(text, letter, size);
    text[size] = '\0';
}

static void fill(struct dictionary *dictionary)
{
    for (uint32_t i = 0; i < DICTIONARY_WORDS_MAX; i++)
        assert_int_equal(dictionary_number(dictionary, &i, sizeof(i)), i + 1);
}

static void texts_of_any_length(void **state)
{
    struct example *example = *state;

    for (unsigned full = 0; full < 2; full++) {
        for (size_t size = 0; size <= REASON_BYTES_MAX; size++) {
            set_text(example->reason, size, full != 0 ? 'b' : 'a');
            set_text(example->actor, size <= ACTOR_BYTES_MAX ? size : 0, full != 0 ? 'b' : 'a');
            assert_rests(example);
        }
        if (full == 0) {
            dictionary_clear(&example->words.reasons); /* now each is spelled out */
            dictionary_clear(&example->words.actors);
            fill(&example->words.reasons);
            fill(&example->words.actors);
        }
    }
    set_text(example->reason, REASON_BYTES_MAX + 1, 'c');
    assert_stays_awake(example);
    set_text(example->reason, 0, 'c');
    set_text(example->actor, ACTOR_BYTES_MAX + 1, 'c');
    assert_stays_awake(example);
}

/* Each as an end that a time near it comes before, and as what others come before. */
static void times_near_a_tick_and_at_either_end(void **state)
{
    static const int64_t times[] = {0,
                                    1,
                                    2,
                                    TICK_MS - 1,
                                    TICK_MS,
                                    TICK_MS + 1,
                                    PACKED_EPOCH_MS - 1,
                                    PACKED_EPOCH_MS,
                                    BASE_MS - TICK_MS,
                                    BASE_MS - 1,
                                    BASE_MS,
                                    BASE_MS + 1,
                                    BASE_MS + 64 * TICK_MS,
                                    TIME_NEVER_MS - TIME_NEVER_MS % TICK_MS,
                                    TIME_NEVER_MS - 1,
                                    TIME_NEVER_MS};
    const size_t count = sizeof(times) / sizeof(times[0]);
    struct example *example = *state;
    struct record *record = &example->subject.record;

    for (size_t i = 0; i < count * count; i++) {
        int64_t a = times[i / count], b = times[i % count];

        record->manual.until_ms = a;
        record->cut = (struct cut){{(uint64_t)b << 16 | 1, 1}, a, b};
        example->facts[0].first_ms = a;
        example->facts[0].last_ms = b;
        example->facts[0].until_ms = a;
        example->facts[0].forget_ms = b;
        subject_set_deadline(&example->subject, b);
        assert_rests(example);
        example->facts[0].until_ms = b;
        example->facts[0].forget_ms = a;
        subject_set_deadline(&example->subject, a == b ? 7 : a);
        assert_rests(example);
    }
}

static void levels_and_numbers_of_nodes(void **state)
{
    struct example *example = *state;
    struct fact *fact = &example->facts[0];

    for (unsigned level = 0; level <= UINT8_MAX; level++) {
        fact->level = (uint8_t)level;
        assert_rests(example);
    }
    for (unsigned count = 0; count <= PACKED_NODES_MAX; count++) {
        fact->node_count = (uint8_t)count;
        assert_rests(example);
    }
    for (unsigned shift = 0; shift < 32; shift += 7) {
        fact->nodes[0].strikes = UINT32_C(1) << shift;
        assert_rests(example);
        fact->nodes[0].strikes--;
        assert_rests(example);
    }
    fact->nodes[0].strikes = UINT32_MAX;
    assert_rests(example);
    fact->nodes[0].node = 0;
    assert_rests(example);
    fact->node_count = PACKED_NODES_MAX + 1;
    assert_stays_awake(example);
    fact->node_count = PACKED_NODES_MAX - 1;
    example->subject.record.facts.count = 2; /* the bound is that of all of them */
    example->facts[1].node_count = 1;
    assert_rests(example);
    example->facts[1].node_count = 2;
    assert_stays_awake(example);
}

static void numbers_of_facts(void **state)
{
    struct example *example = *state;
    struct facts *facts = &example->subject.record.facts;

    for (facts->count = 0; facts->count <= PACKED_FACTS_MAX; facts->count++)
        for (size_t i = 0; i < 2 * facts->count + 2; i++) {
            int64_t ms = BASE_MS;

            assert_true(packed_time_at(&example->subject.record, (unsigned)i, &ms));
            subject_set_deadline(&example->subject, ms);
            assert_rests(example);
        }
    assert_stays_awake(example);
}

static void evidence_of_any_size_and_form(void **state)
{
    static const uint32_t messages[] = {1, 127, 128, EVIDENCE_MESSAGES_MAX - 1,
                                        EVIDENCE_MESSAGES_MAX};
    struct example *example = *state;
    struct fact *fact = &example->facts[0];

    memset(example->evidence, 0xff, sizeof(example->evidence)); /* in no form that is known */
    for (unsigned size = 0; size <= EVIDENCE_BYTES_MAX; size++) {
        fact->evidence_size = (uint8_t)size;
        assert_rests(example);
    }
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        for (unsigned byte = 0; byte < 4; byte++)
            example->evidence[byte] =
                (uint8_t)((messages[i] | UINT32_C(0x80000000)) >> (24 - 8 * byte));
        memcpy(example->evidence + 4, "\0buckets", 8);
        fact->evidence_size = 12;
        assert_rests(example);
    }
}

/* A name without a domain, with nothing else, and with one at each place of it. */
static void accounts_of_any_length(void **state)
{
    struct example *example = *state;
    struct fact *fact = &example->facts[0];

    for (unsigned full = 0; full < 2; full++) {
        for (size_t size = 1; size <= ACCOUNT_BYTES_MAX; size++)
            for (size_t at = 0; at <= size; at += at < 3 || at + 3 > size ? 1 : 61) {
                example->evidence[0] = 1;
                example->evidence[1] = (uint8_t)size;
                memset(example->evidence + 2, full != 0 ? 'x' : 'y', size);
                if (at < size)
                    example->evidence[2 + at] = '@';
                fact->evidence_size = (uint8_t)(2 + size);
                assert_rests(example);
            }
        dictionary_clear(&example->words.domains);
        fill(&example->words.domains);
    }
}

static void addresses_of_any_length(void **state)
{
    struct example *example = *state;
    struct addr *addr = &example->subject.addr;
    char name[ACCOUNT_BYTES_MAX];

    for (unsigned length = 0; length <= 32; length++) {
        *addr = (struct addr){ADDR_IPV4, 32, {255, 255, 255, 255}};
        addr_widen(addr, length);
        assert_rests(example);
    }
    for (unsigned length = 0; length <= 128; length++) {
        *addr = (struct addr){.kind = ADDR_IPV6, .length = 128};
        memset(addr->bytes, 0xff, 16);
        addr_widen(addr, length);
        assert_rests(example);
    }
    memset(name, 'n', sizeof(name));
    for (size_t size = 1; addr_parse_account(name, size, addr) == 0; size++)
        assert_rests(example);
    assert_in_range(addr->length, ACCOUNT_BYTES_MAX - 1, ACCOUNT_BYTES_MAX);
}

/* Puts the example to rest as that address; each has a seal of its own. */
static void rest(struct table *table, struct example *example, uint8_t address)
{
    struct subject *subject, *copy;

    example->subject.addr.bytes[3] = address;
    settle(&example->subject);
    subject = table_make(table, &example->subject.addr, HASH);
    copy = subject_copy(&example->subject);
    assert_true(subject != NULL && copy != NULL);
    *subject = *copy;
    free(copy);
    assert_true(table_rest(table, subject));
}

static void assert_rests_there(const struct table *table, struct example *example, uint8_t address)
{
    const struct subject *read;
    struct unpacked room;

    example->subject.addr.bytes[3] = address;
    settle(&example->subject);
    read = table_find(table, &example->subject.addr, HASH, &room);
    assert_true(read != NULL && is_same(&example->subject, read));
}

/* Between two others, which must not notice. */
static void a_leaf_holds_what_has_any_size(void **state)
{
    struct example *example = *state;
    struct table table;
    uint8_t bytes[PACKED_BYTES_MAX];
    size_t least = SIZE_MAX, most = 0;

    assert_int_equal(table_open(&table), 0);
    example->facts[0].node_count = PACKED_NODES_MAX;
    rest(&table, example, 1);
    fill(&table.words->reasons); /* now they are spelled out */
    for (size_t reason = 1; reason <= REASON_BYTES_MAX; reason++) {
        size_t size;

        table_drop_leaf(&table, HASH >> 48);
        set_text(example->reason, 0, 'a');
        rest(&table, example, 1);
        rest(&table, example, 3);
        set_text(example->reason, reason, 'a');
        rest(&table, example, 2);
        assert_rests_there(&table, example, 2);
        size = packed_write(&example->subject, table.words, bytes);
        least = size < least ? size : least;
        most = size > most ? size : most;
        set_text(example->reason, 0, 'a');
        assert_rests_there(&table, example, 1);
        assert_rests_there(&table, example, 3);
        assert_int_equal(table_leaf_count(&table, HASH >> 48), 3);
        assert_true(table_leaf_is_readable(&table, HASH >> 48));
    }
    assert_in_range(least, 1, UINT8_MAX - 10);
    assert_in_range(most, UINT8_MAX + 10, PACKED_BYTES_MAX);
    table_close(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_of_any_length, begin, end),
        cmocka_unit_test_setup_teardown(times_near_a_tick_and_at_either_end, begin, end),
        cmocka_unit_test_setup_teardown(levels_and_numbers_of_nodes, begin, end),
        cmocka_unit_test_setup_teardown(numbers_of_facts, begin, end),
        cmocka_unit_test_setup_teardown(evidence_of_any_size_and_form, begin, end),
        cmocka_unit_test_setup_teardown(accounts_of_any_length, begin, end),
        cmocka_unit_test_setup_teardown(addresses_of_any_length, begin, end),
        cmocka_unit_test_setup_teardown(a_leaf_holds_what_has_any_size, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
