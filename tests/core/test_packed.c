/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packing and unpacking is the identity on whatever may rest, damaged bytes are never read as if
 * they were sound, and what does not fit stays awake.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "entry.h"
#include "evidence.h"
#include "packed.h"
#include "random.h"

#define ROUNDS 20000
#define HASH UINT64_C(0x1234567890ab0000)

static const struct hash_key key = {{7}};
static uint8_t canonical[ENTRY_BYTES_MAX], again[ENTRY_BYTES_MAX];

/* What a drawn subject is made of. */
struct drawn {
    struct subject subject;
    struct fact facts[PACKED_FACTS_MAX];
    struct fact_node nodes[PACKED_FACTS_MAX][8];
    uint8_t evidence[PACKED_FACTS_MAX][EVIDENCE_BYTES_MAX];
    char reason[REASON_BYTES_MAX + 1], actor[ACTOR_BYTES_MAX + 1];
};

static uint64_t random_next(struct random *random)
{
    return (uint64_t)random_below(random, UINT32_MAX) << 32 | random_below(random, UINT32_MAX);
}

/* Usual values and such as nobody expects. */
static int64_t draw_ms(struct random *random)
{
    switch (random_below(random, 6)) {
    case 0:
        return 0;
    case 1:
        return TIME_NEVER_MS;
    case 2:
        return (int64_t)(random_next(random) >> 1);
    case 3:
        return INT64_C(1790000000000) + (int64_t)random_below(random, 1000000) * TICK_MS;
    default:
        return INT64_C(1790000000000) + (int64_t)random_below(random, 1000000000);
    }
}

static struct stamp draw_stamp(struct random *random)
{
    struct stamp stamp = {(uint64_t)draw_ms(random) << 16 | random_below(random, 3),
                          random_below(random, 9)};

    if (random_below(random, 8) == 0)
        stamp = (struct stamp){random_next(random), random_next(random)};
    return stamp;
}

static void draw_text(struct random *random, char *text, size_t max)
{
    size_t size = random_below(random, 4) == 0 ? random_below(random, (uint32_t)max + 1)
                                               : random_below(random, 4);

    memset(text, 'a' + (int)random_below(random, 20), size);
    text[size] = '\0';
}

static uint8_t draw_evidence(struct random *random, uint8_t bytes[EVIDENCE_BYTES_MAX])
{
    static const char *const names[] = {"", "alice@example.org", "bob", "@", "x@y@example.net"};
    uint8_t texts[3][STRIKE_TEXT_BYTES_MAX];
    struct strike strikes[3];
    size_t count = random_below(random, 4);

    if (count == 0) { /* of another version, perhaps */
        count = random_below(random, 20);
        for (size_t i = 0; i < count; i++)
            bytes[i] = (uint8_t)random_below(random, 256);
        return (uint8_t)count;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = names[random_below(random, 5)];

        strikes[i] = (struct strike){.t_ms = 1, .id = i, .text = texts[i]};
        strike_text_write("to_user", random_below(random, 8), name, strlen(name),
                          random_below(random, 3), texts[i]);
    }
    return evidence_write(strikes, count, bytes);
}

static void draw_fact(struct random *random, struct drawn *drawn, size_t place)
{
    struct fact *fact = &drawn->facts[place];

    *fact = (struct fact){.first_ms = draw_ms(random),
                          .last_ms = draw_ms(random),
                          .until_ms = draw_ms(random),
                          .forget_ms = draw_ms(random),
                          .level = (uint8_t)random_below(random, 12),
                          .node_count = (uint8_t)random_below(random, 9),
                          .nodes = drawn->nodes[place],
                          .evidence = drawn->evidence[place]};
    for (size_t i = 0; i < fact->node_count; i++)
        fact->nodes[i] =
            (struct fact_node){random_below(random, 300), random_below(random, 2) != 0
                                                              ? random_below(random, 20)
                                                              : (uint32_t)random_next(random)};
    fact->evidence_size = draw_evidence(random, fact->evidence);
}

static struct addr draw_addr(struct random *random)
{
    struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, (uint8_t)random_below(random, 256)}};

    if (random_below(random, 3) == 0)
        addr = (struct addr){
            ADDR_IPV6, 64, {0x20, 1, 0xd, 0xb8, 0, (uint8_t)random_below(random, 99)}};
    if (random_below(random, 4) == 0)
        addr_widen(&addr, 8 + random_below(random, 40));
    if (random_below(random, 4) == 0)
        assert_int_equal(addr_parse_account("bob@example.org", 1 + random_below(random, 15), &addr),
                         0);
    return addr;
}

static void settle(struct subject *subject)
{
    size_t size =
        entry_write_record(&subject->addr, &subject->record, canonical, sizeof(canonical));

    subject->record_hash = hash128(&key, canonical, size);
}

