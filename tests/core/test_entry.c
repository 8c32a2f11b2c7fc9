/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canonical bytes are protocol: golden bytes as bansync-protocol(7) lays them out, and nothing but
 * the one form of a value reads back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "entry.h"
#include "evidence.h"

static const char strike_hex[] = "0420c0000201"                     /* 192.0.2.1/32 */
                                 "0102030405060708"                 /* origin */
                                 "1112131415161718"                 /* id */
                                 "000001a0c4506c00"                 /* t */
                                 "0475736572"                       /* bucket */
                                 "05616c696365";                    /* account */
static const char record_hex[] = "064020010db800010002"             /* 2001:db8:1:2::/64 */
                                 "01a0c45044f0000100000000000003e9" /* cut: stamp */
                                 "000001a0c45046e4"                 /* ... ms */
                                 "01a0c4517d70000200000000000003ea" /* manual: stamp */
                                 "01"                               /* ... ban */
                                 "000001a0c4889300"                 /* ... until */
                                 "087370616d2072756e"               /* ... reason */
                                 "04726f6f74"                       /* ... actor */
                                 "0001"                             /* facts */
                                 "000001a0c4506c00"                 /* first */
                                 "000001a0c4515660"                 /* last */
                                 "7fffffffffffffff"                 /* until */
                                 "7fffffffffffffff"                 /* forget */
                                 "01"                               /* level */
                                 "02"                               /* nodes */
                                 "00000000000003e900000004"         /* 1001: 4 */
                                 "00000000000003ea00000006"         /* 1002: 6 */
                                 "10"                               /* evidence */
                                 "0105616c6963650202697004"
                                 "75736572";                       /* alice; ip, user */
static const char allow_hex[] = "0414c63360"                       /* 198.51.96.0/20 */
                                "00000000000003eb"                 /* owner */
                                "01a0c4506c00000300000000000003eb" /* stamp */
                                "01"                               /* on */
                                "000001a0e85cf000"                 /* until */
                                "066f6666696365"                   /* reason */
                                "05616c696365";                    /* actor */

static uint8_t golden[512];
static size_t golden_size;

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* hex into golden. */
static void load(const char *hex)
{
    golden_size = strlen(hex) / 2;
    assert_true(golden_size <= sizeof(golden));
    for (size_t i = 0; i < golden_size; i++)
        golden[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
}

/* Place in golden of the bytes that hex says; they occur once. */
static size_t place_of(const char *whole, const char *hex)
{
    const char *found = strstr(whole, hex);

    assert_non_null(found);
    assert_true((found - whole) % 2 == 0);
    return (size_t)(found - whole) / 2;
}

static int read_strike(const uint8_t *bytes, size_t size)
{
    struct strike strike;
    struct addr addr;

    return entry_read_strike(bytes, size, &addr, &strike);
}

static int read_record(const uint8_t *bytes, size_t size)
{
    struct record record;
    struct addr addr;
    int result = entry_read_record(bytes, size, &addr, &record);

    if (result == 0)
        record_clear(&record);
    return result;
}

static int read_allow(const uint8_t *bytes, size_t size)
{
    struct allow allow;
    int result = entry_read_allow(bytes, size, &allow);

    if (result == 0)
        allow_clear(&allow);
    return result;
}

typedef int read_fn(const uint8_t *bytes, size_t size);

/* golden with the byte at place replaced must not read. */
static void assert_refused(read_fn *read, size_t place, uint8_t byte)
{
    uint8_t kept = golden[place];

    assert_int_not_equal(kept, byte);
    assert_int_equal(read(golden, golden_size), 0);
    golden[place] = byte;
    assert_int_equal(read(golden, golden_size), -1);
    golden[place] = kept;
}

/* Neither less nor more; in memory of exactly that size, so that the sanitizer sees a byte more. */
static void assert_exact_end(read_fn *read)
{
    for (size_t size = 0; size < golden_size; size++) {
        uint8_t *copy = malloc(size > 0 ? size : 1);

        memcpy(copy, golden, size);
        assert_int_equal(read(copy, size), -1);
        free(copy);
    }
    golden[golden_size] = 0;
    assert_int_equal(read(golden, golden_size), 0);
    assert_int_equal(read(golden, golden_size + 1), -1);
}

/* The top bit beside the length of the bucket tells of the message behind the account. */
static void a_strike_of_a_known_message_has_four_bytes_more(void **state)
{
    const struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, 1}};
    uint8_t text[STRIKE_TEXT_BYTES_MAX], bytes[512];
    struct strike strike = {1790000000000, 0x1112131415161718, 0x0102030405060708, text}, back;
    struct addr back_addr;
    size_t size;

    (void)state;
    load(strike_hex);
    strike_text_write("user", 4, "alice", 5, 0x2a2b2c2d, text);
    size = entry_write_strike(&addr, &strike, bytes, sizeof(bytes));
    assert_int_equal(size, golden_size + 4);
    golden[place_of(strike_hex, "0475736572")] |= 0x80;
    assert_memory_equal(bytes, golden, golden_size);
    assert_memory_equal(bytes + golden_size, "\x2a\x2b\x2c\x2d", 4);
    assert_int_equal(entry_read_strike(bytes, size, &back_addr, &back), 0);
    assert_int_equal(strike_message(&back), 0x2a2b2c2d);
    assert_int_equal(read_strike(bytes, size - 1), -1);
    bytes[size] = 0;
    assert_int_equal(read_strike(bytes, size + 1), -1);
    assert_int_equal(read_strike(bytes, golden_size), -1);
    memset(bytes + golden_size, 0, 4); /* message 0 is left out */
    assert_int_equal(read_strike(bytes, size), -1);
}

