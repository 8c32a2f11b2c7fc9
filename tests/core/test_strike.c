/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set of strikes: nothing counts twice, the newest of each origin stay, and memory has one
 * owner.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "strike.h"

static uint8_t plain[] = {4, 'u', 's', 'e', 'r', 3, 'b', 'o', 'b'};
static uint8_t bare[] = {0, 0};

static struct strikes_change merge(struct strikes *strikes, int64_t t_ms, uint64_t id,
                                   uint64_t origin, uint8_t *text)
{
    const struct strike strike = {t_ms, id, origin, text};
    struct strikes_change change;

    assert_int_equal(strikes_merge(strikes, &strike, &change), 0);
    return change;
}

static void put(struct strikes *strikes, int64_t t_ms, uint64_t id, uint64_t origin)
{
    struct strikes_change change = merge(strikes, t_ms, id, origin, plain);

    assert_true(change.added);
    assert_false(change.removed);
    strikes_change_clear(&change);
}

static void text_has_two_parts(void **state)
{
    const struct strike strike = {1, 1, 1, plain}, empty = {1, 1, 1, bare};
    size_t size;

    (void)state;
    assert_int_equal(strike_text_size(&strike), sizeof(plain));
    assert_ptr_equal(strike_bucket(&strike, &size), plain + 1);
    assert_int_equal(size, 4);
    assert_ptr_equal(strike_account(&strike, &size), plain + 6);
    assert_int_equal(size, 3);
    assert_int_equal(strike_text_size(&empty), 2);
    strike_bucket(&empty, &size);
    assert_int_equal(size, 0);
    strike_account(&empty, &size);
    assert_int_equal(size, 0);
}

/* A message that is not known is left out: there is one form of it. */
static void a_text_may_have_a_message(void **state)
{
    static const uint8_t known[] = {0x82, 'i', 'p', 3, 'b', 'o', 'b', 1, 2, 3, 4};
    uint8_t text[STRIKE_TEXT_BYTES_MAX], unknown[STRIKE_TEXT_BYTES_MAX];
    const struct strike strike = {1, 1, 1, text}, other = {1, 1, 1, unknown};
    size_t size;

    (void)state;
    assert_int_equal(strike_text_write("ip", 2, "bob", 3, 0x01020304, text), sizeof(known));
    assert_memory_equal(text, known, sizeof(known));
    assert_int_equal(strike_text_size(&strike), sizeof(known));
    assert_memory_equal(strike_bucket(&strike, &size), "ip", 2);
    assert_int_equal(size, 2);
    assert_memory_equal(strike_account(&strike, &size), "bob", 3);
    assert_int_equal(size, 3);
    assert_int_equal(strike_message(&strike), 0x01020304);
    assert_int_equal(strike_text_write("ip", 2, "bob", 3, 0, unknown), 7);
    assert_int_equal(strike_text_size(&other), 7);
    assert_int_equal(unknown[0], 2);
    assert_int_equal(strike_message(&other), 0);
    assert_int_equal(strike_text_write(NULL, 0, NULL, 0, 0xffffffff, text), 6);
    assert_int_equal(strike_message(&strike), 0xffffffff);
}

static void only_the_one_form_of_a_text_reads(void **state)
{
    uint8_t text[STRIKE_TEXT_BYTES_MAX + 1] = {0}, *exact;
    char name[300];
    size_t size;

    (void)state;
    memset(name, 'x', sizeof(name));
    size = strike_text_write(name, sizeof(name), name, sizeof(name), 7, text);
    assert_int_equal(size, STRIKE_TEXT_BYTES_MAX);
    assert_int_equal(strike_text_read(text, size), size);
    assert_int_equal(strike_text_read(text, size + 1), size); /* what is behind is left */
    for (size_t room = 0; room < size; room++) {
        exact = malloc(room + 1);
        assert_non_null(exact);
        memcpy(exact + 1, text, room); /* its end is that of the memory */
        assert_int_equal(strike_text_read(exact + 1, room), 0);
        free(exact);
    }
    text[size - 1] = 0; /* the message 0 */
    assert_int_equal(strike_text_read(text, size), 0);
    text[0]++; /* a bucket of 65 bytes, and one of 127 */
    assert_int_equal(strike_text_read(text, size), 0);
    assert_int_equal(strike_text_read((const uint8_t *)"\0\0", 2), 2);
    assert_int_equal(strike_text_read((const uint8_t *)"\0\201", 2), 0);
}

/* Who reads the log again with a program that knows of messages tells more, and that stays. */
static void of_two_forms_the_one_with_a_message_stays(void **state)
{
    uint8_t known[STRIKE_TEXT_BYTES_MAX];
    struct strikes strikes = {0};
    struct strikes_change change;

    (void)state;
    strike_text_write("user", 4, "bob", 3, 9, known);
    put(&strikes, 1000, 1, 1);
    change = merge(&strikes, 1000, 1, 1, known);
    assert_true(change.added && change.removed);
    strikes_change_clear(&change);
    change = merge(&strikes, 1000, 1, 1, plain);
    assert_false(change.added || change.removed);
    assert_int_equal(strikes.count, 1);
    assert_int_equal(strike_message(&strikes.list[0]), 9);
    strikes_clear(&strikes);
}

