/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts: only the maximal ones stay, equal ones join their payload, and all memory is the set's
 * own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "fact.h"

/* A fact without payload. */
static struct fact bare(int64_t first, int64_t last, int64_t until, int64_t forget, uint8_t level)
{
    return (struct fact){
        .first_ms = first, .last_ms = last, .until_ms = until, .forget_ms = forget, .level = level};
}

/* The i-th of facts none of which is above another: later ones end earlier. */
static struct fact incomparable(int64_t i)
{
    return bare(1000 + i, 2000 + i, 9000 - i, 20000, 1);
}

static void facts_are_ordered_by_their_coordinates(void **state)
{
    const struct fact rising[] = {bare(1, 9, 9, 9, 9), bare(2, 2, 9, 9, 9), bare(2, 3, 3, 9, 9),
                                  bare(2, 3, 4, 4, 9), bare(2, 3, 4, 5, 1), bare(2, 3, 4, 5, 2)};

    (void)state;
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 6; k++) {
            int order = fact_compare(&rising[i], &rising[k]);

            assert_true(i < k ? order < 0 : i > k ? order > 0 : order == 0);
        }
}

static void a_fact_is_below_another_in_all_coordinates_only(void **state)
{
    const struct fact top = bare(5, 5, 5, 5, 5);
    const struct fact above[] = {bare(6, 5, 5, 5, 5), bare(5, 6, 5, 5, 5), bare(5, 5, 6, 5, 5),
                                 bare(5, 5, 5, 6, 5), bare(5, 5, 5, 5, 6)};

    (void)state;
    assert_true(fact_is_dominated(&top, &top));
    for (size_t i = 0; i < 5; i++) {
        assert_true(fact_is_dominated(&top, &above[i]));
        assert_false(fact_is_dominated(&above[i], &top));
    }
    assert_false(fact_is_dominated(&above[0], &above[1]));
}

static void only_the_maximal_facts_stay(void **state)
{
    struct facts facts = {0};
    const struct fact low = bare(1, 1, 1, 1, 1), left = bare(3, 3, 2, 9, 1),
                      right = bare(2, 2, 3, 9, 1), high = bare(3, 3, 3, 9, 1);

    (void)state;
    assert_int_equal(facts_merge(&facts, &low), 1);
    assert_int_equal(facts_merge(&facts, &left), 1);
    assert_int_equal(facts.count, 1);
    assert_int_equal(facts_merge(&facts, &right), 1);
    assert_int_equal(facts.count, 2);
    assert_int_equal(fact_compare(&facts.list[0], &right), 0);
    assert_int_equal(facts_merge(&facts, &low), 0);
    assert_int_equal(facts_merge(&facts, &left), 0);
    assert_int_equal(facts_merge(&facts, &high), 1);
    assert_int_equal(facts.count, 1);
    assert_int_equal(fact_compare(&facts.list[0], &high), 0);
    facts_clear(&facts);
}

static void equal_facts_join_what_they_carry(void **state)
{
    struct fact_node here[] = {{1, 5}, {3, 1}}, there[] = {{1, 4}, {2, 7}, {3, 2}};
    uint8_t small[] = {1}, large[] = {1, 0};
    struct fact a = bare(1, 2, 3, 4, 1), b = a;
    struct facts facts = {0};

    (void)state;
    a.nodes = here, a.node_count = 2, a.evidence = large, a.evidence_size = 2;
    b.nodes = there, b.node_count = 3, b.evidence = small, b.evidence_size = 1;
    assert_int_equal(facts_merge(&facts, &a), 1);
    assert_int_equal(facts_merge(&facts, &b), 1);
    assert_int_equal(facts.count, 1);
    assert_int_equal(facts.list[0].node_count, 3);
    assert_int_equal(facts.list[0].nodes[0].strikes, 5);
    assert_int_equal(facts.list[0].nodes[1].strikes, 7);
    assert_int_equal(facts.list[0].nodes[2].strikes, 2);
    assert_int_equal(facts.list[0].evidence_size, 2);
    assert_int_equal(facts_merge(&facts, &b), 0);
    assert_int_equal(facts_merge(&facts, &a), 0);
    facts_clear(&facts);
}