static void a_strike_has_these_bytes(void **state)
{
    uint8_t text[] = {4, 'u', 's', 'e', 'r', 5, 'a', 'l', 'i', 'c', 'e'}, bytes[512];
    const struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, 1}};
    const struct strike strike = {1790000000000, 0x1112131415161718, 0x0102030405060708, text};
    struct strike back;
    struct addr back_addr;

    (void)state;
    load(strike_hex);
    assert_int_equal(entry_write_strike(&addr, &strike, bytes, sizeof(bytes)), golden_size);
    assert_memory_equal(bytes, golden, golden_size);
    assert_int_equal(entry_read_strike(golden, golden_size, &back_addr, &back), 0);
    assert_memory_equal(&back_addr, &addr, sizeof(addr));
    assert_int_equal(strike_compare(&back, &strike), 0);
    assert_ptr_equal(back.text, golden + golden_size - sizeof(text));
    for (size_t room = 0; room < golden_size; room++)
        assert_int_equal(entry_write_strike(&addr, &strike, bytes, room), 0);
    assert_int_equal(entry_write_strike(&addr, &strike, bytes, golden_size), golden_size);
}

static struct fact golden_fact(struct fact_node nodes[2])
{
    static uint8_t evidence[] = "\1\5alice\2\2ip\4user";

    nodes[0] = (struct fact_node){1001, 4};
    nodes[1] = (struct fact_node){1002, 6};
    return (struct fact){.first_ms = 1790000000000,
                         .last_ms = 1790000060000,
                         .until_ms = TIME_NEVER_MS,
                         .forget_ms = TIME_NEVER_MS,
                         .level = 1,
                         .node_count = 2,
                         .nodes = nodes,
                         .evidence = evidence,
                         .evidence_size = sizeof(evidence) - 1};
}

static struct record golden_record(void)
{
    struct record record = {.cut = {{1789999990000 << 16 | 1, 1001}, 1789999990500, 0}};
    struct manual manual = {.stamp = {1790000070000 << 16 | 2, 1002},
                            .kind = MANUAL_BAN,
                            .until_ms = 1790003680000,
                            .reason = (char *)(uintptr_t) "spam run",
                            .actor = (char *)(uintptr_t) "root"};
    struct fact_node nodes[2];
    struct fact fact = golden_fact(nodes);

    assert_int_equal(record_merge_manual(&record, &manual), 1);
    assert_int_equal(facts_merge(&record.facts, &fact), 1);
    return record;
}

