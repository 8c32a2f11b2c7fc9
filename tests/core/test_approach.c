/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who approaches a ban, and in what order; whatever the slices, compared with a slow search.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "approach.h"
#include "derive.h"
#include "turn.h"

#define NODE 7
#define SENDERS 300

static struct turn turn;
static uint64_t last_id;

static int set_up(void **context)
{
    (void)context;
    last_id = 0;
    turn_open(&turn, NODE);
    return 0;
}

static int tear_down(void **context)
{
    (void)context;
    turn_close(&turn);
    return 0;
}

static void strike(const char *address, size_t count, int64_t age_ms)
{
    while (count-- > 0)
        turn_strike(&turn, address, ++last_id, age_ms);
}

/* Walks in slices of that much work; how many there were. */
static size_t walk(struct approaches *approaches, size_t limit, size_t work)
{
    size_t slices = 0;
    bool done = false;

    assert_int_equal(approaches_begin(approaches, limit), 0);
    while (!done) {
        size_t left = work;

        done = approaches_walk(approaches, &turn.state, &left);
        assert_true(done || left == 0);
        slices++;
    }
    return slices;
}

/* The list as text: "ADDRESS COUNT, ..." */
static void expect(size_t limit, const char *wanted, size_t total)
{
    struct approaches approaches;
    char text[512] = "", address[ADDR_TEXT_SIZE];
    size_t used = 0;

    walk(&approaches, limit, SIZE_MAX);
    for (size_t i = 0; i < approaches.count; i++) {
        addr_print(&approaches.list[i].addr, address);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %zu", i > 0 ? ", " : "",
                                 address, approaches.list[i].count);
    }
    assert_string_equal(text, wanted);
    assert_int_equal(approaches.total, total);
    approaches_clear(&approaches);
}

static void nobody_approaches_in_an_empty_state(void **context)
{
    (void)context;
    expect(5, "", 0);
}

/* The largest share first, then the newest hit, then by address. */
static void the_nearest_come_first(void **context)
{
    (void)context;
    strike("203.0.113.1", 1, 3000);
    strike("203.0.113.2", 2, 9000);
    strike("203.0.113.3", 1, 1000);
    strike("203.0.113.4", 1, 3000);
    strike("2001:db8::", 2, 2000);
    turn_end(&turn, true);
    expect(9, "2001:db8:: 2, 203.0.113.2 2, 203.0.113.3 1, 203.0.113.1 1, 203.0.113.4 1", 5);
    expect(3, "2001:db8:: 2, 203.0.113.2 2, 203.0.113.3 1", 5);
    expect(1, "2001:db8:: 2", 5);
}

static void who_is_banned_or_lifted_or_over_does_not_approach(void **context)
{
    (void)context;
    strike("203.0.113.1", 3, 1000); /* reached the threshold */
    strike("203.0.113.2", 2, 1000);
    turn_command(&turn, "203.0.113.2", TIME_NEVER_MS, 1);
    strike("203.0.113.3", 2, 1000);
    turn_end(&turn, true);
    turn_command(&turn, "203.0.113.3", 0, 2); /* an unban voids the hits */
    strike("203.0.113.4", 1, turn_policy.window_ms + TICK_MS);
    strike("203.0.113.5", 1, 2000);
    turn_end(&turn, true);
    expect(9, "203.0.113.5 1", 1);
    turn_pass(&turn, turn_policy.window_ms + TICK_MS);
    turn_end(&turn, true);
    expect(9, "", 0);
}

