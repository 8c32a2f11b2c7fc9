/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries kept as their bytes: the newest by key, the larger bytes of equal keys, until their time,
 * in whatever order they come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "chronicle.h"
#include "random.h"
#include "scarce.h"

#define ENTRY_SIZE (CHRONICLE_HEAD_BYTES + 1)

/* What an entry of that time is: its leaf depends on its key alone. */
static uint16_t leaf_of(uint64_t hlc)
{
    return (uint16_t)(hlc * 40503);
}

static void make(uint64_t hlc, uint64_t forget_ms, uint8_t content, uint8_t bytes[ENTRY_SIZE])
{
    struct writer writer = {.bytes = bytes, .size = ENTRY_SIZE};

    writer_number(&writer, hlc, 8);
    writer_number(&writer, 7, 8);
    writer_number(&writer, forget_ms, 8);
    writer_number(&writer, content, 1);
}

static enum chronicle_result put(struct chronicle *chronicle, uint64_t hlc, uint64_t forget_ms,
                                 uint8_t content, size_t max)
{
    struct chronicle_change change;
    uint8_t bytes[ENTRY_SIZE];
    enum chronicle_result result;

    make(hlc, forget_ms, content, bytes);
    result = chronicle_merge(chronicle, leaf_of(hlc), bytes, sizeof(bytes), max, &change);
    chronicle_change_clear(&change);
    return result;
}

static const struct chronicle_entry *get(const struct chronicle *chronicle, uint64_t hlc)
{
    uint8_t bytes[ENTRY_SIZE];

    make(hlc, 0, 0, bytes);
    return chronicle_find(chronicle, leaf_of(hlc), bytes);
}

static void assert_holds(const struct chronicle *chronicle, uint64_t first, uint64_t last)
{
    assert_int_equal(chronicle->count, last - first + 1);
    assert_null(get(chronicle, first - 1));
    assert_null(get(chronicle, last + 1));
    for (uint64_t hlc = first; hlc <= last; hlc++)
        assert_non_null(get(chronicle, hlc));
}

static void of_equal_keys_the_larger_bytes_win(void **state)
{
    struct chronicle chronicle = {0};
    struct chronicle_change change;
    uint8_t bytes[ENTRY_SIZE];

    (void)state;
    assert_null(get(&chronicle, 5));
    assert_int_equal(put(&chronicle, 5, 100, 2, 10), CHRONICLE_CHANGED);
    assert_int_equal(put(&chronicle, 5, 100, 2, 10), CHRONICLE_SAME);
    assert_int_equal(put(&chronicle, 5, 100, 1, 10), CHRONICLE_SAME);
    make(5, 100, 3, bytes);
    assert_int_equal(chronicle_merge(&chronicle, leaf_of(5), bytes, sizeof(bytes), 10, &change),
                     CHRONICLE_CHANGED);
    assert_non_null(change.replaced.bytes);
    assert_int_equal(change.replaced.bytes[ENTRY_SIZE - 1], 2);
    assert_null(change.displaced.bytes);
    chronicle_change_clear(&change);
    assert_int_equal(put(&chronicle, 5, 200, 0, 10), CHRONICLE_CHANGED); /* forgotten later */
    assert_int_equal(chronicle.count, 1);
    assert_int_equal(chronicle_hlc(get(&chronicle, 5)->bytes), 5);
    assert_int_equal(chronicle_forget_ms(get(&chronicle, 5)->bytes), 200);
    /* Longer is larger where all else is equal. */
    assert_int_equal(
        chronicle_merge(&chronicle, leaf_of(5), bytes, CHRONICLE_HEAD_BYTES, 10, &change),
        CHRONICLE_SAME);
    chronicle_clear(&chronicle);
}