static void a_record_has_these_bytes(void **state)
{
    const struct addr addr = {ADDR_IPV6, 64, {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2}};
    struct record record = golden_record(), back;
    uint8_t bytes[512];
    struct addr back_addr;

    (void)state;
    load(record_hex);
    assert_int_equal(entry_write_record(&addr, &record, bytes, sizeof(bytes)), golden_size);
    assert_memory_equal(bytes, golden, golden_size);
    for (size_t room = 0; room < golden_size; room++)
        assert_int_equal(entry_write_record(&addr, &record, bytes, room), 0);
    assert_int_equal(entry_read_record(golden, golden_size, &back_addr, &back), 0);
    assert_memory_equal(&back_addr, &addr, sizeof(addr));
    assert_string_equal(back.manual.reason, "spam run");
    assert_string_equal(back.manual.actor, "root");
    assert_int_equal(back.facts.list[0].nodes[1].strikes, 6);
    assert_int_equal(record_merge(&record, &back), 0);
    assert_int_equal(record_merge(&back, &record), 0);
    record_clear(&record);
    record_clear(&back);
}

/* The top bit of the cut's time tells that it is there; else the bytes are those of a record that
 * forgot nothing. */
static void what_was_forgotten_stands_behind_the_cut(void **state)
{
    const struct addr addr = {ADDR_IPV6, 64, {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2}};
    const size_t place = 2 + 8 + 16; /* of the cut's time */
    struct record record = golden_record(), back;
    uint8_t bytes[512];
    struct addr back_addr;
    size_t size;

    (void)state;
    load(record_hex);
    record.cut.forget_ms = record.cut.ms;
    size = entry_write_record(&addr, &record, bytes, sizeof(bytes));
    assert_int_equal(size, golden_size + 8);
    assert_memory_equal(bytes, golden, place);
    assert_int_equal(bytes[place], golden[place] | 0x80);
    assert_memory_equal(bytes + place + 1, golden + place + 1, 7);
    assert_memory_equal(bytes + place + 8, golden + place, 8);
    assert_memory_equal(bytes + place + 16, golden + place + 8, golden_size - place - 8);
    assert_int_equal(entry_read_record(bytes, size, &back_addr, &back), 0);
    assert_true(back.cut.ms == record.cut.ms && back.cut.forget_ms == record.cut.ms);
    record_clear(&back);
    bytes[place + 15]--; /* earlier than the cut */
    assert_int_equal(entry_read_record(bytes, size, &back_addr, &back), 0);
    assert_true(back.cut.forget_ms == record.cut.ms - 1);
    record_clear(&back);
    bytes[place + 15] += 2; /* later */
    assert_int_equal(entry_read_record(bytes, size, &back_addr, &back), -1);
    memset(bytes + place + 8, 0, 8); /* nothing, in a second form */
    assert_int_equal(entry_read_record(bytes, size, &back_addr, &back), -1);
    record_clear(&record);
}

static void an_allow_entry_has_these_bytes(void **state)
{
    const struct allow allow = {.addr = {ADDR_IPV4, 20, {198, 51, 96}},
                                .owner = 1003,
                                .stamp = {1790000000000 << 16 | 3, 1003},
                                .on = true,
                                .until_ms = 1790604800000,
                                .reason = (char *)(uintptr_t) "office",
                                .actor = (char *)(uintptr_t) "alice"};
    struct allow back;
    uint8_t bytes[512], key[ENTRY_KEY_BYTES_MAX];

    (void)state;
    load(allow_hex);
    assert_int_equal(entry_write_allow(&allow, bytes, sizeof(bytes)), golden_size);
    assert_memory_equal(bytes, golden, golden_size);
    for (size_t room = 0; room < golden_size; room++)
        assert_int_equal(entry_write_allow(&allow, bytes, room), 0);
    assert_int_equal(entry_read_allow(golden, golden_size, &back), 0);
    assert_memory_equal(&back.addr, &allow.addr, sizeof(allow.addr));
    assert_true(back.owner == 1003 && back.on && back.until_ms == allow.until_ms);
    assert_int_equal(stamp_compare(&back.stamp, &allow.stamp), 0);
    assert_string_equal(back.reason, "office");
    assert_string_equal(back.actor, "alice");
    allow_clear(&back);
    assert_int_equal(entry_write_addr(&allow.addr, key), 5);
    assert_memory_equal(key, golden, 5);
    assert_int_equal(entry_write_allow_key(&allow, key), 13);
    assert_memory_equal(key, golden, 13);
}