/* One mail that is tried again is one message. */
static void messages_are_counted_where_the_policy_counts_them(void **context)
{
    struct policy messages = turn_policy;
    struct event event = {.type = EVENT_POLICY, .policy = &messages};
    uint8_t text[STRIKE_TEXT_BYTES_MAX];
    struct approaches approaches;

    (void)context;
    messages.count_messages = true;
    turn_step(&turn, &event);
    strike_text_write("user", 4, "alice", 5, 7, text);
    for (uint64_t id = 1; id <= 9; id++) {
        struct event hit = {.type = EVENT_STRIKE,
                            .addr = turn_addr("203.0.113.1"),
                            .strike = {turn.wall_ms - 1000, id, 0, text}};

        turn_step(&turn, &hit);
    }
    last_id = 100;
    strike("203.0.113.2", 2, 1000);
    turn_end(&turn, true);
    expect(9, "203.0.113.2 2, 203.0.113.1 1", 2);
    /* each leaf alone: telling the messages of nine strikes apart is work */
    assert_int_equal(approaches_begin(&approaches, 9), 0);
    size_t work = SIZE_MAX;
    assert_true(approaches_walk(&approaches, &turn.state, &work));
    assert_int_equal(SIZE_MAX - work, DIGEST_LEAVES + 2 + 9 + 2);
    approaches_clear(&approaches);
}

static int compare(const void *a, const void *b)
{
    const struct approach *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->last_ms != y->last_ms)
        return x->last_ms > y->last_ms ? -1 : 1;
    return addr_compare(&x->addr, &y->addr);
}

/* All of them, in order. */
static size_t slow(struct approach all[SENDERS])
{
    const struct subject *subject;
    size_t count = 0;

    for (struct table_walk step = {0}; (subject = table_next(&turn.state.table, &step)) != NULL;) {
        size_t number = derive_count(&turn.state.policy, &subject->strikes, subject->record.cut.ms,
                                     state_now_ms(&turn.state), NULL);

        if (number > 0 && !record_is_banned(&subject->record, state_now_ms(&turn.state)))
            all[count++] = (struct approach){
                subject->addr, number, subject->strikes.list[subject->strikes.count - 1].t_ms};
    }
    qsort(all, count, sizeof(*all), compare);
    return count;
}

static void slices_find_the_same(void **context)
{
    static const size_t works[] = {1, 100, 5000, SIZE_MAX}, limits[] = {1, 7, 50, 1000};
    struct approach all[SENDERS];
    size_t count;

    (void)context;
    for (unsigned i = 0; i < SENDERS; i++) {
        char address[32];

        snprintf(address, sizeof(address), "198.51.%u.%u", i / 100, i % 100);
        strike(address, i * 7 % 4, i * 331 % 59000);
    }
    turn_end(&turn, true);
    count = slow(all);
    assert_true(count > 100);
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++) {
            struct approaches found;
            size_t slices = walk(&found, limits[k], works[i]);
            size_t wanted = limits[k] < count ? limits[k] : count;

            assert_true(works[i] == SIZE_MAX ? slices == 1 : slices >= DIGEST_LEAVES / works[i]);
            assert_int_equal(found.count, wanted);
            assert_int_equal(found.total, count);
            for (size_t place = 0; place < wanted; place++)
                assert_int_equal(compare(&found.list[place], &all[place]), 0);
            approaches_clear(&found);
        }
}

/* What comes or goes between two slices brings nobody twice. */
static void the_state_may_change_between_slices(void **context)
{
    struct approaches approaches;
    bool done = false;
    unsigned next = 0;

    (void)context;
    assert_int_equal(approaches_begin(&approaches, 1000), 0);
    while (!done) {
        size_t work = 700;
        char address[32];

        snprintf(address, sizeof(address), "198.51.%u.%u", next / 100, next % 100);
        next++;
        strike(address, 1, 0);
        turn_end(&turn, true);
        done = approaches_walk(&approaches, &turn.state, &work);
    }
    assert_true(approaches.count > 10 && approaches.count < next);
    for (size_t i = 0; i < approaches.count; i++)
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(addr_compare(&approaches.list[i].addr, &approaches.list[k].addr),
                                 0);
    approaches_clear(&approaches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_approaches_in_an_empty_state, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_nearest_come_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_banned_or_lifted_or_over_does_not_approach, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(messages_are_counted_where_the_policy_counts_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(slices_find_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_state_may_change_between_slices, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