/* Whatever comes first: that is what makes it the same on all nodes. */
static void the_newest_stay_in_any_order(void **state)
{
    struct random random = {11};

    (void)state;
    for (unsigned round = 0; round < 50; round++) {
        struct chronicle chronicle = {0};

        for (unsigned i = 0; i < 4000; i++)
            put(&chronicle, 1 + random_below(&random, 300), 100, (uint8_t)round, 100);
        for (uint64_t hlc = 1; hlc <= 300; hlc++)
            put(&chronicle, round % 2 != 0 ? hlc : 301 - hlc, 100, (uint8_t)round, 100);
        assert_holds(&chronicle, 201, 300);
        assert_int_equal(put(&chronicle, 200, 100, 1, 100), CHRONICLE_OLDER);
        assert_int_equal(put(&chronicle, 250, 99, 1, 100), CHRONICLE_SAME);
        chronicle_clear(&chronicle);
    }
}

static void what_had_to_go_is_told(void **state)
{
    struct chronicle chronicle = {0};
    struct chronicle_change change;
    struct chronicle_entry oldest;
    uint8_t bytes[ENTRY_SIZE];

    (void)state;
    put(&chronicle, 8, 100, 0, 2);
    put(&chronicle, 9, 100, 0, 2);
    make(10, 100, 0, bytes);
    assert_int_equal(chronicle_merge(&chronicle, leaf_of(10), bytes, sizeof(bytes), 2, &change),
                     CHRONICLE_CHANGED);
    assert_int_equal(chronicle_hlc(change.displaced.bytes), 8);
    assert_int_equal(change.displaced.leaf, leaf_of(8));
    chronicle_change_clear(&change);
    oldest = chronicle_take_oldest(&chronicle);
    assert_int_equal(chronicle_hlc(oldest.bytes), 9);
    free(oldest.bytes);
    assert_holds(&chronicle, 10, 10);
    chronicle_clear(&chronicle);
}

static bool agree(void *context, const struct chronicle_entry *entry)
{
    uint64_t kept = *(uint64_t *)context;

    return chronicle_hlc(entry->bytes) != kept;
}

static void each_is_forgotten_at_its_time(void **state)
{
    struct chronicle chronicle = {0};
    uint64_t kept = 40;

    (void)state;
    for (uint64_t hlc = 1; hlc <= 100; hlc++)
        put(&chronicle, hlc, 1000 + hlc, 0, 1000);
    chronicle_forget(&chronicle, 1000, agree, &kept);
    assert_holds(&chronicle, 1, 100);
    chronicle_forget(&chronicle, 1050, agree, &kept);
    assert_int_equal(chronicle.count, 51);
    assert_non_null(get(&chronicle, 40)); /* nobody agreed */
    assert_null(get(&chronicle, 50));
    kept = 0;
    chronicle_forget(&chronicle, 1050, agree, &kept);
    assert_holds(&chronicle, 51, 100);
    for (uint64_t hlc = 51; hlc <= 100; hlc++) { /* still in order */
        struct chronicle_entry oldest = chronicle_take_oldest(&chronicle);

        assert_int_equal(chronicle_hlc(oldest.bytes), hlc);
        free(oldest.bytes);
    }
    chronicle_clear(&chronicle);
}

struct seen {
    uint16_t leaf;
    uint64_t last;
    size_t count;
};

static void see(void *context, const struct chronicle_entry *entry)
{
    struct seen *seen = context;

    assert_int_equal(entry->leaf, seen->leaf);
    assert_true(chronicle_hlc(entry->bytes) > seen->last);
    seen->last = chronicle_hlc(entry->bytes);
    seen->count++;
}

static void put_at(struct chronicle *chronicle, uint64_t hlc, uint16_t leaf)
{
    struct chronicle_change change;
    uint8_t bytes[ENTRY_SIZE];

    make(hlc, 100, 0, bytes);
    assert_int_equal(chronicle_merge(chronicle, leaf, bytes, sizeof(bytes), 1000, &change),
                     CHRONICLE_CHANGED);
}