static void the_key_of_a_record_is_its_hash_and_its_prefix(void **state)
{
    const struct hash_key hash = hash_derive("bansync", "key", 3);
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    uint64_t begin = 0;
    struct addr addr;
    size_t size;

    (void)state;
    load(record_hex);
    assert_int_equal(entry_read_addr(golden, golden_size, &addr), 0);
    size = entry_write_record_key(&hash, &addr, key);
    assert_int_equal(size, 6 + 10);
    for (size_t i = 0; i < 6; i++)
        begin = begin << 8 | key[i];
    assert_true(begin == hash64(&hash, golden, 10) >> 16);
    assert_memory_equal(key + 6, golden, 10);
    assert_true(entry_is_record_key(&hash, key, size, golden, golden_size));
    for (size_t i = 0; i < size; i++) {
        assert_false(entry_is_record_key(&hash, key, i, golden, golden_size));
        key[i] ^= 1;
        assert_false(entry_is_record_key(&hash, key, size, golden, golden_size));
        key[i] ^= 1;
    }
    assert_false(entry_is_record_key(&hash, golden, 10, golden, golden_size)); /* of schema 5 */
    assert_false(entry_is_record_key(&hash, key, size, golden, 9));
    assert_false(entry_is_record_key(&hash, key, 0, golden, golden_size));
}

static void an_entry_of_any_kind_begins_with_its_prefix(void **state)
{
    static const char *const entries[] = {strike_hex, record_hex, allow_hex};

    (void)state;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        struct addr addr;
        uint8_t key[ENTRY_KEY_BYTES_MAX];
        size_t size;

        load(entries[i]);
        assert_int_equal(entry_read_addr(golden, golden_size, &addr), 0);
        size = entry_write_addr(&addr, key);
        assert_memory_equal(key, golden, size);
        assert_int_equal(entry_read_addr(golden, size - 1, &addr), -1);
    }
}

static void entries_end_exactly(void **state)
{
    (void)state;
    load(strike_hex);
    assert_exact_end(read_strike);
    load(record_hex);
    assert_exact_end(read_record);
    load(allow_hex);
    assert_exact_end(read_allow);
}

static void a_prefix_reads_in_its_canonical_form_only(void **state)
{
    static const char *const bad[] = {
        "0520c0000201",                         /* kind */
        "0421c000020100",                       /* length */
        "0418c00002",                           /* fine: 192.0.2.0/24 */
        "0417c00003",                           /* host bits */
        "067f20010db8000000000000000000000001", /* host bits */
        "068100000000000000000000000000000000", /* length */
        "068000000000000000000000ffffc0000201", /* v4-mapped */
    };
    uint8_t bytes[512];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        size_t size;

        load(strike_hex);
        size = golden_size - 6;
        memcpy(bytes, golden + 6, size);
        load(bad[i]);
        memcpy(golden + golden_size, bytes, size);
        assert_int_equal(read_strike(golden, golden_size + size), i == 2 ? 0 : -1);
    }
}

/* A strike whose texts are so long; of any bytes. */
static int read_texts(size_t bucket, size_t account)
{
    uint8_t text[2 + 2 * 255], bytes[1024];
    const struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, 1}};
    const struct strike strike = {1, 1, 1, text};

    memset(text, 0, sizeof(text));
    text[0] = (uint8_t)bucket;
    text[1 + bucket] = (uint8_t)account;
    return read_strike(bytes, entry_write_strike(&addr, &strike, bytes, sizeof(bytes)));
}

static void a_strike_keeps_its_bounds(void **state)
{
    (void)state;
    load(strike_hex);
    assert_refused(read_strike, place_of(strike_hex, "000001a0c4506c00"), 0x80); /* before 1970 */
    assert_int_equal(read_texts(BUCKET_BYTES_MAX, ACCOUNT_BYTES_MAX), 0);
    assert_int_equal(read_texts(BUCKET_BYTES_MAX + 1, 0), -1);
    assert_int_equal(read_texts(0, ACCOUNT_BYTES_MAX + 1), -1);
    memset(golden + 6, 0, 8); /* no origin */
    assert_int_equal(read_strike(golden, golden_size), -1);
}

