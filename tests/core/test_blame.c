/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ban is one node's doing if it would not be without what that node did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "blame.h"
#include "policy.h"

#define NOW_MS 1000000
#define THRESHOLD 10
#define BAD 7
#define GOOD 3

static struct record record;
static struct blame blame;

static int begin(void **state)
{
    (void)state;
    memset(&record, 0, sizeof(record));
    return 0;
}

static int end(void **state)
{
    (void)state;
    record_clear(&record);
    return 0;
}

static void add_fact(int64_t last_ms, int64_t until_ms, uint32_t good, uint32_t bad)
{
    struct fact_node nodes[2];
    struct fact fact = {.first_ms = last_ms - 100,
                        .last_ms = last_ms,
                        .until_ms = until_ms,
                        .forget_ms = TIME_NEVER_MS,
                        .level = 1,
                        .nodes = nodes};

    if (good > 0)
        nodes[fact.node_count++] = (struct fact_node){GOOD, good};
    if (bad > 0)
        nodes[fact.node_count++] = (struct fact_node){BAD, bad};
    assert_int_equal(facts_merge(&record.facts, &fact), 1);
}

static void ban_by_hand(uint64_t node, int64_t at_ms)
{
    struct manual manual = {
        .stamp = {(uint64_t)at_ms << 16, node}, .kind = MANUAL_BAN, .until_ms = TIME_NEVER_MS};

    assert_int_equal(record_merge_manual(&record, &manual), 1);
}

static bool is_due(int64_t since_ms)
{
    return blame_node(&record, BAD, THRESHOLD, since_ms, NOW_MS, &blame);
}

static void test_nothing(void **state)
{
    (void)state;
    assert_false(is_due(0));
    add_fact(5000, NOW_MS, 0, 20); /* over */
    assert_false(is_due(0));
}

static void test_facts(void **state)
{
    (void)state;
    add_fact(5000, TIME_NEVER_MS, 9, 1);
    assert_true(is_due(0));
    assert_int_equal(blame.strikes, 1);
    assert_int_equal(blame.total, 10);
    assert_int_equal(blame.newest_ms, 5000);
    assert_false(blame.is_manual);
    assert_false(blame_node(&record, 99, THRESHOLD, 0, NOW_MS, &blame)); /* has none */
    assert_false(blame_node(&record, GOOD, 1, 0, NOW_MS, &blame));
    /* Another one of it, then one that stands without it. */
    add_fact(6000, TIME_NEVER_MS - 1, 0, 12);
    assert_true(is_due(0));
    assert_int_equal(blame.strikes, 12);
    assert_int_equal(blame.newest_ms, 6000);
    add_fact(7000, TIME_NEVER_MS - 2, 10, 5);
    assert_false(is_due(0));
}

static void test_since(void **state)
{
    (void)state;
    add_fact(5000, TIME_NEVER_MS, 0, 10);
    assert_true(is_due(5000));
    assert_false(is_due(5001));
    ban_by_hand(BAD, 7000);
    assert_false(is_due(5001)); /* the fact is older, and stands */
    assert_true(is_due(5000));
    assert_true(blame.is_manual);
    assert_int_equal(blame.newest_ms, 7000);
    assert_int_equal(blame.strikes, 10);
}

static void test_by_hand(void **state)
{
    (void)state;
    ban_by_hand(BAD, 7000);
    assert_true(is_due(7000));
    assert_int_equal(blame.strikes, 0);
    assert_false(is_due(7001));
    add_fact(5000, TIME_NEVER_MS, 10, 0);
    assert_false(is_due(0));
    ban_by_hand(GOOD, 8000);
    record.facts.list[0].until_ms = NOW_MS;
    assert_false(is_due(0));
}

static void test_void(void **state)
{
    (void)state;
    add_fact(5000, TIME_NEVER_MS, 0, 10);
    record.cut.ms = 5000;
    assert_false(is_due(0)); /* not banned */
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing), TEST(test_facts), TEST(test_since), TEST(test_by_hand), TEST(test_void),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
