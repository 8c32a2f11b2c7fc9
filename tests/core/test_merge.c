/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merge is commutative, associative and idempotent: on random records, strikes and allow entries in
 * which equal times and equal stamps are common.
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
#include "random.h"

#define ROUNDS 20000

static const struct addr subject = {ADDR_IPV4, 32, {192, 0, 2, 1}};

static size_t bytes_of(const struct record *record, uint8_t *bytes)
{
    size_t size = entry_write_record(&subject, record, bytes, ENTRY_BYTES_MAX);

    assert_true(size > 0);
    return size;
}

static void assert_records_equal(const struct record *a, const struct record *b)
{
    static uint8_t x[ENTRY_BYTES_MAX], y[ENTRY_BYTES_MAX];
    size_t size = bytes_of(a, x);

    assert_int_equal(size, bytes_of(b, y));
    assert_memory_equal(x, y, size);
}

/* a + b into a new record. */
static struct record join(const struct record *a, const struct record *b)
{
    struct record out;

    assert_int_equal(record_copy(a, &out), 0);
    assert_true(record_merge(&out, b) >= 0);
    return out;
}

static void record_merge_is_a_join(void **state)
{
    struct random random = {1};

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct record a, b, c, ab, ba, ab_c, bc, a_bc;

        random_record(&random, &a);
        random_record(&random, &b);
        random_record(&random, &c);
        ab = join(&a, &b);
        ba = join(&b, &a);
        bc = join(&b, &c);
        ab_c = join(&ab, &c);
        a_bc = join(&a, &bc);
        assert_records_equal(&ab, &ba);
        assert_records_equal(&ab_c, &a_bc);
        assert_int_equal(record_merge(&ab, &a), 0);
        assert_int_equal(record_merge(&ab, &b), 0);
        struct record *all[] = {&a, &b, &c, &ab, &ba, &ab_c, &bc, &a_bc};
        for (size_t k = 0; k < 8; k++)
            record_clear(all[k]);
    }
}

static void facts_forget_the_same_before_and_after_a_merge(void **state)
{
    struct random random = {2};

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct record a, b, ab, late;

        random_record(&random, &a);
        random_record(&random, &b);
        ab = join(&a, &b);
        facts_forget(&ab.facts, 201);
        facts_forget(&a.facts, 201);
        facts_forget(&b.facts, 201);
        late = join(&a, &b);
        assert_records_equal(&ab, &late);
        record_clear(&a);
        record_clear(&b);
        record_clear(&ab);
        record_clear(&late);
    }
}

static void merge_all(struct strikes *set, const struct strike *list, size_t count, size_t stride)
{
    for (size_t i = 0; i < count; i++) {
        struct strikes_change change;

        assert_int_equal(strikes_merge(set, &list[i * stride % count], &change), 0);
        strikes_change_clear(&change);
    }
}

static void assert_sets_equal(const struct strikes *a, const struct strikes *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(strike_compare(&a->list[i], &b->list[i]), 0);
        assert_int_equal(strike_text_size(&a->list[i]), strike_text_size(&b->list[i]));
        assert_memory_equal(a->list[i].text, b->list[i].text, strike_text_size(&a->list[i]));
    }
}

/* 1009 is prime, so every stride below it is another order of the same strikes. More keys than an
 * origin may have. */
static void strikes_do_not_depend_on_their_order(void **state)
{
    struct random random = {3};

    (void)state;
    for (int i = 0; i < 20; i++) {
        struct strike list[1009];
        struct strikes a = {0}, b = {0};

        for (size_t k = 0; k < 1009; k++)
            random_strike(&random, &list[k]);
        merge_all(&a, list, 1009, 1);
        merge_all(&b, list, 1009, 2 + random_below(&random, 1000));
        merge_all(&b, list, 1009, 1);
        assert_sets_equal(&a, &b);
        assert_int_equal(a.count, 2 * STRIKES_PER_ORIGIN_MAX);
        strikes_clear(&a);
        strikes_clear(&b);
    }
}

static void allow_all(struct allows *allows, const struct allow *list, size_t count, size_t stride)
{
    for (size_t i = 0; i < count; i++) {
        struct allow old;

        assert_true(allows_merge(allows, &list[i * stride % count], &old) >= 0);
        allow_clear(&old);
    }
}

static void allow_entries_do_not_depend_on_their_order(void **state)
{
    struct random random = {4};

    (void)state;
    for (int i = 0; i < 500; i++) {
        struct allow list[31];
        struct allows a = {0}, b = {0};

        for (size_t k = 0; k < 31; k++)
            random_allow(&random, &list[k]);
        allow_all(&a, list, 31, 1);
        allow_all(&b, list, 31, 2 + random_below(&random, 28));
        assert_int_equal(a.count, b.count);
        for (size_t k = 0; k < a.count; k++) {
            uint8_t x[512], y[512];
            size_t size = entry_write_allow(&a.list[k], x, sizeof(x));

            assert_int_equal(size, entry_write_allow(&b.list[k], y, sizeof(y)));
            assert_memory_equal(x, y, size);
        }
        allows_clear(&a);
        allows_clear(&b);
    }
}

static void what_is_written_reads_back_the_same(void **state)
{
    static uint8_t bytes[ENTRY_BYTES_MAX];
    struct random random = {5};

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct record a, b;
        struct addr addr;
        size_t size;

        random_record(&random, &a);
        size = bytes_of(&a, bytes);
        assert_int_equal(entry_read_record(bytes, size, &addr, &b), 0);
        assert_int_equal(addr_compare(&addr, &subject), 0);
        assert_records_equal(&a, &b);
        record_clear(&b);
        for (size_t cut = 0; cut < size; cut++)
            assert_int_equal(entry_read_record(bytes, cut, &addr, &b), -1);
        record_clear(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_merge_is_a_join),
        cmocka_unit_test(facts_forget_the_same_before_and_after_a_merge),
        cmocka_unit_test(strikes_do_not_depend_on_their_order),
        cmocka_unit_test(allow_entries_do_not_depend_on_their_order),
        cmocka_unit_test(what_is_written_reads_back_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
