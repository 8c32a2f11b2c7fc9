/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table: one subject a prefix, iterated in leaf order whatever the order of arrival.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "digest.h"
#include "random.h"
#include "table.h"

#define SUBJECTS 3000
#define BUCKET_HASH_STEP (~BUCKET_HASH_MASK + 1) /* between two hashes */
#define SEVEN (7 * BUCKET_HASH_STEP)

static const struct hash_key key = {{1}};

static struct addr addr_of(uint32_t i)
{
    return (struct addr){ADDR_IPV4, 32, {198, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
}

static uint64_t hash_of(const struct addr *addr)
{
    return hash64(&key, addr, sizeof(*addr)) & BUCKET_HASH_MASK;
}

static struct subject *make(struct table *table, uint32_t i)
{
    struct addr addr = addr_of(i);
    struct subject *subject = table_make(table, &addr, hash_of(&addr));

    assert_non_null(subject);
    return subject;
}

static void a_subject_is_made_once_and_found(void **state)
{
    struct table table;
    struct addr addr = addr_of(1), other = addr_of(2);
    struct subject *subject;

    (void)state;
    assert_int_equal(table_open(&table), 0);
    assert_null(table_find(&table, &addr, hash_of(&addr), NULL));
    subject = make(&table, 1);
    assert_int_equal(table.count, 1);
    assert_int_equal(addr_compare(&subject->addr, &addr), 0);
    assert_true(subject->hash == hash_of(&addr));
    assert_true(subject->deadline_ms == TIME_NEVER_MS);
    assert_true(record_is_empty(&subject->record));
    assert_false(subject->has_record || subject->banned || subject->dirty || subject->changed);
    assert_ptr_equal(make(&table, 1), subject);
    assert_int_equal(table.count, 1);
    assert_ptr_equal(table_find(&table, &addr, hash_of(&addr), NULL), subject);
    assert_null(table_find(&table, &other, hash_of(&other), NULL));
    table_close(&table);
}

static void equal_hashes_are_kept_apart(void **state)
{
    struct table table;
    struct addr a = addr_of(1), b = addr_of(2), c = addr_of(3);
    struct table_walk walk = {0};
    struct subject *of_b, *of_a;

    (void)state;
    assert_int_equal(table_open(&table), 0);
    of_b = table_make(&table, &b, SEVEN);
    of_a = table_make(&table, &a, SEVEN);
    assert_ptr_not_equal(of_a, of_b);
    assert_ptr_equal(table_find(&table, &a, SEVEN, NULL), of_a);
    assert_ptr_equal(table_find(&table, &b, SEVEN, NULL), of_b);
    assert_null(table_find(&table, &c, SEVEN, NULL));
    assert_ptr_equal(table_next(&table, &walk), of_a);
    assert_ptr_equal(table_next(&table, &walk), of_b);
    assert_null(table_next(&table, &walk));
    assert_null(table_next(&table, &walk));
    table_close(&table);
}

static void iteration_is_in_leaf_order_and_complete(void **state)
{
    struct table table;
    struct random random = {5};
    const struct subject *before = NULL;
    size_t count = 0, in_leaves = 0;
    struct subject *subject;

    (void)state;
    assert_int_equal(table_open(&table), 0);
    assert_null(table_next(&table, &(struct table_walk){0}));
    for (uint32_t i = 0; i < SUBJECTS; i++)
        make(&table, random_below(&random, 1 << 20));
    for (struct table_walk walk = {0}; (subject = table_next(&table, &walk)) != NULL;) {
        assert_true(before == NULL || before->hash < subject->hash);
        before = subject;
        count++;
    }
    assert_int_equal(count, table.count);
    for (uint32_t leaf = 0; leaf < DIGEST_LEAVES; leaf++) {
        const struct bucket *bucket = table_leaf(&table, (uint16_t)leaf);

        for (uint32_t i = 0; i < bucket->count; i++)
            assert_int_equal(digest_leaf(bucket->list[i]->hash), leaf);
        in_leaves += bucket->count;
        assert_int_equal(table_next_leaf(&table, leaf) == leaf, bucket->count > 0);
    }
    assert_int_equal(in_leaves, table.count);
    table_close(&table);
}

static void empty_leaves_between_subjects_are_passed_over(void **state)
{
    static const uint16_t leaves[] = {0, 1, 63, 64, 127, 4096, 65534, 65535};
    const size_t count = sizeof(leaves) / sizeof(leaves[0]);
    struct table table;

    (void)state;
    assert_int_equal(table_open(&table), 0);
    for (size_t gone = 0; gone < count; gone++) {
        struct table_walk walk = {0};
        struct subject *subject;

        for (size_t i = 0; i < count; i++) {
            struct addr addr = addr_of((uint32_t)i);

            assert_non_null(table_make(&table, &addr, (uint64_t)leaves[i] << 48));
        }
        for (size_t i = 0; i < count; i++) {
            subject = table_next(&table, &walk);
            assert_int_equal(digest_leaf(subject->hash), leaves[i]);
        }
        assert_null(table_next(&table, &walk));
        for (size_t i = 0; i <= gone; i++)
            table_remove(&table, table_next(&table, &(struct table_walk){0}));
        assert_int_equal(table.count, count - gone - 1);
        subject = table_next(&table, &(struct table_walk){0});
        assert_true(gone + 1 == count ? subject == NULL
                                      : digest_leaf(subject->hash) == leaves[gone + 1]);
    }
    table_close(&table);
}

/* A flipped bit in memory must not take others out of the map, nor hang the agent. */
static void a_damaged_hash_neither_hides_nor_repeats_anybody(void **state)
{
    struct table table;

    (void)state;
    assert_int_equal(table_open(&table), 0);
    for (uint32_t i = 0; i < 100; i++)
        make(&table, i);
    for (unsigned bit = 0; bit < 64; bit++) {
        struct subject *damaged = make(&table, bit), *subject;
        uint64_t hash = damaged->hash;
        size_t count = 0;

        damaged->hash ^= (uint64_t)1 << bit;
        assert_ptr_not_equal(table_find(&table, &damaged->addr, hash, NULL), damaged);
        for (struct table_walk walk = {0}; (subject = table_next(&table, &walk)) != NULL;)
            count++;
        damaged->hash = hash;
        assert_int_equal(count, 100);
    }
    for (size_t i = 0; i < DIGEST_LEAVES / 64; i++) /* empty leaves that are noted as used */
        table.used[i] |= (uint64_t)1 << 7;
    for (struct table_walk walk = {0}; table_next(&table, &walk) != NULL;)
        assert_true(walk.leaf < DIGEST_LEAVES);
    table_close(&table);
}

static void what_is_removed_is_freed_with_all_it_holds(void **state)
{
    static uint8_t text[] = {0, 0};
    const struct strike strike = {1, 1, 1, text};
    const struct fact fact = {.until_ms = 5, .level = 1};
    struct strikes_change change;
    struct table table;

    (void)state;
    assert_int_equal(table_open(&table), 0);
    for (uint32_t i = 0; i < 100; i++) {
        struct subject *subject = make(&table, i);

        assert_int_equal(strikes_merge(&subject->strikes, &strike, &change), 0);
        assert_int_equal(facts_merge(&subject->record.facts, &fact), 1);
    }
    for (uint32_t i = 0; i < 100; i += 2) {
        struct addr addr = addr_of(i);

        table_remove(&table, make(&table, i));
        assert_null(table_find(&table, &addr, hash_of(&addr), NULL));
    }
    assert_int_equal(table.count, 50);
    for (uint32_t i = 1; i < 100; i += 2) {
        struct addr addr = addr_of(i);

        assert_non_null(table_find(&table, &addr, hash_of(&addr), NULL));
    }
    table_close(&table);
    table_close(&table); /* harmless */
}

static void who_shares_a_leaf_with_the_removed_stays(void **state)
{
    struct table table;
    struct addr a = addr_of(1), b = addr_of(2);
    struct table_walk walk = {0};
    struct subject *of_a, *of_b;

    (void)state;
    assert_int_equal(table_open(&table), 0);
    of_a = table_make(&table, &a, SEVEN);
    of_b = table_make(&table, &b, SEVEN + BUCKET_HASH_STEP);
    table_remove(&table, of_a);
    assert_int_equal(table.count, 1);
    assert_null(table_find(&table, &a, SEVEN, NULL));
    assert_ptr_equal(table_next(&table, &walk), of_b);
    table_remove(&table, of_b);
    assert_int_equal(table.count, 0);
    table_close(&table);
}

/* Counts; each subject costs 2. */
static size_t look(void *context, const struct subject *subject)
{
    size_t *seen = context;

    assert_non_null(subject);
    ++*seen;
    return 2;
}

static void slices_see_each_once(void **state)
{
    static const size_t works[] = {1, 3, 1000, SIZE_MAX};
    struct table table;
    size_t all = DIGEST_LEAVES + 2 * 100;

    (void)state;
    assert_int_equal(table_open(&table), 0);
    for (unsigned i = 0; i < 100; i++) {
        struct addr addr = {.kind = ADDR_IPV4, .length = 32, .bytes = {192, 0, 2, (uint8_t)i}};

        assert_non_null(table_make(&table, &addr, (uint64_t)(i / 2) << 57 | i));
    }
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        size_t seen = 0, left, slices = 0;
        uint32_t leaf = 0;

        for (bool last = false; !last; slices++) {
            left = works[i];
            last = table_slice(&table, &leaf, &left, look, &seen);
            assert_true(last || left == 0);
        }
        assert_int_equal(seen, 100);
        if (works[i] == SIZE_MAX)
            assert_int_equal(left, SIZE_MAX - all);
        assert_true(slices <= all / works[i] + 1);
    }
    table_close(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_subject_is_made_once_and_found),
        cmocka_unit_test(equal_hashes_are_kept_apart),
        cmocka_unit_test(iteration_is_in_leaf_order_and_complete),
        cmocka_unit_test(empty_leaves_between_subjects_are_passed_over),
        cmocka_unit_test(a_damaged_hash_neither_hides_nor_repeats_anybody),
        cmocka_unit_test(slices_see_each_once),
        cmocka_unit_test(what_is_removed_is_freed_with_all_it_holds),
        cmocka_unit_test(who_shares_a_leaf_with_the_removed_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