static void a_record_keeps_its_bounds(void **state)
{
    (void)state;
    load(record_hex);
    assert_refused(read_record, place_of(record_hex, "000001a0c45046e4"), 0x80);
    assert_refused(read_record, place_of(record_hex, "01000001a0c4889300"), 2); /* kind */
    assert_refused(read_record, place_of(record_hex, "7370616d"), 0x1f);
    assert_refused(read_record, place_of(record_hex, "7370616d"), 0x7f);
    assert_refused(read_record, place_of(record_hex, "726f6f74"), 0);
    assert_refused(read_record, place_of(record_hex, "0001000001a0c4506c00") + 1, 2);
    assert_refused(read_record, place_of(record_hex, "000001a0c4506c00") + 5, 0x52); /* > last */
    assert_refused(read_record, place_of(record_hex, "00000000000003ea00000006") + 7, 0xe9);
    assert_refused(read_record, place_of(record_hex, "00000000000003ea00000006") + 7, 0xe8);
    assert_refused(read_record, place_of(record_hex, "0105616c69"), 2); /* not evidence */
}

static void an_allow_entry_keeps_its_bounds(void **state)
{
    (void)state;
    load(allow_hex);
    assert_refused(read_allow, place_of(allow_hex, "01000001a0e85cf000"), 2);
    assert_refused(read_allow, place_of(allow_hex, "000001a0e85cf000"), 0x80);
    assert_refused(read_allow, place_of(allow_hex, "6f6666696365"), '\n');
    assert_refused(read_allow, place_of(allow_hex, "616c696365"), 0x7f);
    assert_refused(read_allow, place_of(allow_hex, "05616c696365"), 4);
    memset(golden + 13, 0, 8); /* stamp: never */
    assert_int_equal(read_allow(golden, golden_size), -1);
}

static void the_texts_of_an_allow_entry_have_a_largest_size(void **state)
{
    char reason[REASON_BYTES_MAX + 1] = "", actor[ACTOR_BYTES_MAX + 2] = "";
    struct allow allow = {.addr = {ADDR_IPV6, 128, {0x20, 0x01, 0x0d, 0xb8}},
                          .stamp = {1, 1},
                          .reason = reason,
                          .actor = actor};
    uint8_t bytes[512];

    (void)state;
    memset(reason, 'r', REASON_BYTES_MAX);
    memset(actor, 'a', ACTOR_BYTES_MAX);
    assert_int_equal(read_allow(bytes, entry_write_allow(&allow, bytes, sizeof(bytes))), 0);
    actor[ACTOR_BYTES_MAX] = 'a';
    assert_int_equal(read_allow(bytes, entry_write_allow(&allow, bytes, sizeof(bytes))), -1);
}

/* Reads a record with these facts as they are, in this order. */
static int read_facts(const struct fact *list, size_t count)
{
    static uint8_t bytes[2 * ENTRY_BYTES_MAX];
    const struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, 1}};
    struct record record = {.facts = {(struct fact *)(uintptr_t)list, count}};
    size_t size = entry_write_record(&addr, &record, bytes, sizeof(bytes));

    assert_true(size > 0);
    return read_record(bytes, size);
}

static void facts_read_as_an_ascending_antichain_only(void **state)
{
    struct fact_node nodes[2];
    struct fact pair[2] = {golden_fact(nodes), golden_fact(nodes)}, swapped[2];

    (void)state;
    assert_int_equal(read_facts(pair, 1), 0);
    assert_int_equal(read_facts(pair, 2), -1); /* twice */
    pair[1].last_ms++;
    assert_int_equal(read_facts(pair, 2), -1); /* the first is below the second */
    pair[1].until_ms--;
    assert_int_equal(read_facts(pair, 2), 0);
    swapped[0] = pair[1];
    swapped[1] = pair[0];
    assert_int_equal(read_facts(swapped, 2), -1); /* descending */
}

