/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that no honest node writes: what was never stamped but is not absent, and facts beyond
 * their bounds. None may be read: it would count as empty and still ban, or not fit anywhere.
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

static const struct addr address = {ADDR_IPV4, 32, {192, 0, 2, 1}};

/* The record as it is written reads again. */
static bool reads(const struct record *record)
{
    static uint8_t bytes[2 * ENTRY_BYTES_MAX];
    size_t size = entry_write_record(&address, record, bytes, sizeof(bytes));
    struct record back;
    struct addr addr;
    int result;

    assert_true(size > 0);
    result = entry_read_record(bytes, size, &addr, &back);
    if (result == 0)
        record_clear(&back);
    return result == 0;
}

static void what_was_never_stamped_is_absent(void **state)
{
    char text[] = "x";
    const struct record bad[] = {
        {.cut = {{0, 1}, 0, 0}},          {.cut = {{0, 0}, 1, 0}},
        {.cut = {{0, 0}, 1, 1}},          {.manual = {.stamp = {0, 1}}},
        {.manual = {.kind = MANUAL_BAN}}, {.manual = {.until_ms = 1}},
        {.manual = {.reason = text}},     {.manual = {.actor = text}},
    };

    (void)state;
    assert_true(reads(&(struct record){0}));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct record stamped = bad[i];

        assert_false(reads(&bad[i]));
        stamped.cut.stamp.hlc = stamped.manual.stamp.hlc = 1;
        assert_true(reads(&stamped));
    }
}

static void a_fact_keeps_its_bounds(void **state)
{
    struct fact_node nodes[FACT_NODES_MAX + 1];
    uint8_t evidence[EVIDENCE_BYTES_MAX + 1] = {1, EVIDENCE_BYTES_MAX - 3};
    struct fact fact = {.first_ms = 1,
                        .last_ms = 2,
                        .until_ms = 3,
                        .forget_ms = 4,
                        .level = 1,
                        .nodes = nodes,
                        .node_count = FACT_NODES_MAX,
                        .evidence = evidence,
                        .evidence_size = EVIDENCE_BYTES_MAX};
    const struct record record = {.facts = {&fact, 1}};

    (void)state;
    for (size_t i = 0; i <= FACT_NODES_MAX; i++)
        nodes[i] = (struct fact_node){i + 1, 1};
    memset(evidence + 2, 'e', EVIDENCE_BYTES_MAX - 3);
    assert_true(reads(&record));
    fact.node_count++;
    assert_false(reads(&record));
    fact.node_count--;
    evidence[1]++;
    evidence[EVIDENCE_BYTES_MAX - 1] = 'e';
    evidence[EVIDENCE_BYTES_MAX] = 0;
    fact.evidence_size++;
    assert_false(reads(&record));
}

/* The whole of an address family: no byte of an address follows. */
static void a_prefix_may_have_no_bytes(void **state)
{
    const struct addr all = {ADDR_IPV4, 0, {0}};
    uint8_t text[] = {0, 0}, bytes[64];
    const struct strike strike = {1, 2, 3, text};
    size_t size = entry_write_strike(&all, &strike, bytes, sizeof(bytes));
    struct strike back;
    struct addr addr;

    (void)state;
    assert_int_equal(size, 2 + 8 + 8 + 8 + 2);
    assert_int_equal(entry_read_strike(bytes, size, &addr, &back), 0);
    assert_int_equal(addr_compare(&addr, &all), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_never_stamped_is_absent),
        cmocka_unit_test(a_fact_keeps_its_bounds),
        cmocka_unit_test(a_prefix_may_have_no_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