static void strikes_are_ordered_by_time_id_and_origin(void **state)
{
    const struct strike rising[] = {
        {1, 9, 9, bare}, {2, 1, 9, bare}, {2, 2, 1, bare}, {2, 2, UINT64_MAX, bare}};
    struct strikes set = {0};

    (void)state;
    for (size_t i = 4; i-- > 0;)
        put(&set, rising[i].t_ms, rising[i].id, rising[i].origin);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(strike_compare(&set.list[i], &rising[i]), 0);
        for (size_t k = i + 1; k < 4; k++) {
            assert_true(strike_compare(&rising[i], &rising[k]) < 0);
            assert_true(strike_compare(&rising[k], &rising[i]) > 0);
        }
    }
    strikes_clear(&set);
}

static void the_same_strike_counts_once(void **state)
{
    struct strikes set = {0};
    struct strikes_change change;

    (void)state;
    put(&set, 5, 1, 1);
    change = merge(&set, 5, 1, 1, plain);
    assert_false(change.added || change.removed);
    change = merge(&set, 4, 1, 1, plain);
    assert_false(change.added || change.removed);
    put(&set, 5, 1, 2);
    put(&set, 5, 2, 1);
    assert_int_equal(set.count, 3);
    strikes_clear(&set);
}

static void of_one_key_the_later_then_the_larger_stays(void **state)
{
    struct strikes set = {0};
    struct strikes_change change;

    (void)state;
    put(&set, 9, 7, 2);
    change = merge(&set, 5, 1, 1, bare);
    change = merge(&set, 5, 1, 1, plain);
    assert_true(change.added && change.removed);
    assert_true(change.old.t_ms == 5 && change.old.text != bare);
    assert_int_equal(strike_text_size(&change.old), 2);
    strikes_change_clear(&change);
    assert_false(change.removed);
    assert_int_equal(set.count, 2);
    assert_int_equal(strike_text_size(&set.list[0]), sizeof(plain));
    change = merge(&set, 10, 1, 1, bare);
    assert_true(change.added && change.removed);
    strikes_change_clear(&change);
    assert_int_equal(set.count, 2);
    assert_true(set.list[1].id == 1 && set.list[1].t_ms == 10);
    assert_false(merge(&set, 10, 1, 1, bare).added);
    strikes_clear(&set);
}

static void the_newest_of_each_origin_stay(void **state)
{
    struct strikes set = {0};
    struct strikes_change change;

    (void)state;
    put(&set, 1, 1, 2); /* of another origin: never in the way */
    for (uint64_t i = 0; i < STRIKES_PER_ORIGIN_MAX; i++)
        put(&set, 1000 + (int64_t)i, i, 1);
    assert_false(merge(&set, 999, 5000, 1, plain).added);
    change = merge(&set, 1000, 5000, 1, plain);
    assert_true(change.added && change.removed);
    assert_true(change.old.t_ms == 1000 && change.old.id == 0 && change.old.origin == 1);
    strikes_change_clear(&change);
    change = merge(&set, 9999, 5001, 1, plain);
    assert_true(change.added && change.removed && change.old.id == 5000);
    strikes_change_clear(&change);
    assert_int_equal(set.count, STRIKES_PER_ORIGIN_MAX + 1);
    assert_true(set.list[0].origin == 2);
    strikes_clear(&set);
}

static void what_is_merged_is_a_copy(void **state)
{
    struct strikes set = {0};
    uint8_t text[] = {1, 'a', 1, 'x'};
    struct strikes_change change = merge(&set, 1, 1, 1, text);

    (void)state;
    assert_true(change.added);
    memset(text, 'z', sizeof(text));
    assert_memory_equal(set.list[0].text, "\1a\1x", 4);
    strikes_clear(&set);
    assert_int_equal(set.count, 0);
}

static void the_oldest_is_taken_out(void **state)
{
    struct strikes set = {0};
    struct strike out;

    (void)state;
    put(&set, 7, 1, 1);
    put(&set, 3, 2, 1);
    strikes_take_oldest(&set, &out);
    assert_true(out.t_ms == 3 && out.id == 2);
    assert_int_equal(set.count, 1);
    free(out.text);
    strikes_take_oldest(&set, &out);
    assert_true(out.t_ms == 7);
    assert_int_equal(set.count, 0);
    free(out.text);
    strikes_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_has_two_parts),
        cmocka_unit_test(a_text_may_have_a_message),
        cmocka_unit_test(only_the_one_form_of_a_text_reads),
        cmocka_unit_test(of_two_forms_the_one_with_a_message_stays),
        cmocka_unit_test(strikes_are_ordered_by_time_id_and_origin),
        cmocka_unit_test(the_same_strike_counts_once),
        cmocka_unit_test(of_one_key_the_later_then_the_larger_stays),
        cmocka_unit_test(the_newest_of_each_origin_stay),
        cmocka_unit_test(what_is_merged_is_a_copy),
        cmocka_unit_test(the_oldest_is_taken_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