static void draw(struct random *random, struct drawn *drawn)
{
    struct subject *subject = &drawn->subject;
    struct record *record = &subject->record;
    int64_t ms;

    *subject = (struct subject){.addr = draw_addr(random), .hash = HASH, .has_record = true};
    record->facts.list = drawn->facts;
    record->facts.count = random_below(random, PACKED_FACTS_MAX + 1);
    for (size_t i = 0; i < record->facts.count; i++)
        draw_fact(random, drawn, i);
    if (record->facts.count == 0 || random_below(random, 3) == 0) {
        draw_text(random, drawn->reason, REASON_BYTES_MAX);
        draw_text(random, drawn->actor, ACTOR_BYTES_MAX);
        record->manual = (struct manual){draw_stamp(random), (uint8_t)random_below(random, 2),
                                         draw_ms(random), drawn->reason, drawn->actor};
        record->manual.stamp.hlc |= 1;
    }
    if (random_below(random, 3) == 0)
        record->cut = (struct cut){draw_stamp(random), draw_ms(random), draw_ms(random)};
    subject->banned = random_below(random, 2) != 0;
    subject->announced = random_below(random, 2) == 0 ? record->manual.stamp.hlc : 0;
    if (random_below(random, 3) == 0)
        subject->announced = random_next(random);
    ms = draw_ms(random);
    packed_time_at(record, random_below(random, 10), &ms);
    subject_set_deadline(subject, ms);
    settle(subject);
}

/* The canonical bytes, and what was told of it. */
static bool is_same(const struct subject *subject, const struct subject *read)
{
    size_t size =
        entry_write_record(&subject->addr, &subject->record, canonical, sizeof(canonical));

    return entry_write_record(&read->addr, &read->record, again, sizeof(again)) == size &&
           memcmp(canonical, again, size) == 0 && read->hash == subject->hash &&
           read->banned == subject->banned && read->announced == subject->announced &&
           read->deadline_ms == subject->deadline_ms && subject_deadline_is_sound(read) &&
           read->has_record && read->sealed &&
           read->record_hash.lane[0] == subject->record_hash.lane[0];
}

static void what_was_packed_is_unpacked_as_it_was(void **state)
{
    static struct packed_words words;
    static struct drawn drawn;
    struct random random = {41};
    uint8_t bytes[PACKED_BYTES_MAX];
    struct unpacked room;

    (void)state;
    for (size_t i = 0; i < ROUNDS; i++) {
        size_t size;
        struct packed_glance glance;
        struct subject *copy;

        draw(&random, &drawn);
        size = packed_write(&drawn.subject, &words, bytes);
        if (size == 0) /* as it has too many nodes, or words that are too long */
            continue;
        assert_true(packed_read(bytes, size, HASH, &words, &room));
        assert_true(is_same(&drawn.subject, &room.subject));
        assert_true(packed_glance(bytes, size, &glance));
        assert_true(glance.seal == drawn.subject.record_hash.lane[0]);
        assert_true(glance.banned == drawn.subject.banned);
        assert_true(glance.stays == (drawn.subject.deadline_ms == TIME_NEVER_MS));
        assert_int_equal(addr_compare(&glance.addr, &drawn.subject.addr), 0);
        copy = subject_copy(&room.subject);
        assert_non_null(copy);
        assert_true(is_same(&drawn.subject, copy));
        subject_free(copy);
    }
    packed_words_clear(&words);
}

/* Whatever bit flips: malformed, or the record is not what the seal is of, or what was told is not
 * what follows from it, which the self-check looks at. */
static void a_flipped_bit_is_noticed(void **state)
{
    static struct packed_words words;
    static struct drawn drawn;
    struct random random = {43};
    uint8_t bytes[PACKED_BYTES_MAX];
    struct unpacked room;

    (void)state;
    for (size_t i = 0; i < ROUNDS / 100; i++) {
        size_t size;

        draw(&random, &drawn);
        size = packed_write(&drawn.subject, &words, bytes);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (packed_read(bytes, size, HASH, &words, &room)) {
                uint64_t seal = room.subject.record_hash.lane[0];

                settle(&room.subject);
                assert_true(room.subject.record_hash.lane[0] != seal ||
                            room.subject.banned != drawn.subject.banned ||
                            room.subject.announced != drawn.subject.announced ||
                            room.subject.deadline_ms != drawn.subject.deadline_ms ||
                            !subject_deadline_is_sound(&room.subject) || bit / 8 == 1);
            }
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t less = 0; less < size; less++)
            assert_false(packed_read(bytes, less, HASH, &words, &room));
    }
    packed_words_clear(&words);
}

static void garbage_is_read_within_its_bounds(void **state)
{
    struct packed_words words = {.nodes = {.count = 0}};
    struct random random = {47};
    struct unpacked room;

    (void)state;
    for (size_t i = 0; i < ROUNDS; i++) {
        size_t size = random_below(&random, 200);
        uint8_t *bytes = malloc(size + 1);

        assert_non_null(bytes);
        for (size_t n = 0; n < size; n++)
            bytes[n] = (uint8_t)random_below(&random, 256);
        packed_read(bytes, size, HASH, &words, &room);
        (void)packed_glance(bytes, size, &(struct packed_glance){0});
        free(bytes);
    }
}

