/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to a subject or to all: the newest of it, in slices, whatever their size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lookback.h"
#include "turn.h"

static struct turn turn;

static int begin(void **state)
{
    (void)state;
    turn_open(&turn, 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    turn_close(&turn);
    return 0;
}

/* An entry a second, of that subject (NULL: of none), told apart by its count. */
static void command(const char *net, uint32_t count)
{
    struct audit audit = {.action = AUDIT_BAN, .count = count, .has_subject = net != NULL};

    if (net != NULL)
        audit.addr = turn_addr(net);
    turn_pass(&turn, 1000);
    turn_audit(&turn, &audit, 1);
    turn_end(&turn, true);
}

/* Counts of what is found, the newest first; 0 for a ban by hits. Returns how many there are. */
static size_t find(const char *net, int64_t since_ms, size_t limit, size_t work, uint32_t *counts,
                   size_t *found)
{
    struct lookback_filter filter = {.has_subject = net != NULL, .since_ms = since_ms};
    struct lookback lookback;
    size_t left, total, slices = 0;

    if (net != NULL)
        filter.addr = turn_addr(net);
    assert_int_equal(lookback_begin(&lookback, &turn.state, &filter, limit), 0);
    for (left = work; !lookback_walk(&lookback, &turn.state, &left); left = work)
        slices++;
    assert_true(slices + 1 >= CHRONICLE_BUCKETS / work); /* a bucket costs 1 at least */
    for (size_t i = 0; i < lookback.count; i++) {
        const struct lookback_item *item = &lookback.list[i];
        struct audit audit = {.count = 0};

        if (item->is_fact)
            assert_non_null(lookback_fact(&turn.state, item, &(struct unpacked){0}));
        else
            assert_true(lookback_audit(&turn.state, item, &audit));
        counts[i] = audit.count;
    }
    *found = lookback.count;
    total = lookback.total;
    lookback_clear(&lookback);
    return total;
}

static void the_newest_are_found_in_order(void **state)
{
    uint32_t counts[300];
    size_t found;

    (void)state;
    assert_int_equal(find(NULL, 0, 10, 4096, counts, &found), 0);
    assert_int_equal(found, 0);
    for (uint32_t i = 1; i <= 200; i++)
        command(i % 3 == 0 ? NULL : "192.0.2.1", i);
    for (size_t work = 1; work <= 100000; work *= 10) {
        assert_int_equal(find(NULL, 0, 300, work, counts, &found), 200);
        assert_int_equal(found, 200);
        for (uint32_t i = 0; i < 200; i++)
            assert_int_equal(counts[i], 200 - i);
    }
    assert_int_equal(find(NULL, 0, 7, 4096, counts, &found), 200);
    assert_int_equal(found, 7);
    for (uint32_t i = 0; i < 7; i++)
        assert_int_equal(counts[i], 200 - i);
}

static void nothing_earlier_is_found(void **state)
{
    uint32_t counts[10];
    size_t found;

    (void)state;
    for (uint32_t i = 1; i <= 5; i++)
        command("192.0.2.1", i);
    assert_int_equal(find(NULL, turn.wall_ms - 1000, 10, 4096, counts, &found), 2);
    assert_int_equal(counts[1], 4);
    assert_int_equal(find(NULL, turn.wall_ms + 1, 10, 4096, counts, &found), 0);
}

static void of_a_subject_is_found_what_covers_it_and_what_it_covers(void **state)
{
    uint32_t counts[10];
    size_t found;

    (void)state;
    command("192.0.2.1", 1);
    command("192.0.2.0/24", 2);
    command("192.0.2.2", 3);
    command("198.51.100.0/24", 4);
    command(NULL, 5);
    command("2001:db8:1:2::/64", 6);
    assert_int_equal(find("192.0.2.1", 0, 10, 4096, counts, &found), 2);
    assert_int_equal(counts[0], 2);
    assert_int_equal(counts[1], 1);
    assert_int_equal(find("192.0.2.0/24", 0, 10, 4096, counts, &found), 3);
    assert_int_equal(find("2001:db8:1:2::7", 0, 10, 4096, counts, &found), 1);
    assert_int_equal(counts[0], 6);
}

static void a_ban_by_hits_is_part_of_its_story(void **state)
{
    uint32_t counts[10];
    size_t found;

    (void)state;
    command("192.0.2.0/24", 1);
    for (uint64_t id = 1; id <= turn_policy.threshold; id++) {
        turn_pass(&turn, 1000);
        turn_strike(&turn, "192.0.2.1", id, 0);
    }
    turn_end(&turn, true);
    command("192.0.2.1", 2);
    assert_int_equal(find("192.0.2.1", 0, 10, 4096, counts, &found), 3);
    assert_int_equal(counts[0], 2);
    assert_int_equal(counts[1], 0);
    assert_int_equal(counts[2], 1);
    assert_int_equal(find("192.0.2.2", 0, 10, 4096, counts, &found), 1);
    assert_int_equal(find(NULL, 0, 10, 4096, counts, &found), 2); /* of all: commands only */
    assert_int_equal(find("192.0.2.1", turn.wall_ms, 10, 4096, counts, &found), 1);
}

/* A command for many, which names no subject, and what it did to one (NULL: nothing). */
static void lift(const char *net, uint8_t action, uint32_t count)
{
    const struct audit audit = {.action = action, .count = count};

    turn_pass(&turn, 1000);
    turn_audit(&turn, &audit, 1);
    if (net != NULL)
        turn_command(&turn, net, 0, 2);
    turn_end(&turn, true);
}

static void who_lifted_it_with_others_is_part_of_its_story(void **state)
{
    uint32_t counts[10];
    size_t found;

    (void)state;
    lift(NULL, AUDIT_UNBAN_ALL, 3); /* before it was banned */
    turn_pass(&turn, 1000);
    for (uint64_t id = 1; id <= 3; id++)
        turn_strike(&turn, "192.0.2.7", id, 0);
    turn_end(&turn, true);
    lift("192.0.2.7", AUDIT_UNBAN_ALL, 4);
    turn_pass(&turn, 1000);
    lift(NULL, AUDIT_BY_NODE, 5); /* it was not banned any more */
    command(NULL, 6);
    assert_int_equal(find("192.0.2.7", 0, 10, 4096, counts, &found), 2);
    assert_int_equal(counts[0], 4);
    assert_int_equal(counts[1], 0);
    assert_int_equal(find("192.0.2.8", 0, 10, 4096, counts, &found), 0);
    assert_int_equal(find(NULL, 0, 10, 4096, counts, &found), 4);
}

static void what_goes_meanwhile_is_gone(void **state)
{
    struct lookback_filter filter = {.since_ms = 0};
    struct lookback lookback;
    size_t work = 100000;
    struct audit audit;

    (void)state;
    command("192.0.2.1", 1);
    assert_int_equal(lookback_begin(&lookback, &turn.state, &filter, 5), 0);
    assert_true(lookback_walk(&lookback, &turn.state, &work));
    assert_true(lookback_audit(&turn.state, &lookback.list[0], &audit));
    turn_pass(&turn, turn_policy.memory_ms + TICK_MS);
    turn_end(&turn, true);
    assert_false(lookback_audit(&turn.state, &lookback.list[0], &audit));
    lookback_clear(&lookback);
}

/* What it costs to look back on that subject. */
static size_t cost_of(const char *net)
{
    const struct lookback_filter filter = {.has_subject = true, .addr = turn_addr(net)};
    struct lookback lookback;
    size_t left = 1000000;

    assert_int_equal(lookback_begin(&lookback, &turn.state, &filter, 10), 0);
    assert_true(lookback_walk(&lookback, &turn.state, &left));
    lookback_clear(&lookback);
    return 1000000 - left;
}

/* A command for many is looked up in the record of each network around the subject: a flood of them
 * must not make slices long. */
static void commands_for_many_cost_what_they_take(void **state)
{
    const struct audit audit = {.action = AUDIT_UNBAN_ALL};

    (void)state;
    assert_int_equal(cost_of("192.0.2.1"), CHRONICLE_BUCKETS);
    command("192.0.2.1", 1);
    assert_int_equal(cost_of("192.0.2.1"), CHRONICLE_BUCKETS + 1);
    turn_audit(&turn, &audit, 1);
    turn_end(&turn, true);
    assert_int_equal(cost_of("192.0.2.1"), CHRONICLE_BUCKETS + 2 + (32 - 8 + 1));
    assert_int_equal(cost_of("2001:db8::/64"), CHRONICLE_BUCKETS + 2 + (64 - 32 + 1));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(the_newest_are_found_in_order),
        TEST(nothing_earlier_is_found),
        TEST(of_a_subject_is_found_what_covers_it_and_what_it_covers),
        TEST(a_ban_by_hits_is_part_of_its_story),
        TEST(who_lifted_it_with_others_is_part_of_its_story),
        TEST(what_goes_meanwhile_is_gone),
        TEST(commands_for_many_cost_what_they_take),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