/* Which nodes are named does not depend on the order: the lowest ids. */
static void of_too_many_nodes_the_lowest_stay(void **state)
{
    struct fact_node odd[FACT_NODES_MAX], even[FACT_NODES_MAX];
    struct fact a = bare(1, 2, 3, 4, 1), b = a;
    struct facts facts = {0};

    (void)state;
    for (uint32_t i = 0; i < FACT_NODES_MAX; i++) {
        odd[i] = (struct fact_node){2 * i + 1, i};
        even[i] = (struct fact_node){2 * i + 2, i};
    }
    a.nodes = odd, b.nodes = even;
    a.node_count = b.node_count = FACT_NODES_MAX;
    assert_int_equal(facts_merge(&facts, &a), 1);
    assert_int_equal(facts_merge(&facts, &b), 1);
    assert_int_equal(facts.list[0].node_count, FACT_NODES_MAX);
    for (uint32_t i = 0; i < FACT_NODES_MAX; i++)
        assert_true(facts.list[0].nodes[i].node == i + 1);
    facts_clear(&facts);
}

static void what_is_merged_is_a_copy(void **state)
{
    struct fact_node node = {1, 5};
    uint8_t evidence = 7;
    struct fact fact = bare(1, 2, 3, 4, 1);
    struct facts facts = {0}, copy;

    (void)state;
    fact.nodes = &node, fact.node_count = 1, fact.evidence = &evidence, fact.evidence_size = 1;
    assert_int_equal(facts_merge(&facts, &fact), 1);
    node.strikes = 0;
    evidence = 0;
    assert_int_equal(facts_copy(&facts, &copy), 0);
    facts_clear(&facts);
    assert_int_equal(facts.count, 0);
    assert_int_equal(copy.count, 1);
    assert_int_equal(copy.list[0].nodes[0].strikes, 5);
    assert_int_equal(copy.list[0].evidence[0], 7);
    facts_clear(&copy);
    assert_int_equal(facts_copy(&facts, &copy), 0);
    assert_int_equal(copy.count, 0);
    facts_clear(&copy);
}

static void fill(struct facts *facts)
{
    for (int64_t i = 0; i < FACTS_MAX; i++) {
        struct fact fact = incomparable(i);

        assert_int_equal(facts_merge(facts, &fact), 1);
    }
    assert_int_equal(facts->count, FACTS_MAX);
}

static void a_full_set_refuses_one_more_and_stays_as_it_was(void **state)
{
    struct facts facts = {0};
    struct fact fact = incomparable(FACTS_MAX), known = incomparable(7);
    struct fact_node node = {1, 5};

    (void)state;
    fill(&facts);
    assert_int_equal(facts_merge(&facts, &fact), -1);
    assert_int_equal(facts.count, FACTS_MAX);
    for (int64_t i = 0; i < FACTS_MAX; i++) {
        fact = incomparable(i);
        assert_int_equal(fact_compare(&facts.list[i], &fact), 0);
        assert_int_equal(facts_merge(&facts, &fact), 0);
    }
    known.nodes = &node, known.node_count = 1;
    assert_int_equal(facts_merge(&facts, &known), 1);
    facts_clear(&facts);
}

/* It does not make the set larger; refused, the newest ban would be lost for good. */
static void a_full_set_takes_a_fact_that_replaces_others(void **state)
{
    struct facts facts = {0};
    const struct fact newest = bare(5000, 5000, 10000, 20000, 1);

    (void)state;
    fill(&facts);
    assert_int_equal(facts_merge(&facts, &newest), 1);
    assert_int_equal(facts.count, 1);
    facts_clear(&facts);
}

static void facts_are_forgotten_at_their_time(void **state)
{
    struct facts facts = {0};
    const struct fact a = bare(1, 1, 9, 100, 1), b = bare(2, 2, 8, 101, 1);

    (void)state;
    assert_int_equal(facts_merge(&facts, &a), 1);
    assert_int_equal(facts_merge(&facts, &b), 1);
    assert_false(facts_forget(&facts, 99));
    assert_true(facts_forget(&facts, 100));
    assert_int_equal(facts.count, 1);
    assert_int_equal(fact_compare(&facts.list[0], &b), 0);
    assert_true(facts_forget(&facts, 101));
    assert_int_equal(facts.count, 0);
    facts_clear(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_ordered_by_their_coordinates),
        cmocka_unit_test(a_fact_is_below_another_in_all_coordinates_only),
        cmocka_unit_test(only_the_maximal_facts_stay),
        cmocka_unit_test(equal_facts_join_what_they_carry),
        cmocka_unit_test(of_too_many_nodes_the_lowest_stay),
        cmocka_unit_test(what_is_merged_is_a_copy),
        cmocka_unit_test(a_full_set_refuses_one_more_and_stays_as_it_was),
        cmocka_unit_test(a_full_set_takes_a_fact_that_replaces_others),
        cmocka_unit_test(facts_are_forgotten_at_their_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
