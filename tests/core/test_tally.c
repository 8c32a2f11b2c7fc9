/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the threshold counts: the newest N strikes or messages, as a slow and obvious count finds
 * them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "random.h"
#include "scarce.h"
#include "tally.h"

#define MANY 100000

static uint8_t (*texts)[STRIKE_TEXT_BYTES_MAX];
static struct strike *list;

static int set_up(void **state)
{
    (void)state;
    texts = calloc(MANY, sizeof(*texts));
    list = calloc(MANY, sizeof(*list));
    return texts == NULL || list == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    free(texts);
    free(list);
    return 0;
}

static void set(size_t i, uint32_t message)
{
    strike_text_write("user", 4, "alice", 5, message, texts[i]);
    list[i] = (struct strike){(int64_t)i, i, 1, texts[i]};
}

static size_t distinct_plainly(size_t begin, size_t end)
{
    size_t count = 0;

    for (size_t i = begin; i < end; i++) {
        size_t k = begin;

        while (k < i && (strike_message(&list[k]) != strike_message(&list[i]) ||
                         strike_message(&list[i]) == 0))
            k++;
        count += k == i;
    }
    return count;
}

/* Where the shortest run from begin on begins that ends with strike last. */
static size_t run_plainly(size_t begin, size_t last, size_t threshold)
{
    for (size_t first = last + 1; first-- > begin;)
        if (distinct_plainly(first, last + 1) >= threshold)
            return first;
    return SIZE_MAX;
}

static void hits_count_whatever_their_message(void **state)
{
    const struct policy policy = {.threshold = 3};
    struct tally tally;

    (void)state;
    for (size_t i = 0; i < 10; i++)
        set(i, i % 2 == 0 ? 7 : 0);
    tally_begin(&tally, &policy, list, 2);
    assert_true(tally_take(&tally) == SIZE_MAX);
    assert_true(tally_take(&tally) == SIZE_MAX);
    for (size_t i = 4; i < 10; i++)
        assert_int_equal(tally_take(&tally), i - 2);
}

static void a_message_counts_once(void **state)
{
    static const uint32_t messages[] = {5, 5, 6, 5, 0, 0, 6};
    static const size_t expected[] = {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, 2, 3, 4};
    const struct policy policy = {.threshold = 3, .count_messages = true};
    struct tally tally;

    (void)state;
    for (size_t i = 0; i < 7; i++)
        set(i, messages[i]);
    tally_begin(&tally, &policy, list, 0);
    for (size_t i = 0; i < 7; i++)
        assert_true(tally_take(&tally) == expected[i]);
}

static void one_message_is_enough_for_a_threshold_of_one(void **state)
{
    const struct policy policy = {.threshold = 1, .count_messages = true};
    struct tally tally;

    (void)state;
    for (size_t i = 0; i < 5; i++)
        set(i, 9);
    tally_begin(&tally, &policy, list, 1);
    for (size_t i = 1; i < 5; i++)
        assert_int_equal(tally_take(&tally), i);
}

static void it_finds_what_a_plain_count_finds(void **state)
{
    struct random random = {5};

    (void)state;
    for (int round = 0; round < 600; round++) {
        struct policy policy = {.threshold = 1 + random_below(&random, 6), .count_messages = true};
        size_t count = 1 + random_below(&random, 40), begin = random_below(&random, 3);
        uint32_t kinds = 1 + random_below(&random, 9);
        struct tally tally;

        for (size_t i = 0; i < count; i++)
            set(i, random_below(&random, kinds));
        tally_begin(&tally, &policy, list, begin);
        for (size_t i = begin; i < count; i++)
            assert_true(tally_take(&tally) == run_plainly(begin, i, policy.threshold));
        assert_int_equal(tally_messages(list, count), distinct_plainly(0, count));
    }
}

static void as_many_as_a_subject_may_have(void **state)
{
    const struct policy policy = {.threshold = THRESHOLD_MAX, .count_messages = true};
    struct tally tally;

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        set(i, (uint32_t)(1 + i * 7 % (MANY / 2))); /* each twice */
    tally_begin(&tally, &policy, list, 0);
    for (size_t i = 0; i < MANY; i++)
        assert_true(tally_take(&tally) ==
                    (i < THRESHOLD_MAX - 1 ? SIZE_MAX : i + 1 - THRESHOLD_MAX));
    assert_int_equal(tally_messages(list, MANY), MANY / 2);
    assert_int_equal(tally_messages(list, 0), 0);
}

static void only_many_need_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < 65; i++)
        set(i, 3);
    scarce_begin(0, 1);
    assert_int_equal(tally_messages(list, 64), 1);
    assert_true(tally_messages(list, 65) == SIZE_MAX);
    assert_int_equal(scarce_end(), 1);
    assert_int_equal(tally_messages(list, 65), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_count_whatever_their_message),
        cmocka_unit_test(a_message_counts_once),
        cmocka_unit_test(one_message_is_enough_for_a_threshold_of_one),
        cmocka_unit_test(it_finds_what_a_plain_count_finds),
        cmocka_unit_test(as_many_as_a_subject_may_have),
        cmocka_unit_test(only_many_need_memory),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
