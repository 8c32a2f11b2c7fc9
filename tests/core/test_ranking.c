/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums by key: the largest come first, whatever the order they came in, and what finds no place is
 * summed up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ranking.h"
#include "scarce.h"

#define KEYS 1000

static const struct hash_key secret = {{1, 2, 3}};

static void add(struct ranking *ranking, const char *key, uint64_t sum)
{
    ranking_add(ranking, key, strlen(key), sum);
}

static void assert_item(const struct ranking *ranking, size_t place, const char *key, uint64_t sum)
{
    const struct ranking_item *item = &ranking->list[place];

    assert_int_equal(item->key_size, strlen(key));
    assert_memory_equal(ranking_key(ranking, item), key, strlen(key));
    assert_int_equal(item->sum, sum);
}

static void the_largest_come_first_and_equal_ones_by_key(void **state)
{
    struct ranking ranking;

    (void)state;
    ranking_open(&ranking, &secret);
    assert_int_equal(ranking_top(&ranking, 3), 0);
    add(&ranking, "b", 2);
    add(&ranking, "bb", 2);
    add(&ranking, "a", 1);
    add(&ranking, "c", 3);
    add(&ranking, "a", 4);
    add(&ranking, "d", 1);
    assert_int_equal(ranking.count, 5);
    assert_int_equal(ranking_top(&ranking, 4), 4);
    assert_item(&ranking, 0, "a", 5);
    assert_item(&ranking, 1, "c", 3);
    assert_item(&ranking, 2, "b", 2);
    assert_item(&ranking, 3, "bb", 2);
    assert_int_equal(ranking.lost, 0);
    ranking_close(&ranking);
}

/* Compared with a table of counts. */
static void whatever_the_order(void **state)
{
    static uint64_t sums[KEYS];
    struct ranking ranking;
    uint64_t before = UINT64_MAX;
    char key[16];

    (void)state;
    ranking_open(&ranking, &secret);
    memset(sums, 0, sizeof(sums));
    for (uint64_t i = 0; i < 20 * KEYS; i++) {
        unsigned number = (unsigned)(i * i % 7919 % KEYS);

        snprintf(key, sizeof(key), "%u", number);
        add(&ranking, key, 1 + i % 3);
        sums[number] += 1 + i % 3;
    }
    for (size_t i = 0, count = ranking_top(&ranking, KEYS); i < count; i++) {
        memcpy(key, ranking_key(&ranking, &ranking.list[i]), ranking.list[i].key_size);
        key[ranking.list[i].key_size] = '\0';
        assert_true(ranking.list[i].sum <= before);
        before = ranking.list[i].sum;
        assert_int_equal(before, sums[strtoul(key, NULL, 10)]);
        sums[strtoul(key, NULL, 10)] = 0;
    }
    for (size_t i = 0; i < KEYS; i++)
        assert_int_equal(sums[i], 0);
    ranking_close(&ranking);
}

static void what_finds_no_place_is_summed_up(void **state)
{
    struct ranking ranking;
    char key[16];

    (void)state;
    ranking_open(&ranking, &secret);
    for (unsigned i = 0; i < RANKING_MAX + 5; i++) {
        snprintf(key, sizeof(key), "%u", i);
        add(&ranking, key, 2);
    }
    add(&ranking, "0", 7);
    assert_int_equal(ranking.count, RANKING_MAX);
    assert_int_equal(ranking.lost, 10);
    assert_int_equal(ranking_top(&ranking, 1), 1);
    assert_item(&ranking, 0, "0", 9);
    ranking_close(&ranking);
}

/* Nothing is lost unseen, and nothing is counted twice. */
static void without_memory_sums_are_lost_and_told(void **state)
{
    (void)state;
    for (size_t spared = 0, refused = 1; refused > 0; spared++) {
        struct ranking ranking;
        uint64_t sum = 0;
        char key[16];

        ranking_open(&ranking, &secret);
        scarce_begin(spared, 1);
        for (unsigned i = 0; i < 600; i++) {
            snprintf(key, sizeof(key), "key number %u", i);
            add(&ranking, key, 1);
        }
        refused = scarce_end();
        for (size_t i = 0; i < ranking.count; i++)
            sum += ranking.list[i].sum;
        assert_int_equal(sum + ranking.lost, 600);
        assert_int_equal(ranking.lost > 0, refused > 0);
        ranking_close(&ranking);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_come_first_and_equal_ones_by_key),
        cmocka_unit_test(whatever_the_order),
        cmocka_unit_test(what_finds_no_place_is_summed_up),
        cmocka_unit_test(without_memory_sums_are_lost_and_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