/* In the dictionaries are the first words; later ones are spelled out, and it is all the same. */
static void more_words_than_there_are_numbers_are_spelled_out(void **state)
{
    static struct packed_words words;
    static struct drawn drawn;
    struct random random = {53};
    uint8_t bytes[PACKED_BYTES_MAX];
    struct unpacked room;
    size_t first = 0, size = 0;

    (void)state;
    draw(&random, &drawn);
    drawn.subject.record.facts.count = 0;
    for (unsigned i = 0; i < 2 * DICTIONARY_WORDS_MAX; i++) {
        drawn.subject.record.manual = (struct manual){
            {(uint64_t)1 << 16, 1000 + i}, MANUAL_BAN, TIME_NEVER_MS, drawn.reason, drawn.actor};
        settle(&drawn.subject);
        size = packed_write(&drawn.subject, &words, bytes);
        first = i == 0 ? size : first;
        assert_true(size > 0 && packed_read(bytes, size, HASH, &words, &room));
        assert_true(is_same(&drawn.subject, &room.subject));
    }
    assert_int_equal(words.nodes.count, DICTIONARY_WORDS_MAX);
    assert_int_equal(size, first + 9);
    packed_words_clear(&words);
}

static void who_has_something_to_be_done_stays_awake(void **state)
{
    static struct packed_words words;
    static struct drawn drawn;
    struct random random = {59};
    uint8_t bytes[PACKED_BYTES_MAX];
    struct subject *subject = &drawn.subject;
    bool *const flags[] = {&subject->dirty, &subject->underived, &subject->changed,
                           &subject->own,   &subject->struck,    &subject->sealed};

    (void)state;
    do
        draw(&random, &drawn);
    while (packed_write(subject, &words, bytes) == 0);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        *flags[i] = true;
        assert_int_equal(packed_write(subject, &words, bytes), 0);
        *flags[i] = false;
    }
    subject->strikes.count = 1;
    assert_int_equal(packed_write(subject, &words, bytes), 0);
    subject->strikes.count = 0;
    subject->has_record = false;
    assert_int_equal(packed_write(subject, &words, bytes), 0);
    subject->has_record = true;
    assert_true(packed_write(subject, &words, bytes) > 0);
    packed_words_clear(&words);
}

/* What docs/DESIGN.md promises of a ban: an operator's for good, and one by hits. */
static void a_usual_ban_takes_so_many_bytes(void **state)
{
    static struct packed_words words;
    static struct drawn drawn;
    struct subject *subject = &drawn.subject;
    uint8_t bytes[PACKED_BYTES_MAX], text[STRIKE_TEXT_BYTES_MAX];
    struct strike strike = {.t_ms = 1, .text = text};
    struct fact *fact = &drawn.facts[0];

    (void)state;
    *subject =
        (struct subject){.addr = {ADDR_IPV4, 32, {192, 0, 2, 1}}, .hash = HASH, .has_record = true};
    snprintf(drawn.actor, sizeof(drawn.actor), "root");
    subject->record.manual = (struct manual){
        {UINT64_C(1790000000123) << 16, 11}, MANUAL_BAN, TIME_NEVER_MS, NULL, drawn.actor};
    subject_set_deadline(subject, TIME_NEVER_MS);
    settle(subject);
    assert_in_range(packed_write(subject, &words, bytes), 24, 28);
    subject->record = (struct record){.facts = {fact, 1}};
    *fact = (struct fact){.first_ms = INT64_C(1790000000123),
                          .last_ms = INT64_C(1790000400456),
                          .until_ms = TIME_NEVER_MS,
                          .forget_ms = TIME_NEVER_MS,
                          .level = 4,
                          .node_count = 3,
                          .nodes = drawn.nodes[0],
                          .evidence = drawn.evidence[0]};
    for (size_t i = 0; i < 3; i++)
        fact->nodes[i] = (struct fact_node){11 + i, 3};
    strike_text_write("to_ip", 5, "alice@example.org", 17, 1, text);
    fact->evidence_size = evidence_write(&strike, 1, fact->evidence);
    settle(subject);
    assert_in_range(packed_write(subject, &words, bytes), 36, 42);
    packed_words_clear(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_packed_is_unpacked_as_it_was),
        cmocka_unit_test(a_flipped_bit_is_noticed),
        cmocka_unit_test(garbage_is_read_within_its_bounds),
        cmocka_unit_test(more_words_than_there_are_numbers_are_spelled_out),
        cmocka_unit_test(who_has_something_to_be_done_stays_awake),
        cmocka_unit_test(a_usual_ban_takes_so_many_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