/* The largest record there may be fits ENTRY_BYTES_MAX; one fact more is refused. */
static void the_largest_record_fits(void **state)
{
    static struct fact_node nodes[FACT_NODES_MAX];
    static uint8_t evidence[EVIDENCE_BYTES_MAX] = {1, EVIDENCE_BYTES_MAX - 3};
    static char reason[REASON_BYTES_MAX + 1], actor[ACTOR_BYTES_MAX + 1];
    static uint8_t bytes[ENTRY_BYTES_MAX];
    struct fact facts[FACTS_MAX + 1];
    struct record record = {.facts = {facts, FACTS_MAX},
                            .manual = {.stamp = {1, 1}, .reason = reason, .actor = actor}};
    struct addr addr = {ADDR_IPV6, 128, {0x20, 0x01, 0x0d, 0xb8}};
    size_t size;

    (void)state;
    memset(reason, 'r', REASON_BYTES_MAX);
    memset(actor, 'a', ACTOR_BYTES_MAX);
    memset(evidence + 2, 'e', EVIDENCE_BYTES_MAX - 3);
    for (size_t i = 0; i < FACT_NODES_MAX; i++)
        nodes[i] = (struct fact_node){i + 1, 1};
    for (size_t i = 0; i <= FACTS_MAX; i++)
        facts[i] =
            (struct fact){(int64_t)i,         100,   1000 - (int64_t)i, 2000, 1, FACT_NODES_MAX,
                          EVIDENCE_BYTES_MAX, nodes, evidence};
    size = entry_write_record(&addr, &record, bytes, sizeof(bytes));
    assert_true(size > 60000);
    assert_int_equal(read_record(bytes, size), 0);
    assert_int_equal(read_facts(facts, FACTS_MAX + 1), -1);
}

/* Kind, length of the name, the name: all of it, and nothing that is no name. */
static void an_account_reads_in_its_canonical_form_only(void **state)
{
    static const uint8_t named[] = {7, 5, 'a', '@', 'b', '.', 'c'};
    uint8_t bytes[ENTRY_KEY_BYTES_MAX], longest[2 + ACCOUNT_BYTES_MAX] = {7, ACCOUNT_BYTES_MAX - 1};
    struct addr account, back;

    (void)state;
    assert_int_equal(addr_parse_account("A@b.c", 5, &account), 0);
    assert_int_equal(entry_write_addr(&account, bytes), sizeof(named));
    assert_memory_equal(bytes, named, sizeof(named));
    assert_int_equal(entry_read_addr(named, sizeof(named), &back), 0);
    assert_memory_equal(&back, &account, sizeof(back));
    assert_int_equal(entry_read_addr(named, sizeof(named) - 1, &back), -1);
    assert_int_equal(entry_read_addr((const uint8_t *)"\7\0", 2, &back), -1);
    assert_int_equal(entry_read_addr((const uint8_t *)"\7\1A", 3, &back), -1);
    assert_int_equal(entry_read_addr((const uint8_t *)"\7\1\n", 3, &back), -1);
    memset(longest + 2, 'x', ACCOUNT_BYTES_MAX);
    assert_int_equal(entry_read_addr(longest, sizeof(longest), &back), 0);
    longest[1]++;
    assert_int_equal(entry_read_addr(longest, sizeof(longest), &back), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_strike_has_these_bytes),
        cmocka_unit_test(a_strike_of_a_known_message_has_four_bytes_more),
        cmocka_unit_test(a_record_has_these_bytes),
        cmocka_unit_test(what_was_forgotten_stands_behind_the_cut),
        cmocka_unit_test(an_allow_entry_has_these_bytes),
        cmocka_unit_test(the_key_of_a_record_is_its_hash_and_its_prefix),
        cmocka_unit_test(an_entry_of_any_kind_begins_with_its_prefix),
        cmocka_unit_test(entries_end_exactly),
        cmocka_unit_test(a_prefix_reads_in_its_canonical_form_only),
        cmocka_unit_test(a_strike_keeps_its_bounds),
        cmocka_unit_test(a_record_keeps_its_bounds),
        cmocka_unit_test(an_allow_entry_keeps_its_bounds),
        cmocka_unit_test(the_texts_of_an_allow_entry_have_a_largest_size),
        cmocka_unit_test(facts_read_as_an_ascending_antichain_only),
        cmocka_unit_test(the_largest_record_fits),
        cmocka_unit_test(an_account_reads_in_its_canonical_form_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