static void those_of_a_leaf_are_visited_in_order_and_can_be_dropped(void **state)
{
    struct chronicle chronicle = {0};
    struct seen seen = {.leaf = 32};

    (void)state;
    chronicle_visit_leaf(&chronicle, 32, see, &seen);
    assert_int_equal(seen.count, 0);
    for (uint64_t i = 0; i < 60; i++)
        put_at(&chronicle, 1 + i * 37 % 60, (uint16_t)(31 + i % 3));
    chronicle_visit_leaf(&chronicle, 32, see, &seen);
    assert_int_equal(seen.count, 20);
    chronicle_drop_leaf(&chronicle, 32);
    seen = (struct seen){.leaf = 32};
    chronicle_visit_leaf(&chronicle, 32, see, &seen);
    assert_int_equal(seen.count, 0);
    assert_int_equal(chronicle.count, 40);
    assert_int_equal(chronicle_bucket(&chronicle, 1)->count, 20);
    assert_int_equal(chronicle_bucket(&chronicle, 2)->count, 20);
    chronicle_clear(&chronicle);
}

static uint16_t leaf_of_bytes(void *context, const uint8_t *bytes)
{
    (void)context;
    return leaf_of(chronicle_hlc(bytes));
}

/* An entry is found again, and goes for good, whatever its note of the leaf says. */
static void a_damaged_leaf_is_mended(void **state)
{
    struct chronicle chronicle = {0};

    (void)state;
    for (unsigned bit = 0; bit < 16; bit++) {
        struct chronicle_entry *entry, oldest;

        for (uint64_t hlc = 1; hlc <= 50; hlc++)
            put(&chronicle, hlc, 100, 0, 1000);
        entry = (struct chronicle_entry *)(uintptr_t)get(&chronicle, 1 + bit);
        entry->leaf ^= (uint16_t)(1u << bit);
        assert_int_equal(chronicle_mend(&chronicle, leaf_of(1 + bit) / CHRONICLE_BUCKET_LEAVES,
                                        leaf_of_bytes, NULL),
                         1);
        assert_holds(&chronicle, 1, 50);
        entry = (struct chronicle_entry *)(uintptr_t)get(&chronicle, 1);
        entry->leaf ^= (uint16_t)(1u << bit);
        oldest = chronicle_take_oldest(&chronicle); /* before it was mended */
        free(oldest.bytes);
        assert_holds(&chronicle, 2, 50);
    }
    chronicle_clear(&chronicle);
}

static void without_memory_nothing_is_changed(void **state)
{
    (void)state;
    for (size_t spared = 0, refused = 1; refused > 0; spared++) {
        struct chronicle chronicle = {0};
        enum chronicle_result result;

        scarce_begin(spared, 1);
        result = put(&chronicle, 5, 100, 1, 10);
        refused = scarce_end();
        assert_int_equal(result, refused > 0 ? CHRONICLE_MEMORY : CHRONICLE_CHANGED);
        assert_int_equal(chronicle.count, refused > 0 ? 0 : 1);
        scarce_begin(0, 1);
        if (chronicle.count == 1)
            assert_int_equal(put(&chronicle, 5, 100, 2, 10), CHRONICLE_MEMORY);
        scarce_end();
        assert_int_equal(put(&chronicle, 5, 100, 3, 10), CHRONICLE_CHANGED);
        assert_int_equal(chronicle.count, 1);
        chronicle_clear(&chronicle);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_equal_keys_the_larger_bytes_win),
        cmocka_unit_test(the_newest_stay_in_any_order),
        cmocka_unit_test(what_had_to_go_is_told),
        cmocka_unit_test(each_is_forgotten_at_its_time),
        cmocka_unit_test(those_of_a_leaf_are_visited_in_order_and_can_be_dropped),
        cmocka_unit_test(a_damaged_leaf_is_mended),
        cmocka_unit_test(without_memory_nothing_is_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
